"""The steps that move an encoder: losses, one optimizer, a clock.

Parallel text is learned by distillation (Reimers and Gurevych, "Making Monolingual Sentence Embeddings
Multilingual using Knowledge Distillation", 2020), phrasings of one meaning by InfoNCE over the batch
(van den Oord et al., 2018). Leaves drawing batches to `texts` and measuring to `measure`.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from assistant.processor import fast_half
from finetune.encoder.texts import Batch

LONGEST = 80  # tokens
GROUP, GROUP_ON_GPU = 128, 512  # texts of like length that go through the model together


@dataclass(frozen=True, slots=True)
class Recipe:
    """How the starter is trained; `minutes` are processor time over `threads` cores."""

    minutes: float = 30.0
    rate: float = 2e-4
    row_rate: float = 1e-3
    warmup: float = 0.04
    temperature: float = 0.05
    apart: float = 0.15  # of the words of several characters, taken apart
    threads: int = 2
    seed: int = 7


class Teacher:
    """The English model that was not changed; each text is encoded once."""

    def __init__(self, model, batch: int = 128):
        self._model, self._batch = model, batch
        self._known: dict[str, object] = {}

    def vectors(self, texts: Sequence[str]):
        """Return (n, d) unit vectors."""
        import torch

        missing = sorted({t for t in texts if t not in self._known}, key=len)
        for start in range(0, len(missing), self._batch):
            some = missing[start : start + self._batch]
            with torch.no_grad():
                for text, vector in zip(some, embed(self._model, some).half(), strict=True):
                    self._known[text] = vector
        return torch.stack([self._known[t] for t in texts]).float()


class Pieces:
    """Takes words of several characters apart now and then, so that a slip within one costs little."""

    def __init__(self, tokenizer, share: float, seed: int = 7):
        """Take the tokens that `tokenizer` was given as whole words; `share` of them are taken apart."""
        vocabulary = tokenizer.get_vocab()
        self._parts = {
            vocabulary[t.content]: [vocabulary.get(c, tokenizer.unk_token_id) for c in t.content]
            for t in tokenizer.added_tokens_decoder.values() if not t.special
        }
        self._share, self._rng = share, random.Random(seed)

    def __call__(self, ids: Sequence[int]) -> list[int]:
        out = []
        for id in ids:
            parts = self._parts.get(id)
            out.extend(parts if parts and self._rng.random() < self._share else (id,))
        return out


def embed(model, texts: Sequence[str], pieces: Pieces | None = None):
    """Return (n, d) unit vectors with gradients, pooled as the model does.

    Texts go through in groups of like length, so that one long answer does not pad all questions.
    """
    import torch

    tokenizer, device = model[0].tokenizer, model.device
    ids = tokenizer(list(texts), truncation=True, max_length=LONGEST)["input_ids"]
    if pieces:
        ids = [pieces(row) for row in ids]
    order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
    on_gpu, parts = device.type == "cuda", []
    for start in range(0, len(order), GROUP_ON_GPU if on_gpu else GROUP):
        some = [ids[i] for i in order[start : start + (GROUP_ON_GPU if on_gpu else GROUP)]]
        features = dict(tokenizer.pad({"input_ids": some}, return_tensors="pt").to(device))
        with torch.autocast(device.type, torch.bfloat16, enabled=on_gpu or fast_half()):
            features = model[0](features)
        features["token_embeddings"] = features["token_embeddings"].to(next(model.parameters()).dtype)
        for module in list(model)[1:]:
            features = module(features)
        parts.append(features["sentence_embedding"].float())
    back = torch.tensor(order, device=device).argsort()
    return torch.nn.functional.normalize(torch.cat(parts)[back], dim=-1)


def loss_of(model, teacher: Teacher, batch: Batch, temperature: float, pieces: Pieces | None = None):
    """Return the scalar loss of a batch."""
    if batch.kind == "meaning":
        return _meaning_loss(model, teacher, batch, temperature, pieces)
    target = teacher.vectors(batch.b)
    student = embed(model, batch.a, pieces)
    loss = contrast(student, target, temperature, batch.b) + 2 * apart(student, target)
    if batch.kind == "parallel":
        loss = loss + 2 * apart(embed(model, batch.b), target)
    return loss


def _meaning_loss(model, teacher: Teacher, batch: Batch, temperature: float, pieces: Pieces | None):
    import torch

    n, m = len(batch.a), 2 * len(batch.a) + len(batch.others)
    texts = [*batch.a, *batch.b, *batch.others, *(zh for zh, _ in batch.anchors)]
    vectors = embed(model, texts, pieces)
    loss = contrast(vectors[:n], vectors[n : 2 * n], temperature, batch.b, vectors[2 * n : m])
    if batch.anchors:
        held = teacher.vectors([en for _, en in batch.anchors])
        loss = loss + apart(vectors[m:], held)
    assert torch.isfinite(loss)
    return loss


def contrast(one, other, temperature: float, keys: Sequence[str], further=None):
    """Return InfoNCE in both directions; rows with the same key are not each other's negatives.

    `further` (m, d) are negatives of `one` that belong to no row.
    """
    import torch

    numbers: dict[str, int] = {}
    group = torch.tensor([numbers.setdefault(k, len(numbers)) for k in keys], device=one.device)
    twins = (group[:, None] == group[None, :]).fill_diagonal_(False)
    scores = (one @ other.T / temperature).masked_fill(twins, -1e4)
    target = torch.arange(len(one), device=one.device)
    cross = torch.nn.functional.cross_entropy
    wide = scores if further is None else torch.cat([scores, one @ further.T / temperature], 1)
    return (cross(wide, target) + cross(scores.T, target)) / 2


def apart(one, other):
    """Return the mean cosine distance of rows."""
    return (1 - (one * other).sum(-1)).mean()


def train(
    model, teacher: Teacher, batches: Iterator[Batch], recipe: Recipe, frozen_rows: int,
    look: Callable[[int, float, float], None] | None = None, looks: int = 12,
) -> int:
    """Train in place until the time is spent; returns the steps.

    The first `frozen_rows` rows of the embedding table keep their values. `look` gets (step,
    minutes, mean loss) about `looks` times.
    """
    import torch

    torch.set_num_threads(recipe.threads)
    bert = model[0].model
    model.eval()  # no dropout: the targets are exact
    bert.set_attn_implementation("eager")  # on a CPU its gradients take a fifth of the fused form's time
    whole = bert.embeddings.word_embeddings
    split = bert.embeddings.word_embeddings = split_rows(whole, frozen_rows)
    for name, parameter in bert.named_parameters():
        parameter.requires_grad_(name.startswith("encoder.") or parameter is split.new)
    layers, rows = list(bert.encoder.parameters()), split.new
    pieces = Pieces(model[0].tokenizer, recipe.apart, recipe.seed)
    optimizer = torch.optim.AdamW(
        [{"params": layers, "lr": recipe.rate}, {"params": [rows], "lr": recipe.row_rate}], weight_decay=0.0, fused=True,
    )
    rates = [g["lr"] for g in optimizer.param_groups]
    clock = lambda: time.process_time() / recipe.threads  # noqa: E731
    began, total, step, losses, looked = clock(), recipe.minutes * 60, 0, [], 0
    while (spent := clock() - began) < total:
        progress = spent / total
        factor = min(1.0, progress / recipe.warmup + 0.01) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * progress)))
        for group, rate in zip(optimizer.param_groups, rates, strict=True):
            group["lr"] = rate * factor
        loss = loss_of(model, teacher, next(batches), recipe.temperature, pieces)
        loss.backward()
        torch.nn.utils.clip_grad_norm_([*layers, rows], 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        losses.append(float(loss.detach()))
        step += 1
        if look and int(progress * looks) > looked:
            looked = int(progress * looks)
            look(step, spent / 60, sum(losses[-50:]) / len(losses[-50:]))
    with torch.no_grad():
        whole.weight[frozen_rows:] = rows
    bert.embeddings.word_embeddings = whole
    return step


def split_rows(table, frozen: int):
    """Return a module that looks ids up like `table`, whose rows from `frozen` on alone are trained.

    Gradients then exist for those rows only: for the whole table they would cost more than the layers'.
    """
    import torch

    class SplitRows(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("old", table.weight[:frozen].detach().clone())
            self.new = torch.nn.Parameter(table.weight[frozen:].detach().clone())

        def forward(self, ids):
            fresh = (ids >= frozen).unsqueeze(-1)
            old = torch.nn.functional.embedding(ids.clamp(max=frozen - 1), self.old)
            new = torch.nn.functional.embedding((ids - frozen).clamp(min=0), self.new)
            return torch.where(fresh, new, old)

    return SplitRows()
