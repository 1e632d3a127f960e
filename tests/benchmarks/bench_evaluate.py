"""Prints the figures of the sample company's test set, for each language and kind, as Markdown.

The knowledge is taken whole first, then one language at a time: read the `cross` rows there. With a
folder of further sets (each with kb.jsonl and queries.jsonl) as argument, those follow.
"""

import json
import subprocess
import sys
from pathlib import Path

from assistant.settings import SAMPLE

COLUMNS = ("n", "hit@1", "hit@5", "mrr", "auroc", "answered_right", "answered_wrong", "false_answers", "coverage")


def run(command: str, *options: str) -> dict:
    """Return what a command of `assistant` prints as JSON."""
    program = str(Path(sys.executable).with_name("assistant"))
    done = subprocess.run([program, command, "--json", *options], check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout)


def evaluated(kb: Path, queries: Path, *options: str) -> dict:
    """Return the figures that `assistant evaluate` prints."""
    return run("evaluate", "--kb", str(kb), "--queries", str(queries), *options)


def row(name: str, figures: dict) -> str:
    cells = ["–" if figures[c] is None else f"{figures[c]}" for c in COLUMNS]
    return f"| {name} | {' | '.join(cells)} | {figures['ms']['p50']} / {figures['ms']['p95']} |"


def show(title: str, figures: dict) -> None:
    print(f"\n## {title}\n\n| questions | {' | '.join(COLUMNS)} | ms p50 / p95 |\n{'|---' * (len(COLUMNS) + 2)}|")
    print(row("all", figures), *(row(k, v) for k, v in figures.get("groups", {}).items()), sep="\n", flush=True)


if __name__ == "__main__":
    for knowledge in ([], ["--kb-language", "zh"], ["--kb-language", "en"]):
        named = knowledge[-1] if knowledge else "both languages"
        show(f"Sample, knowledge in {named}", evaluated(SAMPLE / "faqs.csv", SAMPLE / "test.jsonl", *knowledge))
    for folder in sorted(p.parent for a in sys.argv[1:] for p in Path(a).glob("*/queries.jsonl")):
        show(folder.name, evaluated(folder / "kb.jsonl", folder / "queries.jsonl"))
