"""The second look: a cross-encoder reads question and passage together (Nogueira and Cho, 2019).

Off until the settings name a sentence-transformers cross-encoder: it costs as many runs of a model as
passages are read, and may rank worse than the search alone. How much it counts is `fusion`'s to say.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from assistant.errors import MissingPart
from assistant.knowledge.fusion import with_reading
from assistant.records import Hit
from assistant.settings import Settings

READ = 6  # hits that are read
LONGEST = 600  # characters of a passage
Reads = Callable[[str, Sequence[str]], Sequence[float]]


class Reranker:
    """Ranks hits by what a model reads. Tokenizers are not safe across threads, so calls queue."""

    def __init__(self, reads: Reads, name: str):
        """`reads` maps a question and passages to probabilities (0 to 1) that each answers it."""
        self.name = name
        self._reads = reads
        self._lock = threading.Lock()

    def rerank(self, question: str, hits: Sequence[Hit]) -> list[Hit]:
        """Return the hits in a new order; what was read of each stands in its `why` as "read", else 0."""
        some = [passage_of(h.passage.title, h.passage.said) for h in hits[:READ]]
        with self._lock:
            read = list(self._reads(question, some)) if some else []
        read += [0.0] * (len(hits) - len(read))
        again = [
            replace(h, score=with_reading(h.score, r), why={**h.why, "read": r})
            for h, r in zip(hits, read, strict=True)
        ]
        return sorted(again, key=lambda h: (-h.score, h.passage.id))


def passage_of(title: str, said: str) -> str:
    """Return a passage as it is read: its title, then what it says."""
    return f"{title} {said}"[:LONGEST].strip()


def load_reranker(settings: Settings) -> Reranker | None:
    """Load the cross-encoder that `retrieval.reranker` names; None where it names none."""
    name = settings.retrieval.reranker
    return _loaded(name, settings.chat.allow_hub) if name else None


def _loaded(name: str, allow_hub: bool) -> Reranker:
    import torch
    from sentence_transformers import CrossEncoder

    folder = Path(name).expanduser()
    if not folder.is_dir() and not allow_hub:
        raise MissingPart(
            f"retrieval.reranker is {name!r}, which is no folder on this machine. To fetch it from a hub set "
            'chat.allow_hub = true (KEFU_CHAT_ALLOW_HUB=true), or leave it empty.'
        )
    try:
        model = CrossEncoder(str(folder) if folder.is_dir() else name, local_files_only=not allow_hub)
    except (OSError, ValueError) as error:
        raise MissingPart(
            f"The cross-encoder {name!r} can't be loaded: {error} Set retrieval.reranker to a folder in "
            'sentence-transformers form, to a hub name with chat.allow_hub = true, or leave it empty.'
        ) from error
    if model.num_labels != 1:
        raise MissingPart(
            f"The cross-encoder {name!r} has {model.num_labels} outputs, expected one score. Take another, or "
            "leave retrieval.reranker empty."
        )

    def reads(question: str, some: Sequence[str]) -> list[float]:
        pairs = [(question, passage) for passage in some]
        return model.predict(pairs, activation_fn=torch.nn.Sigmoid(), show_progress_bar=False).tolist()

    return Reranker(reads, folder.name)
