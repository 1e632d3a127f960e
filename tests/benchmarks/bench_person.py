"""Prints recall and precision of the wording rule for a person, by file and language, and what it gets wrong.

Rows are {"text", "person", "language"}. Run with files, or without for those in `person/` beside this one.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from assistant.understanding.person import asks_for_a_person


def share(part: int, whole: int) -> str:
    return f"{part / whole:.3f}" if whole else "-"


def main(paths: list[Path]) -> None:
    wrong = []
    print("| file | language | asking | not asking | recall | precision |\n|---|---|---|---|---|---|")
    for path in paths:
        rows = [json.loads(line) for line in path.open(encoding="utf-8")]
        found = [asks_for_a_person(r["text"]) for r in rows]
        for language in sorted({r["language"] for r in rows}):
            some = [(r["person"], f) for r, f in zip(rows, found, strict=True) if r["language"] == language]
            asking, said = sum(p for p, _ in some), sum(f for _, f in some)
            right = sum(p and f for p, f in some)
            print(
                f"| {path.stem} | {language} | {asking} | {len(some) - asking} | {share(right, asking)} | "
                f"{share(right, said)} |"
            )
        wrong += [(path.stem, r) for r, f in zip(rows, found, strict=True) if f != r["person"]]
    for name, row in wrong:
        print(f"{name}: {'missed' if row['person'] else 'wrongly found'}: {row['text']}")


if __name__ == "__main__":
    main([Path(p) for p in sys.argv[1:]] or sorted((Path(__file__).parent / "person").glob("*.jsonl")))
