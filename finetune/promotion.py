"""Lets an encoder serve: knowledge encoded, heads fitted on it, then one row. And the way back.

Whatever takes time comes before the row, so that an interrupted promotion leaves what serves as it was;
what it encoded and fitted is used by the next one. The row itself is the registry's.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from assistant import registry
from assistant.assembly import STARTER_CONFIDENCE
from assistant.errors import BadInput, NotFound
from assistant.knowledge.embedders import SentenceEmbedder, load_embedder
from assistant.knowledge.live import LiveIndex
from assistant.knowledge.retriever import Retriever
from assistant.records import Release, Version
from assistant.settings import Settings
from assistant.store import Store
from finetune import intent
from finetune.confidence import refit
from finetune.dataset import Dataset
from finetune.dataset import current as current_dataset
from finetune.encoder.questions import gather
from ingest.pipeline import Progress, encode_pending, encode_texts, snapshot_if_due

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Promoted:
    """The release that serves now, how many texts were encoded for it, and what to know of it."""

    release: Release
    encoded: int = 0
    cautions: tuple[str, ...] = ()


def promote_encoder(
    settings: Settings, store: Store, parts: dict[str, str], by: str, reason: str, *,
    say: Say = lambda _: None, progress: Progress | None = None,
) -> Promoted:
    """Let `parts["encoder"]` serve, with heads fitted on it beside what else `parts` names.

    In order: all knowledge is encoded with it, the intent model is trained on it, the confidence is
    fitted again or carried, one release is appended.
    """
    registry.check(settings, store, parts)
    chosen = registry.settings_of(settings, store, parts["encoder"])
    embedder = load_embedder(chosen)
    say(f"Encoding all knowledge with {embedder.name}")
    encoded = encode_texts(store, embedder, None, progress)
    dataset = current_dataset(settings, store)
    heads, cautions = _heads(settings, store, embedder, dataset, parts, say)
    encoded += encode_texts(store, embedder, None, progress)  # what came in meanwhile
    release = registry.promote(store, {**heads, **parts}, by, reason, settings)
    encode_pending(store, embedder)
    snapshot_if_due(settings, store, embedder.name)
    return Promoted(release, encoded, tuple(c for c in cautions if c))


def _heads(settings, store, embedder, dataset: Dataset, parts: dict[str, str], say: Say):
    """Return ({part: version}, cautions) of the heads that `parts` leaves open."""
    heads, cautions = {}, []
    for part, fit in (("intent", _intent), ("confidence", _confidence)):
        if part not in parts:
            heads[part], caution = fit(settings, store, embedder, dataset, say)
            cautions.append(caution)
    return heads, cautions


def _intent(settings, store, embedder, dataset: Dataset, say: Say) -> tuple[str, str]:
    """Return (intent version on this encoder, caution); one of the same rows is not trained twice."""
    specs = intent.fingerprint_of(store.meaning.intents(every=True))
    for version in reversed(store.releases.versions("intent")):
        same = version.metrics.get("dataset") == dataset.id and version.metrics.get("specs") == specs
        if same and version.base == embedder.name:
            return version.id, ""
    say(f"Training the intent model on {embedder.name}")
    try:
        return intent.train_candidate(settings, store, embedder, dataset, say=say).id, ""
    except BadInput as error:
        return "", f"No intent model serves: {error}"


def _confidence(settings, store, embedder: SentenceEmbedder, dataset: Dataset, say: Say) -> tuple[str, str]:
    """Return (confidence version, caution): fitted on the home's own questions, else carried."""
    lessons = gather(store, dataset)
    unseen = lessons.validation + lessons.test  # the others an adapted encoder has learned
    carried = _carried(store, embedder.name)
    say(f"Asking {len(unseen)} held-out questions for the confidence")
    with tempfile.TemporaryDirectory(prefix="kefu-confidence-") as folder:
        index = LiveIndex(store, embedder.name, embedder.dimension, Path(folder) / "index")
        index.open()
        retriever = Retriever(store, embedder, index, settings.retrieval)
        try:
            fitted = refit(store, retriever, unseen, embedder.name, registry.folder_of(settings, store, "confidence", carried))
        except BadInput as error:
            return carried, f"The confidence {carried} serves on, though it was fitted on another encoder: {error}"
    if fitted is None:
        return carried, f"The confidence {carried} serves on: fitted again on the held-out questions it judged worse."
    return _keep_confidence(settings, store, fitted, embedder.name, dataset).id, ""


def _carried(store: Store, encoder: str) -> str:
    """Return the confidence that may serve beside this encoder without a new fit."""
    release = store.releases.current()
    serving = release.confidence if release else ""
    own = next((v for v in store.releases.versions("confidence") if v.id == serving), None)
    return serving if own and own.base in ("", encoder) else STARTER_CONFIDENCE


def _keep_confidence(settings, store, fitted, encoder: str, dataset: Dataset) -> Version:
    id, folder = registry.new_folder(settings, "confidence")
    try:
        fitted.fusion.save(folder)
        fitted.confidence.save(folder)
        metrics = {"languages": fitted.figures, "dataset": dataset.id}
        return registry.keep(settings, store, id, folder, base=encoder, metrics=metrics, origin="finetune promote")
    except BaseException:
        registry.discard(folder)
        raise


def roll_back(
    settings: Settings, store: Store, by: str, *, say: Say = lambda _: None, progress: Progress | None = None
) -> Promoted:
    """Go back to the release before the one that serves; what came since is encoded for its encoder first.

    Nothing is loaded where all vectors are there still.
    """
    before, now, encoded = registry.earlier(store), store.releases.current(), 0
    if before and now and before.encoder and before.encoder != now.encoder:
        encoded = _caught_up(settings, store, before.encoder, say, progress)
    return Promoted(registry.rollback(store, by, settings), encoded)


def _caught_up(settings: Settings, store: Store, encoder: str, say: Say, progress: Progress | None) -> int:
    waiting = len(store.knowledge.missing(encoder))
    if not waiting:
        return 0
    try:
        chosen = registry.settings_of(settings, store, encoder)
    except NotFound as error:  # the settings name another encoder by now, and theirs will serve
        say(str(error))
        return 0
    say(f"Encoding {waiting} texts that {encoder} has not seen")
    return encode_texts(store, load_embedder(chosen), None, progress)
