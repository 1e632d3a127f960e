"""How the `finetune` command's results are printed for a person; what they hold is the commands'."""

from __future__ import annotations

from assistant.commands import output, say

FIGURES = ("accuracy", "in_scope_accuracy", "oos_recall", "macro_f1", "mcc")


def brief(figures: dict | None) -> dict | None:
    """Return the figures without the tables of each intent."""
    return None if figures is None else {k: v for k, v in figures.items() if k not in ("per_intent", "confused")}


def _percent(value) -> str:
    return "–" if value is None else f"{value:.1%}" if isinstance(value, float) else str(value)


def intent(figures: dict, rejected: list[str]) -> None:
    from rich.table import Table

    table = Table("intent", "n", "precision", "recall", "F1", title="By intent, the weakest first")
    for row in sorted(figures["per_intent"], key=lambda r: r["f1"])[:25]:
        values = (_percent(row[k]) for k in ("precision", "recall", "f1"))
        table.add_row(row["intent"], str(row["n"]), *values)
    output.print(table)
    if figures["confused"]:
        worst = figures["confused"][0]["n"]
        pairs = Table("is", "taken for", "n", "", title="Confused most often")
        for row in figures["confused"]:
            pairs.add_row(row["intent"], row["taken_for"], str(row["n"]), "█" * max(1, round(12 * row["n"] / worst)))
        output.print(pairs)
    whole = ", ".join(f"{k} {_percent(figures[k])}" for k in FIGURES)
    output.print(f"{figures['n']} questions: {whole}; {figures['ms']['p50']} ms each", highlight=False, soft_wrap=True)
    for line in rejected[:10]:
        say(line, "yellow")
    if len(rejected) > 10:
        say(f"… and {len(rejected) - 10} more lines left out", "yellow")


def encoder(result: dict, told: str) -> None:
    from rich.table import Table

    table = Table("questions held out", "n", "hit@1", "", "hit@5", "", "mrr", "", title="Before and after, by the vectors alone")
    before, after = result["before"], result["after"]
    for name, one, other in (("all", before, after), *((k, v, after["languages"][k]) for k, v in before["languages"].items())):
        cells = [_percent(figures[k]) for k in ("hit@1", "hit@5", "mrr") for figures in (one, other)]
        table.add_row(name, str(one["n"]), *cells)
    output.print(table)
    output.print(f"{result['pairs']} pairs, {result['steps']} steps, {result['seconds']} s on {result['device']}.", highlight=False)
    output.print(told, highlight=False, soft_wrap=True)


def retrained(result: dict) -> None:
    output.print(result["reason"], highlight=False, soft_wrap=True)
    for part, told in result["parts"].items():
        verdict = "promoted" if told["promoted"] else "kept, not promoted"
        output.print(f"{part} {told['version']}: {verdict}", style="bold", highlight=False)
        for reason in told["reasons"]:
            output.print(f"  · {reason}", highlight=False, markup=False, soft_wrap=True)
    for line in result["skipped"]:
        output.print(line, highlight=False, markup=False, soft_wrap=True)


def compared(parts: dict) -> None:
    for part, told in parts.items():
        verdict = "the gate would promote it" if told["would_promote"] else "the gate would keep it back"
        output.print(f"{part} {told['version']}: {verdict}", style="bold", highlight=False)
        for reason in told["reasons"]:
            output.print(f"  · {reason}", highlight=False, markup=False, soft_wrap=True)


def versions(rows: list[dict], history: list[dict]) -> None:
    from rich.table import Table

    table = Table("", "version", "made", "base", "figures")
    for row in rows:
        figures = {k: row["metrics"].get(k) for k in (*FIGURES, "hit@1", "mrr", "supported", "rouge_l")}
        told = ", ".join(f"{k} {_percent(v)}" for k, v in figures.items() if v is not None)
        table.add_row("●" if row["serves"] else "", row["id"], row["created_at"], row["base"], told)
    output.print(table)
    for r in history[-10:]:
        output.print(f"release {r['id']}  {r['at']}  {r['by']}: {r['reason']}", highlight=False, markup=False)
