"""Fakes for the ingest tests: an encoder whose vectors are letter counts, and homes in a temp folder."""

from __future__ import annotations

import json

import numpy as np
import pytest
from click.testing import CliRunner

from assistant.settings import load
from assistant.store import Store


class LetterEmbedder:
    """Counts letters: equal texts get equal vectors, others don't; remembers what it was asked."""

    name = "letters"
    dimension = 32

    def __init__(self, settings=None):
        self.asked: list[str] = []

    def encode(self, texts, *, query=False, progress=None):
        self.asked += texts
        out = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in zip(out, texts, strict=True):
            for letter in text or " ":
                row[ord(letter) % self.dimension] += 1
        return out / np.linalg.norm(out, axis=1, keepdims=True)

    def coverage(self, text):
        return 1.0


@pytest.fixture
def embedder():
    return LetterEmbedder()


@pytest.fixture
def store(tmp_path):
    store = Store.open(tmp_path / "home" / "kefu.sqlite")
    yield store
    store.close()


@pytest.fixture
def ingest(tmp_path, monkeypatch):
    """Run `ingest` as the shell would; gives exit code, the JSON object and what stood on stderr."""
    from ingest.cli import main
    from ingest.commands import shared

    monkeypatch.setattr(shared, "LazyEmbedder", LetterEmbedder)
    monkeypatch.setattr(shared, "identify", lambda settings: ("", LetterEmbedder.name))
    home = tmp_path / "home"

    def run(*words, json_wanted=True):
        command = [*map(str, words), "--home", str(home), *(["--json"] if json_wanted else [])]
        result = CliRunner().invoke(main, command, catch_exceptions=False)
        data = json.loads(result.stdout) if json_wanted and result.stdout else {}
        return result.exit_code, data, result.stderr

    run.home = home
    run.store = lambda: Store.open(load(home).database)
    return run
