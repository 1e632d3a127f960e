"""An optional second look: a cross-encoder that reads question and passage together (Nogueira and Cho, 2019).

Off until the settings name one. It costs as many runs of a model as passages are looked at, and may rank
worse than the search alone: `assistant evaluate` tells both.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from assistant.errors import MissingPart
from assistant.records import Hit
from assistant.settings import Settings

LOOKED_AT = 10  # hits that are read again
SHARE = 0.5  # of the score; the search's own has the rest
LONGEST = 1000  # characters of a passage


class Reranker:
    """Scores pairs of question and passage. Tokenizers are not safe across threads, so calls queue."""

    def __init__(self, model):
        """Take a sentence-transformers CrossEncoder of one output, or anything with its `predict`."""
        self._model = model
        self._lock = threading.Lock()

    def rerank(self, question: str, hits: Sequence[Hit]) -> list[Hit]:
        """Return the hits, the first LOOKED_AT in a new order by half the old score and half the model's.

        The model's score (0 to 1) of a hit stands in its `why` as "read".
        """
        import torch

        some = list(hits[:LOOKED_AT])
        if len(some) < 2:
            return list(hits)
        pairs = [(question, f"{h.passage.title}\n{h.passage.said}"[:LONGEST]) for h in some]
        with self._lock:
            read = self._model.predict(pairs, activation_fn=torch.nn.Sigmoid(), show_progress_bar=False).tolist()
        again = [
            replace(h, score=(1 - SHARE) * h.score + SHARE * r, why={**h.why, "read": r})
            for h, r in zip(some, read, strict=True)
        ]
        again.sort(key=lambda h: (-h.score, h.passage.id))
        return again + [replace(h, score=min(h.score, again[-1].score)) for h in hits[LOOKED_AT:]]


def load_reranker(settings: Settings) -> Reranker | None:
    """Load the cross-encoder that `retrieval.reranker` names; None where it names none."""
    name = settings.retrieval.reranker
    if not name:
        return None
    from sentence_transformers import CrossEncoder

    folder = Path(name).expanduser()
    if not folder.is_dir() and not settings.chat.allow_hub:
        raise MissingPart(
            f"retrieval.reranker is {name!r}, which is no folder on this machine. To fetch it from a hub set "
            "chat.allow_hub = true (KEFU_CHAT_ALLOW_HUB=true), or leave it empty."
        )
    try:
        model = CrossEncoder(str(folder) if folder.is_dir() else name, local_files_only=not settings.chat.allow_hub)
    except (OSError, ValueError) as error:
        raise MissingPart(
            f"The cross-encoder {name!r} can't be loaded: {error} Set retrieval.reranker to a folder in "
            "sentence-transformers form, to a hub name with chat.allow_hub = true, or leave it empty."
        ) from error
    if model.num_labels != 1:
        raise MissingPart(
            f"The cross-encoder {name!r} has {model.num_labels} outputs, expected one score. Take another, or "
            "leave retrieval.reranker empty."
        )
    return Reranker(model)
