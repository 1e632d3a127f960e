"""Prints the figures of the sample company's test set, for each language and kind.

The knowledge is taken whole first, then one language at a time: read the `cross` rows there.
"""

import subprocess
import sys
from pathlib import Path

from assistant.settings import SAMPLE

if __name__ == "__main__":
    command = [
        str(Path(sys.executable).with_name("assistant")), "evaluate",
        "--kb", str(SAMPLE / "faqs.csv"), "--queries", str(SAMPLE / "test.jsonl"),
    ]
    for knowledge in ([], ["--kb-language", "zh"], ["--kb-language", "en"]):
        print("Knowledge:", knowledge[-1] if knowledge else "both languages", flush=True)
        subprocess.run([*command, *knowledge], check=True)
