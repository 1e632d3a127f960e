"""How the parts of the evidence for one owner become one score: a learned weighted mean. Pure.

Which parts there are is known here; where they come from is the retriever's, how the weights are
learned is `finetune.fusion`'s.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from assistant.errors import Damaged

PARTS = (
    "dense", "best_dense", "lexical", "best_lexical", "answer_dense", "answer_lexical", "covered",
)
FILE = "fusion.json"
READING = 0.1  # of the score, where a cross-encoder read the passage


def with_reading(score: float, read: float | None) -> float:
    """Return the score (0 to 1) with what a cross-encoder read beside it; as it is where none read."""
    return score if read is None else (1 - READING) * score + READING * read


@dataclass(frozen=True, slots=True)
class Fusion:
    """Weights of PARTS for each language of the question, not negative, with sum 1."""

    weights: Mapping[str, tuple[float, ...]]
    encoder: str = ""

    def score(self, language: str, readable: float, parts: Mapping[str, float]) -> float:
        """Return the weighted mean (0 to 1) of the parts.

        `readable` (0 to 1) is how far the encoder can read the question: dense parts count as much.
        """
        weights = self.weights.get(language) or next(iter(self.weights.values()))
        total = value = 0.0
        for name, weight in zip(PARTS, weights, strict=True):
            weight *= readable if "dense" in name else 1.0
            total += weight
            value += weight * parts[name]
        return value / total if total > 0 else 0.0

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        data = {"parts": PARTS, "encoder": self.encoder, "weights": {k: list(v) for k, v in self.weights.items()}}
        (folder / FILE).write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Fusion:
        """Read weights; raises Damaged where the file is not one, or weighs other parts."""
        path = folder / FILE
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            if tuple(data["parts"]) != PARTS:
                raise ValueError(f"it weighs {data['parts']}, expected {list(PARTS)}")
            weights = {k: tuple(map(float, v)) for k, v in data["weights"].items()}
            if not weights or any(len(v) != len(PARTS) or min(v) < 0 or sum(v) <= 0 for v in weights.values()):
                raise ValueError(f"expected {len(PARTS)} weights for each language, none below 0")
            return cls(weights, data.get("encoder", ""))
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise Damaged(f"The weights of the search {path} can't be used: {error}.") from error


# What was set by hand before anything was learned, and what is learned is drawn towards.
PLAIN = Fusion({
    "zh": (0.27, 0.17, 0.12, 0.09, 0.10, 0.11, 0.14), "en": (0.32, 0.24, 0.08, 0.06, 0.12, 0.06, 0.12),
})
