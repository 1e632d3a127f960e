"""Whole folders: a manifest of hashes, written last, tells that every file is there and unchanged."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

from assistant.errors import Damaged

MANIFEST = "manifest.json"


def sha256_of(path: Path) -> str:
    """Return the SHA-256 (hex) of a file, read in pieces."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def seal(folder: Path, part: str) -> None:
    """Write manifest.json, last of all files, with the SHA-256 of every other one."""
    paths = sorted(p for p in folder.rglob("*") if p.is_file() and p.name != MANIFEST)
    files = {p.relative_to(folder).as_posix(): sha256_of(p) for p in paths}
    text = json.dumps({"part": part, "files": files}, ensure_ascii=False, indent=1) + "\n"
    fresh = folder / f"{MANIFEST}.new"
    fresh.write_text(text, encoding="utf-8")
    os.replace(fresh, folder / MANIFEST)


def verify(folder: Path) -> None:
    """Raise Damaged unless the folder holds every file of its manifest, unchanged."""
    try:
        files = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["files"]
        wrong = [n for n, digest in files.items() if _digest(folder, n) != digest]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise Damaged(
            f"{folder} is no whole version: its {MANIFEST} can't be read ({error}). Promote another "
            "version (`finetune versions` lists them) or train a new one."
        ) from error
    if wrong:
        raise Damaged(
            f"{folder} was changed or is incomplete: {', '.join(wrong)} differ from the manifest. "
            "Promote another version (`finetune versions` lists them) or train a new one."
        )


def _digest(folder: Path, name: str) -> str:
    path = (folder / name).resolve()
    inside = path.is_relative_to(folder.resolve()) and path.is_file()
    return sha256_of(path) if inside else ""
