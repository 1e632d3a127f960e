"""Trains the shipped reranker: the encoder's first layers learn to read a question beside passages.

Cross-entropy over the candidates and "none of them" (a fixed 0), so that what comes out is a probability.
Writes the folder with its card. Drawing is `pairs`'.
"""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from assistant.evaluate import auroc
from assistant.int8 import packed, unpacked
from assistant.knowledge.embedders import starter_package
from assistant.knowledge.fusion import READING, with_reading
from assistant.knowledge.reader import FILE, WEIGHTS, Reader, cut_to, shares
from assistant.knowledge.reranker import READ
from assistant.knowledge.starter import load_starter
from assistant.manifest import MANIFEST, seal, sha256_of
from assistant.processor import fast_half
from finetune.companies import FOLDER, read_firms
from finetune.encoder.card import LICENCE_LINK
from finetune.encoder.pairs import Case, Cases, exam
from finetune.encoder.starter import encoder as encoding

Say = Callable[[str], None]
LOOKS, ASKED = 4, 400


@dataclass(frozen=True, slots=True)
class Recipe:
    """How the reader is trained; `minutes` are processor time over `threads` cores."""

    minutes: float = 20.0
    layers: int = 4
    rate: float = 1.5e-4
    head_rate: float = 1e-3
    warmup: float = 0.05
    threads: int = 2
    seed: int = 7


def train_reader(encoder_folder: Path, out: Path, recipe: Recipe, say: Say = print, companies: Path = FOLDER) -> dict:
    """Train the reader on companies and write its folder; returns the figures on companies kept for measuring."""
    import torch

    torch.manual_seed(recipe.seed)
    torch.set_num_threads(recipe.threads)
    firms = read_firms(companies)
    taught, held = [f for f in firms if not f.held_out], [f for f in firms if f.held_out]
    model = load_starter(starter_package(), encoder_folder)
    encode = encoding(model)
    exams = {language: exam(held, encode, language, ASKED, READ) for language in ("zh", "en")}
    cases = Cases(taught, encode, seed=recipe.seed)
    reader = cut_to(copy.deepcopy(model), recipe.layers)
    curve: list[dict] = []

    def look(step: int, minutes: float, loss: float) -> None:
        told = {name: measured(reader, *some) for name, some in exams.items()}
        flat = {f"{name}_{k}": v for name, some in told.items() for k, v in some.items()}
        curve.append({"step": step, "minutes": round(minutes, 1), "loss": round(loss, 3)} | flat)
        say(json.dumps(curve[-1]))

    steps = train(reader, cases, recipe, look)
    save(reader, encoder_folder, out)
    look(steps, recipe.minutes, curve[-1]["loss"] if curve else 0.0)
    counts = {"entries": sum(len(f.entries) for f in taught), "companies": len(taught), "held_out": len(held)}
    (out / "training.json").write_text(json.dumps({"curve": curve, **counts}, indent=1) + "\n", encoding="utf-8")
    write_card(out, recipe, counts, curve)
    seal(out, "reranker")
    return curve[-1] | counts


def train(reader: Reader, cases: Cases, recipe: Recipe, look: Callable[[int, float, float], None]) -> int:
    """Train in place until the time is spent; returns the steps."""
    import torch

    inner = reader.bert
    inner.set_attn_implementation("eager")  # on a CPU its gradients take a fifth of the fused form's time
    inner.requires_grad_(False)
    layers = list(inner.encoder.parameters())
    for weight in layers:
        weight.requires_grad_(True)
    groups = [{"params": layers, "lr": recipe.rate}, {"params": list(reader.head.parameters()), "lr": recipe.head_rate}]
    optimizer = torch.optim.AdamW(groups, weight_decay=0.01, fused=True)
    peaks = [g["lr"] for g in optimizer.param_groups]
    began, total, step, looked, losses = time.process_time(), recipe.minutes * 60, 0, 0, []
    while (spent := (time.process_time() - began) / recipe.threads) < total:
        done = spent / total
        for group, peak in zip(optimizer.param_groups, peaks, strict=True):
            group["lr"] = peak * min(1.0, done / recipe.warmup + 0.01) * (1.02 - done)
        loss = loss_of(reader, cases.batch())
        loss.backward()
        torch.nn.utils.clip_grad_norm_([*layers, *reader.head.parameters()], 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        losses.append(float(loss.detach()))
        step += 1
        if int(done * LOOKS) > looked:
            looked = int(done * LOOKS)
            look(step, spent / 60, float(np.mean(losses[-50:])))
    return step


def loss_of(reader: Reader, batch: list[Case]):
    """Return the mean negative log-probability of the right passages, or of "none of them"."""
    import torch

    pairs = [(case.question, passage) for case in batch for passage in case.passages]
    with torch.autocast(reader.head.weight.device.type, torch.bfloat16, enabled=fast_half()):
        logits = reader.logits([q for q, _ in pairs], [p for _, p in pairs])
    logits = torch.nn.functional.pad(logits.float().view(len(batch), -1), (1, 0))
    target = torch.tensor([0 if case.right is None else case.right + 1 for case in batch], device=logits.device)
    return torch.nn.functional.cross_entropy(logits, target)


def measured(reader: Reader, cases: list[Case], cosines: np.ndarray) -> dict[str, float]:
    """Return hit@1 by the vectors alone and with the reader, and how well its best tells answerable questions."""
    import torch

    some = [(c.question, p) for c in cases for p in c.passages]
    logits = []
    with torch.inference_mode(), torch.autocast(reader.head.weight.device.type, torch.bfloat16, enabled=fast_half()):
        for start in range(0, len(some), 96):
            part = some[start : start + 96]
            logits.append(reader.logits([q for q, _ in part], [p for _, p in part]).float())
    read = shares(torch.cat(logits).view(len(cases), -1)).numpy()
    asked = [n for n, c in enumerate(cases) if c.right is not None]
    mixed = with_reading(cosines, read)
    hit = lambda scores: round(float(np.mean([scores[n].argmax() == cases[n].right for n in asked])), 4)  # noqa: E731
    best = lambda yes: [float(read[n].max()) for n, c in enumerate(cases) if (c.right is not None) == yes]  # noqa: E731
    return {"vectors": hit(cosines), "read": hit(read), "both": hit(mixed), "auroc": auroc(best(True), best(False))}


def save(reader: Reader, encoder_folder: Path, out: Path) -> None:
    """Write layers and head in 8 bits and what they belong to; the reader goes on with what was written."""
    import torch
    from safetensors.torch import save_file

    out.mkdir(parents=True, exist_ok=True)
    layers = {f"encoder.{k}": v for k, v in reader.bert.encoder.state_dict().items()}
    saved = packed(layers | {f"head.{k}": v for k, v in reader.head.state_dict().items()})
    save_file(saved, out / WEIGHTS)
    told = {"encoder": sha256_of(encoder_folder / MANIFEST), "layers": len(reader.bert.encoder.layer)}
    (out / FILE).write_text(json.dumps(told) + "\n", encoding="utf-8")
    rounded = unpacked(saved)
    with torch.no_grad():
        reader.head.load_state_dict({k: rounded.pop(f"head.{k}") for k in ("weight", "bias")})
        reader.bert.load_state_dict(rounded, strict=False)


def write_card(out: Path, recipe: Recipe, counts: dict, curve: list[dict]) -> None:
    """Write README.md and LICENSE into the folder."""
    names = [f"{language}_{k}" for language in ("zh", "en") for k in ("vectors", "read", "both", "auroc")]
    rows = "\n".join(f"| {r['step']} | {r['minutes']} | {r['loss']} | {' | '.join(str(r[n]) for n in names)} |" for r in curve)
    text = _CARD.format(rows=rows, layers=recipe.layers, minutes=recipe.minutes, reading=READING, read=READ, **counts)
    (out / "README.md").write_text(text, encoding="utf-8")
    (out / "LICENSE").write_text(_LICENCE, encoding="utf-8")


_LICENCE = f"""The weights in this folder are licensed under Creative Commons Attribution-ShareAlike 4.0
International (CC BY-SA 4.0): {LICENCE_LINK}

They were trained from those of the starter encoder beside this folder, which carry the same licence; the
attributions stand in its README.md. The code that made and reads them is Apache-2.0.
"""

_CARD = """---
license: cc-by-sa-4.0
language: [zh, en]
pipeline_tag: text-ranking
---
# Kefu starter reranker

A cross-encoder: the first {layers} layers of the starter encoder beside this folder, trained to read a question
beside passages. It gives each of them the probability that it, of all of them, answers; what is left of 1
is "none". Layers and head lie here in 8 bits with a scale for each row; the embeddings are the encoder's.
The search reads its best {read} passages and gives what is read {reading} of the score.

## Trained on

{entries:,} questions with answers, phrasings and follow-ups of {companies} invented companies, in both languages
(`data/starter/companies`); {held_out} more companies were kept for measuring. Each question stands beside eight
passages of its company, five of them among those that the encoder finds nearest; of some the right one was
hidden, and some are questions that the company does not answer.

## Measured on companies kept for measuring

Hit@1 of questions that are answered, of the encoder's nearest passages by the standard question alone
(`vectors`), by the reader alone (`read`) and by both together (`both`); AUROC of its best probability,
answered against unanswered. The last row is as shipped, in 8 bits.

| step | minutes | loss | zh vectors | read | both | AUROC | en vectors | read | both | AUROC |
|---|---|---|---|---|---|---|---|---|---|---|
{rows}

## Limits

It reads 96 tokens of question and passage together, and was made for questions to a company's service.

## Remade with

    finetune reranker --starter --minutes {minutes}
"""
