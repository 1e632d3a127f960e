"""`ingest verify`, `rebuild`, `encode` and `status`: the index and the health of the knowledge."""

from __future__ import annotations

from dataclasses import asdict

import click

from assistant.commands import DONE, FAILED, command, say
from assistant.errors import Damaged
from assistant.settings import Settings
from assistant.store import Store
from assistant.store.clock import today
from ingest.commands.shared import Workshop, open_store, serving_encoder, show_line, show_table
from ingest.linter import lint
from ingest.lock import sole_writer

EXAMPLES = 10


def register(main: click.Group) -> None:
    """Add the four commands to the group of `ingest`."""
    command(main, "verify")(verify)
    command(main, "rebuild")(rebuild)
    command(main, "encode")(encode)
    command(main, "status")(status)


def _live(settings: Settings, store: Store, encoder: str):
    from assistant.knowledge.live import LiveIndex

    return LiveIndex(store, encoder, store.knowledge.dimension(encoder) or 1, settings.index_folder)


def verify(settings: Settings) -> dict:
    """Compare the index with the store; exit 1 where they differ or something waits for a vector."""
    store = open_store(settings)
    encoder = serving_encoder(settings, store)
    index = _live(settings, store, encoder)
    said = index.open()
    found = index.verify()
    waiting = len(store.knowledge.missing(encoder))
    right = not found["missing"] and not found["surplus"] and not waiting
    lines = [said]
    if found["missing"] or found["surplus"]:
        lines.append(
            f"{len(found['missing'])} passages are missing in the index, {len(found['surplus'])} should not be"
            " there. Run: ingest rebuild"
        )
    if waiting:
        lines.append(f"{waiting} texts have no vector yet. The chat encodes them; without one run: ingest encode")
    lines.append(f"{'In order' if right else 'Not in order'}: {len(index)} vectors of {encoder}.")
    return {
        "ok": right, "encoder": encoder, "vectors": len(index), "revision": index.revision,
        "missing": len(found["missing"]), "surplus": len(found["surplus"]),
        "examples": {name: ids[:EXAMPLES] for name, ids in found.items()},
        "waiting": waiting, "snapshot": said, "_exit": DONE if right else FAILED, "_show": show_line("\n".join(lines)),
    }


def rebuild(settings: Settings) -> dict:
    """Make the index again from the stored vectors, encoding nothing, and write a new snapshot."""
    store = open_store(settings)
    encoder = serving_encoder(settings, store)
    with sole_writer(settings.home, "ingest rebuild"):
        store.knowledge.publish(encoder)
        forgotten = store.knowledge.forget_dropped()
        manifest = _live(settings, store, encoder).rebuild()
    waiting = len(store.knowledge.missing(encoder))
    if waiting:
        say(f"{waiting} texts have no vector of {encoder} yet. Run: ingest encode", "yellow")
    said = f"Index written: {manifest.count} vectors at revision {manifest.revision}."
    return {**asdict(manifest), "forgotten": forgotten, "waiting": waiting, "_show": show_line(said)}


def encode(settings: Settings) -> dict:
    """Encode and publish what waits for a vector (written at the desk, or after a change of encoder)."""
    shop = Workshop(settings)
    waiting = len(shop.store.knowledge.missing(shop.embedder.name))
    if waiting:
        with shop.encoding():
            pass
    else:
        shop.store.knowledge.publish(shop.embedder.name)
    return {
        "encoded": waiting, "encoder": shop.embedder.name, "revision": shop.store.knowledge.revision(),
        "seconds": shop.seconds, "_show": show_line(f"{waiting} texts encoded."),
    }


def status(settings: Settings) -> dict:
    """Show how much there is of everything, and what needs attention."""
    store = open_store(settings)
    counts = store.knowledge.counts()
    meaning = {"intents": len(store.meaning.intents()), "templates": len(store.meaning.templates())}
    encoder = serving_encoder(settings, store)
    published = store.knowledge.faqs(status="published")
    findings = lint(published, today())
    languages = {code: sum(f.language == code for f in published) for code in ("zh", "en")}
    health = [f.message for f in findings]
    waiting = len(store.knowledge.missing(encoder))
    if waiting:
        health.insert(0, f"{waiting} texts have no vector of {encoder} yet. Run: ingest encode")
    rows = [*counts.items(), *meaning.items(), *((f"FAQs in {k}", v) for k, v in languages.items())]
    rows += [("encoder", encoder), ("index snapshot", _snapshot(settings)), ("home", settings.home)]
    return {
        **counts, **meaning, "languages": languages, "waiting": waiting, "encoder": encoder,
        "snapshot": _snapshot(settings), "home": str(settings.home), "health": health,
        "findings": [asdict(f) for f in findings],
        "_show": _show_status(rows, health),
    }


def _show_status(rows, health):
    table = show_table(("what", "how much"), rows)

    def show() -> None:
        table()
        for line in health[:20]:
            say(line, "yellow")
        say("Everything is in order." if not health else f"{len(health)} things to look at.")

    return show


def _snapshot(settings: Settings) -> str:
    from assistant.knowledge.index import read_manifest

    try:
        manifest = read_manifest(settings.index_folder)
    except Damaged:
        return "none (the index is made from the stored vectors when it is opened)"
    recall = "" if manifest.form == "exact" else f", {manifest.recall:.1%} of the ten nearest are found"
    return f"revision {manifest.revision}, {manifest.count} vectors, {manifest.form}{recall}"
