"""Adapts the encoder to a company's own questions: `train_candidate` reads like the recipe.

The losses and the step are `train`'s, batches `confused`'s, what may be learned `questions`'. Nothing is
promoted here.
"""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from assistant.errors import BadInput
from assistant.knowledge.embedders import ADAPTED, SentenceEmbedder
from assistant.records import Version
from assistant.registry import discard, keep, new_folder
from assistant.settings import Settings
from assistant.store import Store
from assistant.text import normalise
from finetune.dataset import Dataset
from finetune.dataset import current as current_dataset
from finetune.encoder.card import write_adapted_card
from finetune.encoder.confused import Confused
from finetune.encoder.measure import found_at_home, searched
from finetune.encoder.questions import Lessons, gather
from finetune.encoder.train import Teacher, loss_of

LEAST_PAIRS, LEAST_TOPICS = 200, 20
LOOKED_AT = 1500  # texts that are searched at a look; what is reported is measured on all
LEAST_HELD = 10  # held-out questions below which nothing can be chosen by them
MIN_STEPS, MIN_BETWEEN = 150, 10  # in all, and between two looks
WIDTHS = (192, 384)  # the narrowest that has a rate of its own, and the one that the plan's rates are for
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """How an encoder is adapted; rates are peaks for vectors of 384, `patience` counts looks without gain."""

    seconds: float = 900.0
    passes: float = 6.0
    size: int = 64
    rate: float = 2e-4
    row_rate: float = 1e-3
    warmup: int = 20
    temperature: float = 0.05
    patience: int = 4
    looks_a_pass: float = 2.0
    seed: int = 7


@dataclass(frozen=True, slots=True)
class Adapted:
    """What came of it: figures of the held-out questions before and after, and the version kept.

    `version` is None where nothing that was tried found more of them than the encoder that serves.
    """

    before: dict
    after: dict
    training: dict
    version: Version | None = None


def train_candidate(
    settings: Settings, store: Store, embedder: SentenceEmbedder, dataset: Dataset | None = None, *,
    seconds: float = 0.0, say: Say = lambda _: None, progress: Callable[[float], None] | None = None,
) -> Adapted:
    """Train a copy of `embedder` on the home's questions, measure it on held-out ones, keep a version.

    `seconds` is the time limit, 0 the settings'. Raises BadInput where there is too little to learn from.
    """
    dataset = current_dataset(settings, store) if dataset is None else dataset
    lessons = gather(store, dataset)
    check(lessons)
    say(f"{lessons.pairs:,} pairs of {len(lessons.topics):,} topics; held out: {len(lessons.validation):,} questions"
        f" to stop by, {len(lessons.test):,} to measure on")
    vectors = searched(embedder, lessons)
    before = found_at_home(embedder, lessons, lessons.test, vectors)
    plan = Plan(seconds=seconds or settings.training.encoder_seconds, seed=settings.training.seed)
    model, training = adapt(embedder, lessons, vectors, plan, say, progress)
    training |= {"pairs": lessons.pairs, "topics": len(lessons.topics), "device": model.device.type}
    if not training["best_step"]:
        return Adapted(before, before, training)
    after = found_at_home(_served(model, embedder), lessons, lessons.test)
    made = Adapted(before, after, training)
    return Adapted(before, after, training, _keep(settings, store, embedder, model, dataset, made))


def check(lessons: Lessons) -> None:
    """Raise BadInput where there are too few pairs or topics to learn from."""
    if lessons.pairs >= LEAST_PAIRS and len(lessons.topics) >= LEAST_TOPICS:
        return
    raise BadInput(
        f"An encoder needs at least {LEAST_PAIRS} pairs of {LEAST_TOPICS} FAQs to learn from; found {lessons.pairs}"
        f" of {len(lessons.topics)}. Add similar questions to your FAQs (`ingest faq import`), or past dialogues"
        " that name the FAQ which answered (`ingest history import`)."
    )


def adapt(
    embedder: SentenceEmbedder, lessons: Lessons, vectors: Mapping[str, np.ndarray], plan: Plan,
    say: Say = lambda _: None, progress: Callable[[float], None] | None = None,
):
    """Return (the best model, how it was trained); `embedder` stays as it is and is the teacher.

    Without enough questions of validation the last state is taken for the best.
    """
    import torch

    torch.manual_seed(plan.seed)
    model = copy.deepcopy(embedder.model)
    dtype = next(model.parameters()).dtype
    model.float().eval()  # no dropout: the targets are exact
    teacher = Teacher(embedder.model)
    source = Confused(lessons.topics, plan.size, plan.seed, embedder.prompts)
    source.mine(vectors)
    began = time.monotonic()
    with trainable(model, _texts(lessons, embedder.prompts)) as groups:
        look = Looks(groups, lessons.thinned(LOOKED_AT), source, _served(model, embedder), say)
        look(0, vectors)
        steps = _train(model, teacher, source, groups, look, _steps_a_pass(lessons, plan), plan, progress)
        look.restore()
    model.to(dtype)
    told = {"steps": steps, "best_step": look.best_step, "seconds": round(time.monotonic() - began, 1), "curve": look.curve}
    return model, told


def _steps_a_pass(lessons: Lessons, plan: Plan) -> int:
    return max(1, lessons.pairs // min(plan.size, len(lessons.topics)))


def _texts(lessons: Lessons, prompts: Mapping[bool, str]) -> list[str]:
    texts = [text for t in lessons.topics for text in (*t.texts(), *map(normalise, t.answers))]
    return [*prompts.values(), *texts]


def _train(model, teacher, source: Confused, groups, look: Looks, steps_a_pass: int, plan: Plan, progress) -> int:
    """Train until time, passes or patience run out; returns the steps."""
    import torch

    slower = (WIDTHS[1] / max(WIDTHS[0], model.get_embedding_dimension())) ** 2  # wide models want smaller steps
    rates = {"layers": plan.rate * slower, "rows": plan.row_rate * slower}
    optimizer = torch.optim.AdamW([{"params": groups[k], "lr": rates[k]} for k in rates if groups[k]], weight_decay=0.0)
    peaks = [g["lr"] for g in optimizer.param_groups]
    total = max(MIN_STEPS, plan.passes * steps_a_pass)
    every = max(MIN_BETWEEN, round(steps_a_pass / plan.looks_a_pass))
    step, began = 0, time.monotonic()
    for batch in source.batches():
        done = max(step / total, (time.monotonic() - began) / plan.seconds)
        if done >= 1 or look.idle >= plan.patience:
            break
        for group, peak in zip(optimizer.param_groups, peaks, strict=True):
            group["lr"] = peak * min(1.0, (step + 1) / plan.warmup) * (1.0 - 0.9 * done)
        loss_of(model, teacher, batch, plan.temperature).backward()
        torch.nn.utils.clip_grad_norm_([w for some in groups.values() for w in some], 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        step += 1
        if progress:
            progress(done)
        if step % every == 0:
            look(step)
    if look.curve[-1]["step"] < step:
        look(step)
    return step


class Looks:
    """Looks at the held-out questions of validation: remembers the best state, and mines again.

    `idle` counts the looks since the best one. With too few questions the last state is the best.
    """

    def __init__(self, groups, lessons: Lessons, source: Confused, embedder: SentenceEmbedder, say: Say):
        self.idle, self.best_step, self.curve = 0, 0, []
        self._weights = [w for some in groups.values() for w in some]
        self._lessons, self._source, self._embedder, self._say = lessons, source, embedder, say
        self._judges = len(lessons.validation) >= LEAST_HELD
        self._best, self._kept = -1.0, []

    def __call__(self, step: int, vectors: Mapping[str, np.ndarray] | None = None) -> None:
        """Measure the state after `step`; `vectors` are those of what is searched, where known."""
        vectors = searched(self._embedder, self._lessons) if vectors is None else vectors
        figures = found_at_home(self._embedder, self._lessons, self._lessons.validation, vectors)
        self._source.mine(vectors)
        self.curve.append({"step": step, "hit@1": figures["hit@1"], "mrr": figures["mrr"]})
        self.idle += self._judges
        score = (figures["hit@1"] + figures["mrr"]) / 2 if self._judges else float(step)
        if score > self._best:
            self._best, self.best_step, self.idle = score, step, 0
            self._kept = [w.detach().to("cpu", copy=True) for w in self._weights]
        if self._judges:
            self._say(f"step {step}: hit@1 {figures['hit@1']:.1%}, mrr {figures['mrr']:.3f} of the questions to stop by")

    def restore(self) -> None:
        """Set the weights to the best state."""
        import torch

        with torch.no_grad():
            for weight, kept in zip(self._weights, self._kept, strict=True):
                weight.copy_(kept)


def _served(model, embedder: SentenceEmbedder) -> SentenceEmbedder:
    """Return the model as the search would use it, with the prompts of the encoder it was made of."""
    return SentenceEmbedder(
        model, "candidate", query_prompt=embedder.prompts[True], passage_prompt=embedder.prompts[False]
    )


@contextmanager
def trainable(model, texts):
    """Make all weights trainable and lend them as {"layers", "rows"}; of the embedding table the occurring rows.

    A row whose token stands in none of `texts` would never get a gradient: leaving it out changes
    nothing and spares the gradients of a table that may be the largest part of the model.
    """
    import torch

    inner = model[0].model
    for parameter in model.parameters():
        parameter.requires_grad_(True)
    if model.device.type == "cpu" and hasattr(inner, "set_attn_implementation"):
        inner.set_attn_implementation("eager")  # on a CPU its gradients take a fifth of the fused form's time
    whole = inner.get_input_embeddings()
    if type(whole) is not torch.nn.Embedding:  # one that scales or hashes: trained as it is
        yield {"layers": list(model.parameters()), "rows": []}
        return
    ids = sorted({i for some in model[0].tokenizer(list(texts))["input_ids"] for i in some})
    part = occurring_rows(whole, ids)
    inner.set_input_embeddings(part)
    try:
        yield {"layers": [p for p in model.parameters() if p is not part.rows], "rows": [part.rows]}
    finally:
        with torch.no_grad():
            whole.weight[torch.tensor(ids, device=whole.weight.device)] = part.rows
        inner.set_input_embeddings(whole)


def occurring_rows(table, ids: list[int]):
    """Return a module that looks tokens up like `table`, of whose rows only those of `ids` are trained."""
    import torch

    class OccurringRows(torch.nn.Module):
        def __init__(self):
            super().__init__()
            chosen = torch.tensor(ids, device=table.weight.device)
            place = torch.full((len(table.weight),), -1, device=chosen.device)
            place[chosen] = torch.arange(len(ids), device=chosen.device)
            self.register_buffer("place", place)
            self.register_buffer("old", table.weight.detach())
            self.rows = torch.nn.Parameter(table.weight[chosen].detach().clone())

        def forward(self, tokens):
            place = self.place[tokens]
            trained = torch.nn.functional.embedding(place.clamp(min=0), self.rows)
            old = torch.nn.functional.embedding(tokens, self.old)
            return torch.where((place >= 0).unsqueeze(-1), trained, old)

    return OccurringRows()


def _keep(settings: Settings, store: Store, embedder, model, dataset: Dataset, made: Adapted) -> Version:
    id, folder = new_folder(settings, "encoder")
    try:
        save(model, embedder, folder)
        metrics = {**made.after, "before": made.before, "dataset": dataset.id, "training": made.training}
        write_adapted_card(folder, id, embedder.name, metrics)
        (folder / "metrics.json").write_text(json.dumps(metrics, indent=1) + "\n", encoding="utf-8")
        short = {**metrics, "training": {k: v for k, v in made.training.items() if k != "curve"}}
        return keep(settings, store, id, folder, base=embedder.name, metrics=short, origin="finetune encoder")
    except BaseException:
        discard(folder)
        raise


def save(model, embedder: SentenceEmbedder, folder: Path) -> None:
    """Write a folder in sentence-transformers form, and beside it what Kefu must know of it."""
    model.save(str(folder), create_model_card=False)
    told = {"base": embedder.name, "query_prompt": embedder.prompts[True], "passage_prompt": embedder.prompts[False]}
    (folder / ADAPTED).write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
