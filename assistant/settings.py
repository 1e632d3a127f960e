"""Every setting, one tree: defaults here, then settings.toml, then KEFU_* names.

`data/settings.toml` beside the code documents each value; a home may hold its own `settings.toml`.
An environment name is the path in capitals: `KEFU_CHAT_PORT=9000` sets `chat.port`.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, get_type_hints

from assistant.errors import BadInput

ROOT = Path(__file__).resolve().parent.parent
CHECKOUT = (ROOT / "pyproject.toml").exists()
DATA = ROOT / "data" if CHECKOUT else Path(__file__).resolve().parent / "data"
STARTER = DATA / "starter"
SAMPLE = DATA / "sample"


@dataclass(frozen=True, slots=True)
class Company:
    name_zh: str = "本店"
    name_en: str = "our shop"
    suggestions_zh: tuple[str, ...] = ()
    suggestions_en: tuple[str, ...] = ()

    def name(self, language: str) -> str:
        return self.name_zh if language == "zh" else self.name_en


@dataclass(frozen=True, slots=True)
class Encoder:
    model: str = "starter"
    query_prompt: str = ""
    passage_prompt: str = ""
    batch: int = 64


@dataclass(frozen=True, slots=True)
class Retrieval:
    candidates: int = 200
    passages: int = 3
    pair_weight: float = 0.1
    reranker: str = ""


@dataclass(frozen=True, slots=True)
class Policy:
    answer_at: float = 0.6
    risk: float = 0.0
    clarify_at: float = 0.25
    smalltalk_at: float = 0.5
    known_at: float = 0.9
    answer_mode: str = "auto"
    verbatim_categories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Generator:
    kind: str = "local"
    model: str = ""
    base_url: str = ""
    api_key_env: str = "OPENAI_API_KEY"
    timeout: float = 20.0
    first_words_within: float = 3.0
    max_new_tokens: int = 160


@dataclass(frozen=True, slots=True)
class Chat:
    host: str = "127.0.0.1"
    port: int = 8501
    desk_port: int = 8502
    max_characters: int = 2000
    history_turns: int = 6
    per_minute: int = 20
    allow_hub: bool = False


@dataclass(frozen=True, slots=True)
class Training:
    seconds: int = 150
    encoder_seconds: int = 900
    seed: int = 7


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings; `home` is the folder that holds every state of one installation."""

    home: Path
    company: Company = field(default_factory=Company)
    encoder: Encoder = field(default_factory=Encoder)
    retrieval: Retrieval = field(default_factory=Retrieval)
    policy: Policy = field(default_factory=Policy)
    generator: Generator = field(default_factory=Generator)
    chat: Chat = field(default_factory=Chat)
    training: Training = field(default_factory=Training)

    @property
    def database(self) -> Path:
        return self.home / "kefu.sqlite"

    @property
    def index_folder(self) -> Path:
        return self.home / "index"

    @property
    def models_folder(self) -> Path:
        return self.home / "models"


# What a value may be beyond its type: the smallest and the largest, or the words it may be.
RANGES: dict[str, tuple[float, float]] = {
    "encoder.batch": (1, 65_536),
    "retrieval.candidates": (1, 100_000), "retrieval.passages": (1, 100),
    **{f"policy.{name}_at": (0, 1) for name in ("answer", "clarify", "smalltalk", "known")},
    "policy.risk": (0, 0.999),
    "generator.timeout": (0.001, 86_400), "generator.first_words_within": (0, 86_400),
    "generator.max_new_tokens": (1, 100_000),
    "chat.max_characters": (1, 1_000_000), "chat.history_turns": (0, 1_000),
    "chat.per_minute": (1, 1_000_000),
    "training.seconds": (0, 10**7), "training.encoder_seconds": (1, 10**7), "training.seed": (0, 2**32 - 1),
}
CHOICES = {
    "policy.answer_mode": ("auto", "generated", "verbatim"),
    "generator.kind": ("local", "none", "server"),
}


def default_home() -> Path:
    """Return data/home in a checkout, else the user's data folder."""
    if CHECKOUT:
        return DATA / "home"
    import platformdirs

    return Path(platformdirs.user_data_dir("kefu", appauthor=False))


def load(home: Path | str | None = None, environ: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings of a home; raises BadInput naming key, value and wanted type."""
    folder = Path(home or environ.get("KEFU_HOME") or default_home()).expanduser().resolve()
    settings = Settings(home=folder)
    for path in (DATA / "settings.toml", folder / "settings.toml"):
        if path.exists():
            settings = _apply(settings, _read(path), str(path))
    return _apply(settings, _from_environment(environ), "the environment")


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"{path} is not valid TOML: {error}. Correct that line and run again.") from error


def _from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    """Return the names that begin like a section; a key that nobody knows is refused later."""
    tree: dict[str, Any] = {}
    for section in fields(Settings):
        start = f"KEFU_{section.name}_".upper()
        for name, value in environ.items():
            if section.name != "home" and name.startswith(start):
                tree.setdefault(section.name, {})[name.removeprefix(start).lower()] = value
    return tree


def _apply(settings: Settings, tree: dict[str, Any], where: str) -> Settings:
    known = [f.name for f in fields(Settings) if f.name != "home"]
    for name, values in tree.items():
        if name not in known:
            raise BadInput(f"{where}: unknown section [{name}]. Known sections: {', '.join(known)}.")
        if not isinstance(values, dict):
            raise BadInput(f"{where}: {name} must be a section, found {values!r}.")
        section = getattr(settings, name)
        types = get_type_hints(type(section))
        changed = {}
        for key, value in values.items():
            if key not in types:
                raise BadInput(f"{where}: unknown key {name}.{key}. Known keys: {', '.join(types)}.")
            changed[key] = _convert(value, types[key], f"{where}: {name}.{key}")
            _check(changed[key], f"{name}.{key}", where)
        settings = replace(settings, **{name: replace(section, **changed)})
    return settings


def _check(value: Any, name: str, where: str) -> None:
    least, most = RANGES.get(name, (None, None))
    if least is not None and not least <= value <= most:  # NaN fails too
        raise BadInput(f"{where}: {name} must be from {least:,} to {most:,}, found {value!r}.")
    words = CHOICES.get(name)
    if words and value not in words:
        raise BadInput(f"{where}: {name} must be {', '.join(words[:-1])} or {words[-1]}, found {value!r}.")


def _convert(value: Any, wanted: Any, where: str) -> Any:
    try:
        if wanted == tuple[str, ...]:
            items = value.split("|") if isinstance(value, str) else value
            if not isinstance(items, list) or not all(isinstance(i, str) for i in items):
                raise ValueError
            return tuple(items)
        if wanted is bool:
            text = str(value).lower()
            if text not in ("true", "false", "1", "0", "yes", "no"):
                raise ValueError
            return text in ("true", "1", "yes")
        if wanted is str and not isinstance(value, str):
            raise ValueError
        if wanted is int and isinstance(value, float):
            raise ValueError
        if wanted in (int, float) and isinstance(value, bool):
            raise ValueError
        return wanted(value)
    except (TypeError, ValueError):
        kind = "a list of texts" if wanted == tuple[str, ...] else getattr(wanted, "__name__", str(wanted))
        raise BadInput(f"{where} must be of type {kind}, found {value!r}.") from None
