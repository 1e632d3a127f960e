"""`ingest docs`: add, list and remove documents."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import click

from assistant.commands import command
from assistant.errors import BadInput, KefuError, NotFound
from assistant.records import Document
from assistant.settings import Settings
from ingest.commands.shared import Workshop, import_result, open_store, show_line, show_table
from ingest.pipeline import import_documents
from ingest.readers.documents import FORMATS, read_document
from ingest.readers.tables import Rejection, read_bytes
from ingest.split import to_document


@click.group()
def docs() -> None:
    """Manuals, policies and pages, searched piece by piece."""


@command(docs, "add")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
def add(settings: Settings, paths: tuple[Path, ...]) -> dict:
    """Add files, or every document in a folder: .md .txt .html .docx .pdf.

    A file is known by its name, inside a folder by its path from that folder's name on. One that is
    unchanged is skipped, one that changed replaces what was stored.
    """
    files = list(find(paths))
    if not files:
        raise BadInput(f"No document was found. Known endings: {', '.join(FORMATS)}.")
    shop = Workshop(settings)
    known = {d["id"]: d["fingerprint"] for d in shop.store.knowledge.documents()}
    documents, rejected = read_all(files, known)
    remarks = twins(documents, known)
    with shop.encoding() as progress:
        report = import_documents(shop.store, documents, shop.embedder, progress)
    report = replace(report, rejected=tuple(rejected), remarks=tuple(remarks))
    fresh = {d.id: len(d.pieces) for d in documents if known.get(d.id) != d.fingerprint}
    return import_result(
        report, "Documents", good=len(documents), seconds=shop.seconds,
        documents=[{"id": id, "pieces": pieces} for id, pieces in fresh.items()],
    )


def find(paths: Sequence[Path]) -> Iterator[tuple[Path, str]]:
    """Yield (file, id) of each path, and of every known document inside folders, sorted."""
    for path in paths:
        if not path.is_dir():
            yield path, path.name
            continue
        for folder, inside, names in os.walk(path):
            inside[:] = sorted(n for n in inside if not n.startswith("."))
            for name in sorted(names):
                file = Path(folder) / name
                if file.suffix.lower() in FORMATS and not name.startswith((".", "~$")):
                    yield file, file.relative_to(path.resolve().parent if path.name in ("", ".", "..") else path.parent).as_posix()


def read_all(files: Sequence[tuple[Path, str]], known: dict[str, str]) -> tuple[list[Document], list[Rejection]]:
    """Return the documents and what could not be read; unchanged files are not taken apart again."""
    documents: dict[str, Document] = {}
    rejected = []
    for path, id in files:
        try:
            if id in documents:
                raise BadInput(f"another file of the same name was given. Add their folder instead of {path.name}.")
            if known.get(id) and known[id] == hashlib.sha256(read_bytes(path)).hexdigest():
                documents[id] = Document(id, id, known[id])
            else:
                documents[id] = to_document(read_document(path, id))
        except KefuError as reason:
            rejected.append(Rejection(str(path), 1, str(reason).removeprefix(f"{path} ")))
        except OSError as error:
            rejected.append(Rejection(str(path), 1, f"can't be opened: {error.strerror}."))
    return list(documents.values()), rejected


def twins(documents: Sequence[Document], known: dict[str, str]) -> Iterator[str]:
    """Yield a sentence for each document whose very bytes stand under another id too."""
    by_print = {fingerprint: id for id, fingerprint in known.items()}
    for document in documents:
        other = by_print.setdefault(document.fingerprint, document.id)
        if other != document.id:
            yield f"{document.id} is the same file as {other}. `ingest docs remove` takes one out."


@command(docs, "list")
def list_(settings: Settings) -> dict:
    """List the documents."""
    found = open_store(settings).knowledge.documents()
    rows = [(d["id"], d["title"], d["passages"], d["updated_at"]) for d in found]
    return {
        "n": len(found), "documents": found,
        "_show": show_table(("id", "title", "pieces", "added"), rows, f"{len(found)} documents"),
    }


@command(docs, "remove")
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
def remove(settings: Settings, ids: tuple[str, ...]) -> dict:
    """Take documents out of every search and forget them."""
    store = open_store(settings)
    known = [d["id"] for d in store.knowledge.documents()]
    absent = [i for i in ids if i not in known]
    if absent:
        raise NotFound(
            f"There is no document {absent[0]!r}. Known: {', '.join(known[:20]) or 'none yet'}"
            f"{' …' if len(known) > 20 else ''}."
        )
    store.knowledge.remove_documents(list(dict.fromkeys(ids)))
    return {
        "removed": list(dict.fromkeys(ids)), "revision": store.knowledge.revision(),
        "_show": show_line(f"Removed: {', '.join(dict.fromkeys(ids))}"),
    }
