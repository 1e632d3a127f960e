"""Prints the figures of the sample company's test set, for each language and kind."""

import subprocess
import sys
from pathlib import Path

from assistant.settings import SAMPLE

if __name__ == "__main__":
    command = [
        str(Path(sys.executable).with_name("assistant")), "evaluate",
        "--kb", str(SAMPLE / "faqs.csv"), "--queries", str(SAMPLE / "test.jsonl"),
    ]
    subprocess.run(command, check=True)
