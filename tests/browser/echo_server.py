"""A child of `ui.server.serve` whose customer page talks with the echo engine; for tests only."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "ui")]

if __name__ == "__main__":
    from echo_engine import build

    from ui.server import main

    sys.exit(main(sys.argv[1:], build))
