"""Remakes what is shipped in data/starter, for the commands' `--starter`; each reads public sets and texts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from assistant.commands import offline, output, say
from assistant.errors import UsageError
from assistant.settings import STARTER, Settings


def remake_response(settings: Settings, texts, companies, shared, out: Path | None, minutes: float | None) -> dict:
    """Train the base response model from random weights."""
    from finetune.base import DEFAULT, train_base

    offline(settings)
    folder = out or STARTER / "response"
    recipe = replace(DEFAULT, minutes=minutes) if minutes else DEFAULT
    texts = texts or STARTER / "response" / "training"
    figures = train_base(texts, shared, folder, recipe, say, companies or STARTER / "companies")
    return {"folder": str(folder), **figures, "_show": lambda: output.print(f"{folder}: {figures}", soft_wrap=True)}


def remake_encoder(settings: Settings, companies, shared, out: Path | None, minutes: float | None, share: float) -> dict:
    """Train the bilingual encoder from the English one."""
    from finetune.companies import FOLDER
    from finetune.encoder.starter import train_starter
    from finetune.encoder.train import Recipe

    if shared is None:
        raise UsageError("--shared DIR is needed: the folder of the public sets (parallel/ and intent/).")
    offline(settings)
    folder = out or STARTER / "encoder"
    recipe = Recipe(minutes=minutes) if minutes else Recipe()
    figures = train_starter(shared, folder, recipe, say, companies or FOLDER, share)
    return {"folder": str(folder), **figures, "_show": lambda: output.print(f"{folder}: {figures}", soft_wrap=True)}


def remake_confidence(settings: Settings, embedder, out: Path | None) -> dict:
    """Fit the shipped search weights and confidence."""
    from finetune.confidence import train_starter

    folder = out or STARTER / "confidence"
    figures = train_starter(settings, embedder, folder, say)

    def show() -> None:
        for language, f in figures.items():
            told = ", ".join(f"{name} {value}" for name, value in f.items())
            output.print(f"{language}, companies left out in turn: {told}", highlight=False, soft_wrap=True)

    return {"folder": str(folder), **figures, "_show": show}
