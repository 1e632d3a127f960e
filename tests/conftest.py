"""Fixtures shared by all rooms: a store in a fresh folder, and a fake encoder with a property."""

from __future__ import annotations

import os

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

import pytest

from assistant.settings import load
from assistant.store import Store
from tests.fakes import BagEmbedder


@pytest.fixture
def store(tmp_path):
    made = Store.open(tmp_path / "home" / "kefu.sqlite")
    yield made
    made.close()


@pytest.fixture
def embedder():
    return BagEmbedder()


@pytest.fixture
def settings(tmp_path):
    return load(tmp_path / "home", environ={})
