"""Prints how many faithful replies the fact lock lets out and how many corrupted ones it blocks.

    python -m tests.benchmarks.bench_lock [FILE...] [--shown]

By default every file of tests/benchmarks/lock. A line of a file has `passages`, `asked`, `reply`,
`faithful`, `kind` and `language`. A reply counts as let out if each of its sentences is. `--shown` lists
the lines that were judged wrongly, with the reasons.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path

from assistant.replying.factlock import Refusal, allowed
from assistant.text import sentences
from tests.benchmarks.made import table

OWN = Path(__file__).parent / "lock"
ASIDE = 3.0  # ms a sentence; what the lock may cost


def judged(line: dict) -> Refusal | None:
    """Return the first reason against a reply, None if all of it is let out."""
    said: list[str] = []
    for part in sentences(line["reply"]):
        refusal = allowed(part, line["passages"], [line["asked"]], line["language"], said)
        if refusal:
            return refusal
        said.append(part)
    return None


def read(files: Sequence[Path]) -> list[dict]:
    """Return the lines of the files, in order."""
    return [json.loads(text) for file in files for text in file.read_text(encoding="utf-8").splitlines() if text.strip()]


def rows(lines: Sequence[dict], refusals: Sequence[Refusal | None]) -> list[tuple]:
    """Return (what, kind, n, share) for each kind of faithful and corrupted lines, and the totals."""
    out = []
    for faithful, what in ((True, "let out"), (False, "blocked")):
        right = [(line["kind"], (r is None) is faithful) for line, r in zip(lines, refusals, strict=True) if line["faithful"] is faithful]
        for kind in sorted({k for k, _ in right}):
            some = [ok for k, ok in right if k == kind]
            out.append((what, kind, len(some), f"{sum(some) / len(some):.1%}"))
        if right:
            out.append((what, "**all**", len(right), f"**{sum(ok for _, ok in right) / len(right):.1%}**"))
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--shown", action="store_true", help="list the lines that were judged wrongly")
    args = parser.parse_args()
    lines = read(args.files or sorted(OWN.glob("*.jsonl")))
    began = time.perf_counter()
    refusals = [judged(line) for line in lines]
    spent = (time.perf_counter() - began) * 1000 / max(sum(len(sentences(line["reply"])) for line in lines), 1)
    if args.shown:
        for number, (line, refusal) in enumerate(zip(lines, refusals, strict=True)):
            if (refusal is None) is not line["faithful"]:
                why = f"{refusal.kind}: {refusal.reason}" if refusal else "let out"
                print(f"{number} {line['kind']} | {' / '.join(line['passages'])} | {line['asked']} | {line['reply']} | {why}\n")
    table("Fact lock", ("", "kind", "n", "share"), rows(lines, refusals))
    print(f"\n{spent:.2f} ms a sentence, with passages never seen before (at most {ASIDE:g} are meant)")


if __name__ == "__main__":
    main()
