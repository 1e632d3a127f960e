"""Versions of models on disk, and the release that serves: which folder, whole or not, of what.

A folder is written beside its place, sealed with a manifest of hashes, then renamed, so that a
version is there as a whole or not at all. What was promoted is kept by the store.
"""

from __future__ import annotations

import secrets
import shutil
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from assistant.errors import BadInput, Damaged, NotFound
from assistant.knowledge.embedders import identify
from assistant.manifest import seal, verify
from assistant.records import Release, Version
from assistant.settings import STARTER, Settings
from assistant.store import Store

PARTS = ("encoder", "intent", "confidence", "response")
STARTERS = {"response": "starter-response", "confidence": "starter-confidence"}
ABANDONED_SECONDS = 86_400


def new_folder(settings: Settings, part: str) -> tuple[str, Path]:
    """Return (version id, empty folder to write into); `keep` makes it a version, `discard` not."""
    if part not in PARTS:
        raise BadInput(f"Unknown part {part!r}. Known parts: {', '.join(PARTS)}.")
    id = f"{part}-{datetime.now():%Y%m%d-%H%M}-{secrets.token_hex(2)}"
    folder = settings.models_folder / f".new-{id}"
    folder.mkdir(parents=True)
    _sweep(settings.models_folder, folder)
    return id, folder


def _sweep(models: Path, but: Path) -> None:
    """Remove what killed runs left behind more than a day ago."""
    for left in models.glob(".new-*"):
        if left != but and left.stat().st_mtime < but.stat().st_mtime - ABANDONED_SECONDS:
            shutil.rmtree(left, ignore_errors=True)


def discard(folder: Path) -> None:
    """Remove a folder that became no version."""
    shutil.rmtree(folder, ignore_errors=True)


def keep(
    settings: Settings, store: Store, id: str, folder: Path, *, base: str = "",
    metrics: dict | None = None, origin: str = "",
) -> Version:
    """Seal a folder of `new_folder`, move it to its place and record it; nothing is promoted."""
    part = id.split("-", 1)[0]
    seal(folder, part)
    folder.rename(settings.models_folder / id)
    try:
        return store.releases.add_version(Version(id, part, id, "", base, metrics or {}, origin))
    except BaseException:
        discard(settings.models_folder / id)
        raise


def folder_of(settings: Settings, store: Store, part: str, version: str) -> Path:
    """Return the folder of a version; raises NotFound for a name that nobody knows."""
    if version == STARTERS.get(part):
        return STARTER / part
    return settings.models_folder / store.releases.version(version).path


def current_folder(settings: Settings, store: Store, part: str) -> Path | None:
    """Return the folder of what serves as `part`, or None where nothing does."""
    release = store.releases.current()
    version = release.parts()[part] if release else ""
    return folder_of(settings, store, part, version) if version else None


def encoder_settings(settings: Settings, store: Store, encoder: str) -> Settings:
    """Return settings that name the encoder version `encoder`, or `settings` where it is no version.

    Raises Damaged where the version's folder is gone.
    """
    known = next((v for v in store.releases.versions("encoder") if v.id == encoder), None)
    if known is None:
        return settings
    folder = settings.models_folder / known.path
    if not folder.is_dir():
        raise Damaged(
            f"The encoder version {encoder} is missing from {settings.models_folder}. Put its folder back, or"
            " go back to an earlier encoder: finetune rollback"
        )
    return replace(settings, encoder=replace(settings.encoder, model=str(folder)))


def origin_of(store: Store, encoder: str) -> str:
    """Return the encoder that an adapted one began with, over all its ancestors; others are their own origin."""
    base = {v.id: v.base for v in store.releases.versions("encoder")}
    while encoder in base:
        encoder = base[encoder]
    return encoder


def as_released(settings: Settings, store: Store) -> Settings:
    """Return settings that name the encoder that serves: the release's version, else the settings' own."""
    release = store.releases.current()
    return encoder_settings(settings, store, release.encoder) if release else settings


def settings_of(settings: Settings, store: Store, encoder: str) -> Settings:
    """Return settings that name this encoder: a version, or the one of the settings by its name."""
    chosen = encoder_settings(settings, store, encoder)
    own = identify(chosen)[1]
    if own != encoder:
        known = [*(v.id for v in store.releases.versions("encoder")), own]
        raise NotFound(f"There is no encoder {encoder!r}. Known: {', '.join(known)} (the settings' own).")
    return chosen


def promote(store: Store, parts: dict[str, str], by: str, reason: str, settings: Settings) -> Release:
    """Append a release: the current one with `parts` changed. From then on it serves.

    Raises BadInput where the parts disagree, NotFound for an unknown version, Damaged for a folder
    that is not whole.
    """
    unknown = sorted(set(parts) - set(PARTS))
    if unknown:
        raise BadInput(f"Unknown part {unknown[0]!r}. Known parts: {', '.join(PARTS)}.")
    with store.write():
        current = store.releases.current()
        wanted = {**dict.fromkeys(PARTS, ""), **(current.parts() if current else {}), **parts}
        check(settings, store, wanted)
        return store.releases.promote(wanted, by, reason)


def check(settings: Settings, store: Store, parts: dict[str, str]) -> None:
    """Raise unless every named version is known, whole, and fitted on the release's encoder."""
    versions = {v.id for v in store.releases.versions()}
    for part, id in parts.items():
        named_in_settings = part == "encoder" and id not in versions
        if not id or id == STARTERS.get(part) or named_in_settings:
            continue
        version = store.releases.version(id)
        if version.part != part:
            raise BadInput(f"{id} is a version of {version.part}, so it can't serve as {part}.")
        if version.base and part in ("intent", "confidence") and version.base != parts["encoder"]:
            raise BadInput(
                f"The {part} version {id} was fitted on the encoder {version.base}, but the release "
                f"has the encoder {parts['encoder'] or '(none)'}. Train it again: finetune {part}. Or let "
                f"that encoder serve with it: finetune promote {version.base} {id}"
            )
        verify(settings.models_folder / version.path)


def rollback(store: Store, by: str, settings: Settings) -> Release:
    """Append one more release, equal to the one that served before the current one.

    Rolling back twice goes back two releases, not forth again. Raises BadInput where there is no
    earlier one, Damaged where its files are gone.
    """
    with store.write():
        history = store.releases.history()
        before = _before(history)
        if before is None:
            raise BadInput(
                f"There is nothing to roll back to: {len(history)} release(s) so far, none before "
                "the one that serves. `finetune versions` lists what there is."
            )
        check(settings, store, before.parts())
        return store.releases.promote(before.parts(), by, f"{ROLLBACK} {before.id}.")


ROLLBACK = "Rolled back to release"


def earlier(store: Store) -> Release | None:
    """Return the release that `rollback` would go back to, or None."""
    return _before(store.releases.history())


def _before(history: list[Release]) -> Release | None:
    """Return the release before the one that the current one is equal to, by what differs."""
    place = len(history) - 1
    while place >= 0 and history[place].reason.startswith(ROLLBACK):
        target = int(history[place].reason.removeprefix(ROLLBACK).strip(" ."))
        place = next(i for i, r in enumerate(history) if r.id == target)
    here = history[place].parts() if place >= 0 else {}
    return next((r for r in reversed(history[: max(place, 0)]) if r.parts() != here), None)


def version_of(store: Store, id: str) -> Version:
    """Return a version by its id, or by the beginning of one where that is enough."""
    matches = [v for v in store.releases.versions() if v.id.startswith(id)] if id else []
    exact = [v for v in matches if v.id == id]
    if exact or len(matches) == 1:
        return (exact or matches)[0]
    if matches:
        raise NotFound(f"{id!r} may be {', '.join(v.id for v in matches)}. Type more of it.")
    return store.releases.version(id)
