"""One calibrated probability that the top passage answers the question.

A logistic regression for each language over features of the retrieval (Platt 1999: a sigmoid on
scores, fitted on held-out questions, gives calibrated probabilities). Served from JSON, no pickle.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from assistant.errors import Damaged
from assistant.knowledge.dial import Setting, set_dial
from assistant.records import Hit, Query

COMPARED = 10  # hits that the first is compared with
# More evidence never lowers a confidence: their weights are fitted not to fall below zero. Further
# features (margins, word overlap, length) fitted the companies better and other sets of questions worse.
FEATURES = ("score", "gap", "dense", "covered")


def features(query: Query, hits: Sequence[Hit]) -> list[float]:
    """Return the values of FEATURES for the top hit, each about 0 to 1; zeros without a hit.

    `gap` is the distance to the mean score of those after the first, `dense` the best phrasing's
    cosine as far as the encoder can read the question, `covered` the share of its content words.
    """
    if not hits:
        return [0.0] * len(FEATURES)
    top, others = hits[0], hits[1:COMPARED]
    behind = sum(h.score for h in others) / len(others) if others else 0.0
    return [top.score, top.score - behind, max(top.why["best_dense"], 0.0) * query.coverage, top.why["covered"]]


@dataclass(frozen=True, slots=True)
class Logistic:
    """Weights over FEATURES with an intercept; `questions` is how many it was fitted on."""

    weights: tuple[float, ...]
    intercept: float
    questions: int = 0

    def probability(self, values: Sequence[float]) -> float:
        z = self.intercept + sum(w * v for w, v in zip(self.weights, values, strict=True))
        return 1.0 / (1.0 + math.exp(-max(min(z, 30.0), -30.0)))


@dataclass(frozen=True)
class Confidence:
    """The model for every language; a language without its own uses the first.

    `judged` are (confidence, right) of questions each judged by a fit that had not seen them: what
    the risk dial is set by. `own` counts those of them that are the home's.
    """

    models: dict[str, Logistic]
    encoder: str = ""
    judged: dict[str, tuple[tuple[float, bool], ...]] = field(default_factory=dict)
    own: dict[str, int] = field(default_factory=dict)

    def of(self, query: Query, hits: Sequence[Hit]) -> float:
        """Return the probability (0 to 1) that the top hit answers the question."""
        if not hits:
            return 0.0
        model = self.models.get(query.language) or next(iter(self.models.values()))
        return model.probability(features(query, hits))

    def dial(self, language: str, risk: float) -> Setting:
        """Return what the risk dial (0 to 1) comes to for questions in that language.

        Without any judged questions the confidence itself is trusted: answers from 1 - risk on.
        """
        if not self.judged:
            return Setting(1 - risk, 0.0, 0.0, 0, 0)
        known = self.__dict__.setdefault("_dials", {})
        if (language, risk) not in known:
            chosen = language if language in self.judged else next(iter(self.judged), "")
            known[language, risk] = set_dial(self.judged.get(chosen, ()), risk, self.own.get(chosen, 0))
        return known[language, risk]

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        data = {
            "features": FEATURES,
            "encoder": self.encoder,
            "models": {language: asdict(m) for language, m in self.models.items()},
            "own": self.own,
            "judged": {
                language: {"p": [round(p, 4) for p, _ in some], "right": "".join(str(int(r)) for _, r in some)}
                for language, some in self.judged.items()
            },
        }
        (folder / "confidence.json").write_text(json.dumps(data) + "\n", encoding="utf-8")

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
            judged = {
                language: tuple((float(p), mark == "1") for p, mark in zip(j["p"], j["right"], strict=True))
                for language, j in data.get("judged", {}).items()
            }
            return cls(models, data.get("encoder", ""), judged, dict(data.get("own", {})))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise Damaged(f"The confidence model {path} can't be used: {error}.") from error
