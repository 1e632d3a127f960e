"""One calibrated probability that the top passage answers the question.

A logistic regression for each language over features of the retrieval (Platt 1999: a sigmoid on
scores, fitted on held-out questions, gives calibrated probabilities). Served from JSON, no pickle.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from assistant.errors import Damaged
from assistant.records import Hit, Query
from assistant.text import content_terms, terms

FEATURES = (
    "dense", "lexical", "margin", "overlap", "reverse_overlap", "agreement", "length", "is_faq",
)


def features(query: Query, hits: Sequence[Hit]) -> list[float]:
    """Return the values of FEATURES for the top hit, each about 0 to 1; zeros without a hit."""
    if not hits:
        return [0.0] * len(FEATURES)
    top = hits[0]
    second = hits[1].score if len(hits) > 1 else 0.0
    asked, known = content_terms(query.whole), content_terms(top.passage.text)
    shared = len(asked & known)
    single, _ = terms(query.whole)
    best_dense = max(h.why.get("dense", 0.0) for h in hits)
    best_lexical = max(h.why.get("lexical", 0.0) for h in hits)
    agreement = (top.why.get("dense", 0.0) >= best_dense) * query.coverage / 2 + (
        top.why.get("lexical", 0.0) >= best_lexical
    ) / 2
    return [
        max(top.why.get("dense", 0.0), 0.0) * query.coverage,
        top.why.get("lexical", 0.0),
        top.score - second,
        shared / len(asked) if asked else 0.0,
        shared / len(known) if known else 0.0,
        agreement,
        min(len(single), 30) / 30,
        float(top.passage.kind == "faq"),
    ]


@dataclass(frozen=True, slots=True)
class Logistic:
    """Weights over FEATURES with an intercept; `questions` is how many it was fitted on."""

    weights: tuple[float, ...]
    intercept: float
    questions: int = 0

    def probability(self, values: Sequence[float]) -> float:
        z = self.intercept + sum(w * v for w, v in zip(self.weights, values, strict=True))
        return 1.0 / (1.0 + math.exp(-max(min(z, 30.0), -30.0)))


@dataclass(frozen=True, slots=True)
class Confidence:
    """The model for every language; a language without its own uses the first."""

    models: dict[str, Logistic]
    encoder: str = ""

    def of(self, query: Query, hits: Sequence[Hit]) -> float:
        """Return the probability (0 to 1) that the top hit answers the question."""
        if not hits:
            return 0.0
        model = self.models.get(query.language) or next(iter(self.models.values()))
        return model.probability(features(query, hits))

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        data = {
            "features": FEATURES,
            "encoder": self.encoder,
            "models": {language: asdict(m) for language, m in self.models.items()},
        }
        (folder / "confidence.json").write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Confidence:
        """Read a model; raises Damaged where the file is not one, or has other features."""
        path = folder / "confidence.json"
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            if tuple(data["features"]) != FEATURES:
                raise ValueError(f"it was fitted on {data['features']}, expected {list(FEATURES)}")
            models = {
                language: Logistic(tuple(m["weights"]), m["intercept"], m["questions"])
                for language, m in data["models"].items()
            }
            return cls(models, data.get("encoder", ""))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise Damaged(f"The confidence model {path} can't be used: {error}.") from error


def fit(rows: Sequence[tuple[str, Sequence[float], bool]], encoder: str) -> Confidence:
    """Fit one logistic regression for each language on (language, features, answered right).

    Languages with fewer than 40 rows, or with one outcome alone, share a model of all rows.
    """
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    def one(some) -> Logistic:
        x = np.array([r[1] for r in some], np.float64)
        y = np.array([r[2] for r in some])
        model = LogisticRegression(C=10.0, max_iter=2000).fit(x, y)
        return Logistic(tuple(map(float, model.coef_[0])), float(model.intercept_[0]), len(some))

    models = {}
    for language in dict.fromkeys(r[0] for r in rows):
        own = [r for r in rows if r[0] == language]
        usable = len(own) >= 40 and len({bool(r[2]) for r in own}) == 2
        models[language] = one(own if usable else rows)
    return Confidence(models, encoder)
