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
from assistant.errors import BadInput, Damaged, NotFound
from assistant.gate import rule
from assistant.knowledge.embedders import SentenceEmbedder, load_embedder
from assistant.records import Release
from assistant.settings import Settings
from assistant.store import Store
from finetune import home_confidence, intent
from finetune.dataset import Dataset
from finetune.dataset import current as current_dataset
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
    """Return (confidence version, caution): moved by the home's questions where the gate finds that no worse."""
    carried = _carried(store, embedder.name)
    say(f"Asking questions for the confidence on {embedder.name}")
    with tempfile.TemporaryDirectory(prefix="kefu-confidence-") as folder:
        index = Path(folder) / "index"  # the home's snapshot is that of the encoder that still serves
        try:
            made = home_confidence.train_candidate(settings, store, embedder, dataset, index_folder=index)
            before, after = (
                home_confidence.measure(settings, store, embedder, dataset, registry.folder_of(settings, store, "confidence", v), index)
                for v in (carried, made.id)
            )
        except (BadInput, Damaged) as error:
            return carried, f"The confidence {carried} serves on, though it was fitted on another encoder. {error}"
    ruling = rule(before, after)
    if ruling.promoted:
        return made.id, ""
    return carried, f"The confidence {carried} serves on; {made.id} is kept. {' '.join(ruling.reasons)}"


def _carried(store: Store, encoder: str) -> str:
    """Return the confidence that may serve beside this encoder without a new fit."""
    release = store.releases.current()
    serving = release.confidence if release else ""
    own = next((v for v in store.releases.versions("confidence") if v.id == serving), None)
    return serving if own and own.base in ("", encoder) else STARTER_CONFIDENCE


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
    """Encode what this encoder has not seen; returns how many texts."""
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
