"""`assistant doctor`: what is installed, what serves, what is missing, and the line that mends it.

Looks only; repairs nothing.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path

from assistant.commands import output
from assistant.errors import KefuError
from assistant.settings import ROOT, STARTER, Settings

PACKAGES = (
    "torch", "transformers", "sentence-transformers", "streamlit", "langchain", "sqlite-utils", "peft",
)


def examine(settings: Settings) -> dict:
    """Return a list of findings, each with name, state (ok, note or wrong), text and remedy."""
    checks: list[Callable[[Settings], dict]] = [
        _python, _packages, _faiss, _device, _rooms, _encoder, _serving, _response, _home, _index,
    ]
    findings = []
    for check in checks:
        try:
            findings.append(check(settings))
        except KefuError as error:
            findings.append(_finding(check.__name__.strip("_"), "wrong", str(error)))
    return {"well": all(f["state"] != "wrong" for f in findings), "findings": findings}


def show(result: dict) -> None:
    marks = {"ok": "[green]✓[/]", "note": "[yellow]![/]", "wrong": "[red]✗[/]"}
    for f in result["findings"]:
        output.print(f"{marks[f['state']]} [bold]{f['name']}[/]  {f['text']}", highlight=False)
        if f["remedy"]:
            output.print(f"    → {f['remedy']}", markup=False, highlight=False)


def _finding(name: str, state: str, text: str, remedy: str = "") -> dict:
    return {"name": name, "state": state, "text": text, "remedy": remedy}


def _python(settings: Settings) -> dict:
    text = f"{sys.version.split()[0]}, SQLite {sqlite3.sqlite_version}"
    return _finding("python", "ok", text)


def _packages(settings: Settings) -> dict:
    missing = [p for p in PACKAGES if not _version(p)]
    if missing:
        return _finding("packages", "wrong", f"missing: {', '.join(missing)}", "Run: make setup")
    return _finding("packages", "ok", ", ".join(f"{p} {_version(p)}" for p in PACKAGES))


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return ""


def _faiss(settings: Settings) -> dict:
    found = [p for p in ("faiss-cpu", "faiss-gpu") if _version(p)]
    if not found:
        return _finding("faiss", "wrong", "not installed", "Run: pip install 'kefu[cpu]'")
    if len(found) == 2:
        remedy = "Run: pip uninstall faiss-cpu faiss-gpu, then pip install 'kefu[cpu]' or 'kefu[gpu]'"
        return _finding("faiss", "wrong", "faiss-cpu and faiss-gpu overwrite each other", remedy)
    from assistant.knowledge.forms import gpu_count

    return _finding("faiss", "ok", f"{found[0]} {_version(found[0])}, GPUs it can use: {gpu_count()}")


def _device(settings: Settings) -> dict:
    import torch

    device = torch.cuda.get_device_name(0) if torch.cuda.is_available() else "CPU"
    return _finding("device", "ok", f"{device}, {torch.get_num_threads()} threads")


def _rooms(settings: Settings) -> dict:
    foreign = []
    for name in ("assistant", "ingest", "finetune", "ui"):
        spec = importlib.util.find_spec(name)
        if spec is None or not spec.origin or not Path(spec.origin).is_relative_to(ROOT):
            foreign.append(name)
    if foreign:
        remedy = "Install Kefu in a virtual environment of its own: another package has the same name."
        return _finding("packages of ours", "wrong", f"not ours: {', '.join(foreign)}", remedy)
    return _finding("packages of ours", "ok", "assistant, ingest, finetune, ui")


def _encoder(settings: Settings) -> dict:
    if settings.encoder.model == "starter":
        from assistant.knowledge.embedders import starter_package
        from assistant.manifest import verify

        starter_package()
        verify(STARTER / "encoder")
        return _finding("encoder", "ok", "starter (all-MiniLM-L6-v2 taught Chinese)")
    from assistant.knowledge.embedders import identify

    return _finding("encoder", "ok", identify(settings)[1])


def _serving(settings: Settings) -> dict:
    """Tell which encoder the release names, and where the settings name another."""
    from assistant.knowledge.embedders import identify
    from assistant.registry import as_released, origin_of
    from assistant.store import Store

    store = Store.open(settings.database) if settings.database.exists() else None
    release = store.releases.current() if store else None
    if not store or not release or not release.encoder:
        return _finding("encoder that serves", "note", "nothing serves yet", "Run: assistant init")
    name, own, origin = identify(as_released(settings, store))[1], _name(settings), origin_of(store, release.encoder)
    remedy = f"To let the settings' encoder serve: finetune promote {own}" if own else ""
    if name != release.encoder:
        text = f"{name}, by the settings; the release was made with {release.encoder}, so the intent model goes by words alone"
        return _finding("encoder that serves", "note", text, remedy)
    if own not in (name, origin):
        text = f"{name}, by the release; the settings name {own or 'one that is missing'}, which does not serve"
        return _finding("encoder that serves", "note", text, remedy)
    adapted = f", adapted from {origin}" if origin != name else ""
    return _finding("encoder that serves", "ok", f"{name}{adapted}")


def _name(settings: Settings) -> str:
    """Return the name of the settings' encoder, "" where it is missing."""
    from assistant.knowledge.embedders import identify

    try:
        return identify(settings)[1]
    except KefuError:
        return ""


def _response(settings: Settings) -> dict:
    if (STARTER / "response" / "manifest.json").exists():
        return _finding("response model", "ok", "the starter is there")
    return _finding("response model", "note", "no starter: approved texts go out word for word")


def _home(settings: Settings) -> dict:
    if not settings.database.exists():
        return _finding("home", "note", f"{settings.home} is empty", "Run: assistant init")
    from assistant.store import Store

    store = Store.open(settings.database)
    release, counts = store.releases.current(), store.knowledge.counts()
    if release is None:
        return _finding("home", "note", f"{settings.home} is not finished", "Run: assistant init")
    text = (
        f"{settings.home}: {counts['faqs']} FAQs, {counts['documents']} documents, "
        f"{counts['past_replies']} past replies; release {release.id}"
    )
    if counts["pending"]:
        remedy = "They are encoded while the chat runs, or by: ingest encode"
        return _finding("home", "note", f"{text}; {counts['pending']} passages wait for vectors", remedy)
    return _finding("home", "ok", text)


def _index(settings: Settings) -> dict:
    from assistant.knowledge.index import read_manifest

    if not settings.index_folder.exists():
        return _finding("index", "note", "no snapshot yet; it is made in memory from the stored vectors")
    manifest = read_manifest(settings.index_folder)
    return _finding(
        "index", "ok", f"{manifest.count} vectors at revision {manifest.revision}, {manifest.encoder}"
    )
