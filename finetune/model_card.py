"""The model card of the base response model, written from what was really used and measured."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from assistant.errors import BadInput
from finetune.curriculum import PERMITTED, Sources


def write_card(
    out: Path, sources: Sources, with_permitted: bool, minutes: float, parameters: int,
    curve: Sequence[dict], figures: dict,
) -> None:
    """Write README.md, the model card, from what was really used and measured."""
    if not curve:
        raise BadInput("The training took no step: give it more minutes.")
    sets = [f"- `{name}`: {who}" for name, who in PERMITTED.items()] if with_permitted else []
    questions = sum(len(r.asked) for c in sources.companies for r in c.records)
    marks = [curve[round(i * (len(curve) - 1) / 5)] for i in range(6)] if len(curve) > 5 else list(curve)
    rows = [f"| {r['step']} | {r['minutes']} | {r['loss']} | {r['held_out_loss']} | {r['exact']} |" for r in marks]
    text = _CARD.format(
        companies=len(sources.companies), questions=questions, sets="\n".join(sets) or "- none",
        steps=curve[-1]["step"], minutes=math.ceil(minutes), rows="\n".join(rows),
        parameters=parameters / 1e6, **figures,
    )
    (out / "README.md").write_text(text, encoding="utf-8")


_CARD = """---
license: apache-2.0
language: [zh, en]
pipeline_tag: text-generation
---
# Kefu starter response model

A {parameters:.1f} M parameter Qwen3 model that answers a customer's question from one to three given passages,
in Chinese or English, mostly by saying the sentence of the passage that answers. It was trained from
random weights on two CPU cores; no weights of another model are in it. Licence: Apache-2.0.

It is made to run behind Kefu's fact lock, which lets out only sentences that the passages bear out.

## Trained on

- {companies} invented companies with {questions} questions, written for it, in `training/` and in
  `data/starter/companies`; those of the latter count once for each language.
  A tenth of the companies, fixed by name, was kept for measuring and never trained on.
{sets}

Tatoeba's sentences are CC BY 2.0 FR (https://creativecommons.org/licenses/by/2.0/fr/), by the
contributors of https://tatoeba.org; the other sets are under the licences named above. Numbers and
words were replaced at random in all sets. No text of the sets is contained in this folder.

## Training

{steps} steps in {minutes} minutes. Loss is in nats per reply token; `exact` is the share of held-out
questions whose extracted sentence is the model's first choice in every token.

| step | minutes | loss | held-out loss | exact |
|---|---|---|---|---|
{rows}

## Measured on {n} questions of held-out companies, two or three passages each

- {copied:.1%} of replies are whole sentences of the given passages, word for word
- {right_passage:.1%} are sentences of the right passage
- {exact:.1%} are exactly the sentence that holds the authored answer
- {none:.1%} are empty (the model says that nothing answers)
- {tokens_per_second} tokens a second on two CPU cores

## Limits

It repeats and shortens a passage; it does not reason, count, translate or know anything. Among several
passages it chooses poorly (see above), so that Kefu gives it the best one alone. It reads at most
1,024 tokens. Measured with the guard of `assistant/replying/generators/local.py`, which keeps a copied
stretch from leaping to another place; without it far fewer replies are whole sentences.

## Remade with

    finetune response --starter --shared DIR --minutes {minutes}

where DIR holds the public sets in the layout of the list above.
"""
