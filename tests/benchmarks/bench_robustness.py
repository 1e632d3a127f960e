"""Prints how many points of hit@1 each way of mistyping costs, on the sample's plain test questions.

Every way is measured against the same questions as they were written. Run with a number to take that
many questions for each language (200).
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
from pathlib import Path

from assistant.settings import SAMPLE
from tests.benchmarks.bench_evaluate import evaluated
from tests.benchmarks.perturb import ways


def questions(limit: int) -> list[dict]:
    """Return test rows as written and once for each way, the way as their kind."""
    rng = random.Random(11)
    rows = [json.loads(line) for line in (SAMPLE / "test.jsonl").open(encoding="utf-8")]
    plain = [r for r in rows if r["kind"] == "plain"]
    out = []
    for language in ("zh", "en"):
        some = rng.sample([r for r in plain if r["language"] == language], limit)
        out += [r | {"kind": "as written"} for r in some]
        for name, change in ways(language, [r["query"] for r in plain]).items():
            out += [r | {"id": f"{r['id']} {name}", "kind": name, "query": change(rng, r["query"])} for r in some]
    return out


def main(limit: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "queries.jsonl"
        path.write_text("".join(json.dumps(r) + "\n" for r in questions(limit)), encoding="utf-8")
        groups = evaluated(SAMPLE / "faqs.csv", path)["groups"]
    print("| questions | n | hit@1 | points lost |\n|---|---|---|---|")
    for name, figures in groups.items():
        lost = 100 * (groups[f"{name[:2]} as written"]["hit@1"] - figures["hit@1"])
        print(f"| {name} | {figures['n']} | {figures['hit@1']} | {lost:.1f} |")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
