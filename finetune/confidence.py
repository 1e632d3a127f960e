"""Fits the confidence model, and with it the weights of the search, on questions whose FAQ is known.

The shipped pair is fitted on companies that the encoder never saw, each as knowledge bases of many
shapes, and on the sample company; a home refines it by its own questions. Asking is `asking`'s.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from assistant.errors import BadInput
from assistant.evaluate import auroc
from assistant.knowledge.confidence import Confidence, Logistic, features
from assistant.knowledge.fusion import Fusion
from assistant.knowledge.live import LiveIndex
from assistant.knowledge.retriever import Retriever
from assistant.records import Turn
from assistant.settings import SAMPLE, Settings
from assistant.store import Store
from finetune import fusion
from finetune.asking import (
    Observation,
    firms_observed,
    observe,
    phrasings_asked,
    siblings_of,
    turns_asked,
)
from finetune.companies import read_firms
from ingest.history import FaqNames, to_conversation
from ingest.pipeline import import_faqs
from ingest.readers.dialogues import read_dialogues
from ingest.readers.faqs import read_faqs

LEAST = 40
QUESTIONS = 60  # of each company in each shape
RIDGE = 0.1  # precision of the Gaussian around zero that weights begin with
PRIOR = 0.01  # precision that each question behind the shipped weights lends them, against a home's own
Row = tuple[str, list[float], bool]


def row_of(observation: Observation) -> Row:
    """Return (language, features, whether the top FAQ was right)."""
    query = observation.query
    return query.language, features(query, observation.hits), observation.right == 0


def fit(rows: Sequence[Row], encoder: str, prior: Confidence | None = None) -> Confidence:
    """Fit one logistic regression for each language; with `prior`, held near its weights.

    Languages with fewer than 40 rows, or with one outcome alone, share a model of all rows.
    """
    models = {}
    for language in dict.fromkeys(r[0] for r in rows):
        own = [r for r in rows if r[0] == language]
        usable = len(own) >= LEAST and len({bool(r[2]) for r in own}) == 2
        start = prior.models.get(language) if prior else None
        models[language] = _logistic(own if usable else rows, start)
    return Confidence({**(prior.models if prior else {}), **models}, encoder)


def _logistic(rows: Sequence[Row], prior: Logistic | None) -> Logistic:
    """Return the weights of the highest posterior: a Gaussian around the prior's, or around zero."""
    import numpy as np
    from scipy.optimize import minimize
    from scipy.special import expit

    x = np.array([[*r[1], 1.0] for r in rows], np.float64)
    y = np.array([bool(r[2]) for r in rows], np.float64)
    centre = np.array([*prior.weights, prior.intercept]) if prior else np.zeros(x.shape[1])
    precision = PRIOR * prior.questions if prior else RIDGE

    def loss(w):
        z = x @ w
        value = np.logaddexp(0, z).sum() - y @ z + precision / 2 * ((w - centre) ** 2).sum()
        return value, x.T @ (expit(z) - y) + precision * (w - centre)

    bounds = [(0.0, None)] * (x.shape[1] - 1) + [(None, None)]
    found = minimize(loss, centre, jac=True, method="L-BFGS-B", bounds=bounds).x
    count = len(rows) + (prior.questions if prior else 0)
    return Logistic(tuple(round(float(v), 5) for v in found[:-1]), round(float(found[-1]), 5), count)


def home_observed(
    store: Store, retriever: Retriever, embedder, dialogues: Iterable[Sequence[Turn]] = (), *,
    limit: int = 1200, seed: int = 7, progress: Callable[[int], None] | None = None,
) -> list[Observation]:
    """Return what is seen for a home's own questions; raises BadInput below 40 of them.

    Past replies made of the same dialogues must not be in the store, or each question finds itself.
    """
    rng = random.Random(seed)
    pairs = {f.id: f.pair for f in store.knowledge.faqs()}
    asked = turns_asked(dialogues, pairs, retriever, limit)
    asked += phrasings_asked(store, embedder, max(limit - len(asked), limit // 4), rng)
    seen = observe(asked, retriever, siblings_of(store), rng, progress, "home")
    if len(seen) < LEAST:
        raise BadInput(
            f"A confidence needs at least {LEAST} questions whose FAQ is known; found {len(seen)}."
            " Add similar questions to your FAQs, or keep the confidence that serves now."
        )
    return seen


@dataclass(frozen=True, slots=True)
class Fitted:
    """Search weights and confidence, with their figures on knowledge bases left out in turn."""

    fusion: Fusion
    confidence: Confidence
    figures: dict[str, dict]


def fit_both(seen: Sequence[Observation], encoder: str, folds: int = 5, seed: int = 7) -> Fitted:
    """Fit weights and confidence on all observations, and judge each base by a fit without it.

    Figures by language: n, AUROC, Brier score, calibration error, and hit@1 of answerable questions.
    """
    bases = sorted({o.base for o in seen})
    random.Random(seed).shuffle(bases)
    judged: dict[str, list[tuple[float, bool]]] = {}
    hits: dict[str, list[bool]] = {}
    for fold in range(min(folds, len(bases)) if len(bases) > 1 else 0):
        test = set(bases[fold::folds])
        _, model, again = _fitted([o for o in seen if o.base not in test], [o for o in seen if o.base in test], "")
        for o in again:
            language, values, right = row_of(o)
            chosen = model.models.get(language) or next(iter(model.models.values()))
            judged.setdefault(language, []).append((chosen.probability(values), right))
            if o.right is not None:
                hits.setdefault(language, []).append(right)
    weights, model, _ = _fitted(seen, (), encoder)
    told = {k: figures(v) | {"hit@1": _mean(hits.get(k, []))} for k, v in sorted(judged.items())}
    return Fitted(weights, replace(model, judged={k: tuple(v) for k, v in judged.items()}), told)


def _fitted(taught: Sequence[Observation], asked: Sequence[Observation], encoder: str):
    """Return (weights, confidence) fitted on `taught`, and `asked` ranked by those weights."""
    weights = fusion.fit(taught, encoder)
    model = fit([row_of(fusion.reranked(o, weights)) for o in taught], encoder)
    return weights, model, [fusion.reranked(o, weights) for o in asked]


def figures(pairs: Sequence[tuple[float, bool]]) -> dict:
    """Return n, auroc, brier and calibration_error of (probability, outcome) pairs."""
    right = [p for p, yes in pairs if yes]
    wrong = [p for p, yes in pairs if not yes]
    brier = sum((p - yes) ** 2 for p, yes in pairs) / len(pairs)
    return {
        "n": len(pairs), "auroc": auroc(right, wrong), "brier": round(brier, 4),
        "calibration_error": calibration_error(pairs),
    }


def calibration_error(pairs: Sequence[tuple[float, bool]], bins: int = 10) -> float:
    """Return the mean distance of probability and outcome over bins of equal count (Naeini 2015)."""
    ordered = sorted(pairs, key=lambda pair: pair[0])
    size = len(ordered) / bins
    total = 0.0
    for n in range(bins):
        some = ordered[round(n * size) : round((n + 1) * size)]
        total += abs(sum(p for p, _ in some) - sum(yes for _, yes in some))
    return round(total / len(ordered), 4)


def _mean(values: Sequence[bool]) -> float | None:
    return round(sum(values) / len(values), 4) if values else None


def train_starter(settings: Settings, embedder, out: Path, say: Callable[[str], None]) -> dict:
    """Fit the shipped search weights and confidence; returns the figures of bases left out in turn.

    Learned from: the companies that the encoder did not learn from, and the sample company's FAQs and
    past dialogues. The questions of `test.jsonl` are not read. Homes made for it are thrown away.
    """
    firms = [f for f in read_firms() if f.held_out]
    say(f"Asking {len(firms)} companies")
    seen = firms_observed(firms, embedder, settings.retrieval, limit=QUESTIONS, progress=lambda _: say("."))
    say("Asking the sample's past questions")
    seen += _sample_observed(settings, embedder)
    fitted = fit_both(seen, embedder.name)
    fitted.fusion.save(out)
    fitted.confidence.save(out)
    return fitted.figures


def _sample_observed(settings: Settings, embedder) -> list[Observation]:
    with tempfile.TemporaryDirectory(prefix="kefu-confidence-") as folder:
        store = Store.open(Path(folder) / "kefu.sqlite")
        faqs = read_faqs(SAMPLE / "faqs.csv").faqs
        import_faqs(store, faqs, embedder)
        index = LiveIndex(store, embedder.name, embedder.dimension, Path(folder) / "index")
        index.open()
        retriever = Retriever(store, embedder, index, settings.retrieval)
        names = FaqNames(faqs)
        dialogues = [to_conversation(d, names, "")[1] for d in read_dialogues(SAMPLE / "dialogues.jsonl")[0]]
        seen = home_observed(store, retriever, embedder, dialogues)
        store.close()
    # Dealt into five bases, so that some of the sample is always left out.
    return [replace(o, base=f"sample {n % 5}") for n, o in enumerate(seen)]
