"""Candidate and current on the same held-out examples; how the figures are made is others' affair.

A figure is worth comparing only where neither side has learned from the examples: a version that
names no frozen dataset is measured with a caution.
"""

from __future__ import annotations

from dataclasses import dataclass

from assistant.errors import KefuError
from assistant.knowledge.embedders import Embedder, load_embedder
from assistant.records import Version
from assistant.registry import STARTERS, folder_of, settings_of
from assistant.settings import Settings
from assistant.store import Store
from assistant.understanding.intent import IntentHead
from finetune.dataset import Dataset
from finetune.intent import Say, evaluate, home_rows

REPLIES = 60  # replies are written one by one; more than this many would take minutes


@dataclass(frozen=True, slots=True)
class Compared:
    """The figures of two versions; `current` is None where nothing serves that could be measured."""

    part: str
    current: dict | None
    candidate: dict
    cautions: tuple[str, ...] = ()


def quiet(_: str) -> None:
    """Say nothing."""


def compare(
    settings: Settings, store: Store, embedder: Embedder, dataset: Dataset, candidate: Version, *,
    against: str = "", say: Say = quiet,
) -> Compared:
    """Measure a version and what serves now (or `against`) on the dataset's held-out examples."""
    release = store.releases.current()
    other = against or (release.parts()[candidate.part] if release else "")
    cautions = _cautions(store, candidate.part, other, candidate.id)
    measures = {"encoder": _encoder, "intent": _intent, "confidence": _confidence, "response": _response}
    measure = measures[candidate.part]
    before = None
    if other:
        try:
            before = measure(settings, store, embedder, dataset, other, say)
        except KefuError as error:
            cautions = (*cautions, f"{other} could not be measured: {error}")
    after = measure(settings, store, embedder, dataset, candidate.id, say)
    return Compared(candidate.part, before, after, cautions)


def _cautions(store: Store, part: str, *versions: str) -> tuple[str, ...]:
    """Name the versions that may have learned from the examples they are measured on."""
    return tuple(
        f"{v} was not trained from a frozen dataset, so it may have learned from the held-out "
        "conversations and look better than it is."
        for v in versions
        if v and v != STARTERS.get(part) and _is_version(store, v) and not taught_by(store, v)
    )


def _is_version(store: Store, id: str) -> bool:
    """Return whether it was trained here: an encoder of the settings was not."""
    return any(v.id == id for v in store.releases.versions())


def taught_by(store: Store, version: str) -> str:
    """Return the id of the dataset that a version learned from, "" where it names none."""
    return store.releases.version(version).metrics.get("dataset", "")


def _intent(settings, store, embedder, dataset, version: str, say: Say) -> dict:
    head = IntentHead.load(folder_of(settings, store, "intent", version))
    if head.base != embedder.name:
        raise KefuError(f"it was fitted on the encoder {head.base}, and the encoder is {embedder.name}.")
    _, held = home_rows(store.meaning.intents(every=True), dataset)
    say(f"Measuring {version} on {len(held)} questions")
    return evaluate(head, held, embedder) if held else {"n": 0}


def _encoder(settings, store, embedder, dataset, version: str, say: Say) -> dict:
    from finetune.encoder.measure import found_at_home
    from finetune.encoder.questions import gather

    lessons = gather(store, dataset)
    say(f"Measuring {version} on {len(lessons.test)} questions")
    same = embedder.name == version
    asked = embedder if same else load_embedder(settings_of(settings, store, version))
    return found_at_home(asked, lessons, lessons.test)


def _confidence(settings, store, embedder, dataset, version: str, say: Say) -> dict:
    from finetune.home_confidence import measure

    say(f"Measuring {version}")
    return measure(settings, store, embedder, dataset, folder_of(settings, store, "confidence", version))


def _response(settings, store, embedder, dataset, version: str, say: Say) -> dict:
    from assistant.replying.generators.local import LocalGenerator
    from finetune.response import exam_of, measure

    lessons = exam_of(store, dataset)[:REPLIES]
    say(f"Measuring {version} on {len(lessons)} replies")
    if not lessons:
        return {"n": 0}
    folder = folder_of(settings, store, "response", version)
    return measure(LocalGenerator(folder, max_new_tokens=settings.generator.max_new_tokens), lessons)
