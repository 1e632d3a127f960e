"""The whole recipe: what is new, candidates, measure, gate, promote or say why not.

Reads like the steps it takes; each step is another module's.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from assistant.assembly import STARTER_RESPONSE
from assistant.errors import BadInput, MissingPart
from assistant.gate import rule
from assistant.knowledge.embedders import Embedder
from assistant.records import Release, Ruling, Version
from assistant.registry import promote
from assistant.settings import Settings
from assistant.store import Store
from finetune import dataset as datasets
from finetune.dataset import Dataset
from finetune.intent import Say, fingerprint_of
from finetune.intent import train_candidate as train_intent
from finetune.measure import Compared, compare, quiet, taught_by

LEAST_NEW = 20
LEARNED = "retrain:dataset"


@dataclass(frozen=True, slots=True)
class News:
    """What there is to learn since the last retraining."""

    examples: int
    intents_changed: bool
    reason: str

    @property
    def enough(self) -> bool:
        return self.examples >= LEAST_NEW or self.intents_changed


@dataclass(frozen=True, slots=True)
class Outcome:
    """One part's candidate with its figures and the gate's word."""

    version: Version
    compared: Compared
    ruling: Ruling


@dataclass(frozen=True, slots=True)
class Retrained:
    """What a retraining did; `release` is None where nothing was promoted."""

    news: News
    dataset: str = ""
    outcomes: tuple[Outcome, ...] = ()
    release: Release | None = None
    skipped: tuple[str, ...] = ()


def retrain(settings: Settings, store: Store, embedder: Embedder, say: Say = quiet) -> Retrained:
    """Learn from everything new in the home; with too little of it nothing is done."""
    before = last_learned(settings, store)
    dataset = datasets.current(settings, store)
    found = news(store, dataset, before)
    if not found.enough:
        return Retrained(found, dataset.id)
    candidates, skipped = train_candidates(settings, store, embedder, dataset, found, say)
    outcomes = tuple(judge(settings, store, embedder, dataset, v, say) for v in candidates)
    release = promote_passed(settings, store, embedder, outcomes)
    store.remember(LEARNED, dataset.id)
    return Retrained(found, dataset.id, outcomes, release, skipped)


def last_learned(settings: Settings, store: Store) -> Dataset | None:
    """Return the dataset of the last retraining, or None where the home never had one.

    A first run that trained both models counts as one; an intent model alone does not.
    """
    release = store.releases.current()
    wanted = store.note(LEARNED)
    if not wanted and release and release.intent and release.response not in ("", STARTER_RESPONSE):
        wanted = taught_by(store, release.intent)
    row = next((r for r in store.releases.datasets() if r["id"] == wanted), None)
    return datasets.read(settings.home / row["path"]) if row else None


def news(store: Store, dataset: Dataset, before: Dataset | None) -> News:
    """Count the examples that the last retraining did not have, and look at the intents."""
    now = Counter(map(datasets.key, dataset.taught + dataset.test))
    then = Counter(map(datasets.key, before.taught + before.test)) if before else Counter()
    examples = (now - then).total()
    versions = store.releases.versions("intent")
    specs = fingerprint_of(store.meaning.intents(every=True))
    changed = not versions or versions[-1].metrics.get("specs") != specs
    reason = f"{examples} new examples since the last retraining"
    reason += ", and the intents were changed." if changed else "."
    if examples < LEAST_NEW and not changed:
        reason += f" At least {LEAST_NEW} are needed: import dialogues (`ingest history import FILE`) or review replies."
    return News(examples, changed, reason)


def train_candidates(
    settings: Settings, store: Store, embedder: Embedder, dataset: Dataset, found: News, say: Say
) -> tuple[list[Version], tuple[str, ...]]:
    """Return the versions that could be trained, and why others could not."""
    say("Training the intent model")
    made, skipped = [train_intent(settings, store, embedder, dataset, say=say)], []
    if found.examples < LEAST_NEW:
        return made, ("The confidence and the response model have nothing new to learn.",)
    from finetune.home_confidence import train_candidate as train_confidence
    from finetune.response import train_candidate as train_response

    for name, work in (
        ("confidence", lambda: train_confidence(settings, store, embedder, dataset)),
        ("response model", lambda: train_response(settings, store, dataset)),
    ):
        say(f"Training the {name}")
        try:
            made.append(work())
        except (BadInput, MissingPart) as error:
            skipped.append(f"No {name} was trained: {error}")
    return made, tuple(skipped)


def judge(
    settings: Settings, store: Store, embedder: Embedder, dataset: Dataset, version: Version, say: Say
) -> Outcome:
    """Measure a candidate beside what serves and ask the gate."""
    compared = compare(settings, store, embedder, dataset, version, say=say)
    ruling = rule(compared.current, compared.candidate)
    return Outcome(version, compared, Ruling(ruling.promoted, (*ruling.reasons, *compared.cautions)))


def promote_passed(
    settings: Settings, store: Store, embedder: Embedder, outcomes: tuple[Outcome, ...]
) -> Release | None:
    """Promote every candidate that passed, together in one release."""
    passed = {o.version.part: o.version.id for o in outcomes if o.ruling.promoted}
    if not passed:
        return None
    parts = {**first_parts(store, embedder), **passed}
    return promote(store, parts, "finetune retrain", f"Passed the gate: {', '.join(passed)}.", settings)


def first_parts(store: Store, embedder: Embedder) -> dict[str, str]:
    """Return what a home without a release starts from; nothing where one serves."""
    from assistant.assembly import STARTER_CONFIDENCE

    if store.releases.current():
        return {}
    return {"encoder": embedder.name, "confidence": STARTER_CONFIDENCE}
