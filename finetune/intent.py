"""Fits and measures the intent head: rows of text and intent in, `IntentHead` and figures out.

Method, weights and threshold come from the training rows alone, by cross-validation in which some
intents are held out whole and so stand for what nobody has written down (`calibration.py` chooses).
"""

from __future__ import annotations

import hashlib
import json
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from assistant.errors import BadInput
from assistant.knowledge.embedders import Embedder
from assistant.records import Example, IntentSpec, Version
from assistant.registry import discard, keep, new_folder
from assistant.settings import Settings
from assistant.store import Store
from assistant.text import clean, detect_language, normalise
from assistant.understanding.followup import make_whole
from assistant.understanding.intent import (
    NEIGHBOURS,
    OOS,
    SHARPNESS,
    SIGNALS,
    Grams,
    IntentHead,
    Judge,
    count_grams,
)
from finetune.calibration import Seen, share, tune
from finetune.dataset import Dataset
from finetune.dataset import current as current_dataset
from finetune.examples import main_intent

Say = Callable[[str], None]

MAX_GRAMS = 60_000
MAX_NEIGHBOURS = 10_000  # keeps one question under 3 ms on an old core
HELD_OUT_INTENTS = 0.1
READS = 0.75  # a language counts as read where vectors find at least this share of what grams find


class Row(NamedTuple):
    """A labelled question; `whole` is what is encoded, where a follow-up was made whole.

    Rows of one `group` (a conversation) repeat each other's words, so cross-validation keeps them
    together: split apart they would make it too sure of itself.
    """

    text: str
    intent: str
    whole: str = ""
    group: str = ""

    def encoded(self) -> str:
        return normalise(self.whole or self.text)


@dataclass(frozen=True)
class Prepared:
    """Cleaned training rows with everything that is computed once: vectors (n, D) and grams."""

    texts: tuple[str, ...]
    labels: np.ndarray
    vectors: np.ndarray
    counts: tuple[tuple[Counter, Counter], ...]
    languages: np.ndarray
    groups: tuple[str, ...]

    def some(self, keep: np.ndarray) -> Prepared:
        places = np.flatnonzero(keep)
        return Prepared(
            tuple(self.texts[i] for i in places), self.labels[places], self.vectors[places],
            tuple(self.counts[i] for i in places), self.languages[places],
            tuple(self.groups[i] for i in places),
        )


def tidy(rows: Iterable[Row]) -> tuple[list[Row], dict[str, int]]:
    """Return rows without empty and repeated ones, one label a text, and what was dropped.

    Where the same text has several labels the most frequent one stays (the first on a tie).
    Raises BadInput unless two labels remain.
    """
    rows = [Row(*row) for row in rows]
    votes: dict[tuple[str, str], Counter] = defaultdict(Counter)
    first: dict[tuple[str, str], Row] = {}
    empty = 0
    for row in rows:
        place = (normalise(row.text), row.encoded())
        if not place[0] or not row.intent.strip():
            empty += 1
            continue
        first.setdefault(place, row)
        votes[place][row.intent.strip()] += 1
    kept = [
        first[p]._replace(text=clean(first[p].text), intent=count.most_common(1)[0][0])
        for p, count in votes.items()
    ]
    found = sorted({row.intent for row in kept})
    if len(found) < 2:
        raise BadInput(
            f"An intent head needs rows of at least two intents; {len(rows)} rows hold "
            f"{len(found)} ({', '.join(found) or 'none'}). Add examples of another one, or of {OOS!r}."
        )
    conflicts = sum(len(count) > 1 for count in votes.values())
    return kept, {"empty": empty, "repeated": len(rows) - empty - len(kept), "conflicting": conflicts}


def train(
    rows: Sequence[Row], embedder: Embedder, *, seed: int = 7, seconds: float = 600.0,
    say: Say = lambda _: None,
) -> IntentHead:
    """Return a head fitted on rows (text, intent[, whole]); `oos` rows are taken as out of scope.

    Half of `seconds` may go into cross-validation, which always runs at least once. Raises
    BadInput where the rows hold fewer than two intents.
    """
    started = time.monotonic()
    kept, dropped = tidy(rows)
    say(f"Encoding {len(kept)} texts")
    data = prepare(kept, embedder)
    readable = _readable(data)
    say("Cross-validating")
    seen = _cross_validate(data, readable, seed, started + seconds / 2)
    tuned = tune(seen)
    say("Fitting")
    head = fit(data, readable, embedder.name, seed)
    notes = {
        "rows": len(kept), "dropped": dropped, "intents": len(head.labels),
        "readable": list(readable), "cross_validation": tuned.pop("notes"),
        "seconds": round(time.monotonic() - started, 1),
    }
    return replace(head, **tuned, notes=notes)


def prepare(rows: Sequence[Row], embedder: Embedder) -> Prepared:
    """Encode and count every text once."""
    texts = tuple(row.text for row in rows)
    vectors = embedder.encode([row.encoded() for row in rows], query=True)
    return Prepared(
        texts, np.array([row.intent for row in rows]), vectors,
        tuple(count_grams(t) for t in texts), np.array([detect_language(t) for t in texts]),
        tuple(row.group for row in rows),
    )


def fit(data: Prepared, readable: Sequence[str], base: str, seed: int) -> IntentHead:
    """Return an uncalibrated head: one-against-rest linear SVM over vector and grams."""
    from scipy import sparse
    from sklearn.svm import LinearSVC

    labels = tuple(sorted(set(data.labels)))
    y = np.searchsorted(labels, data.labels)
    grams = vocabulary(data.counts)
    dense = data.vectors * np.isin(data.languages, readable)[:, None]
    x = sparse.hstack([_matrix(grams, data.counts)[0], sparse.csr_matrix(dense)]).tocsr()
    model = LinearSVC(C=1.0, tol=1e-2, random_state=seed).fit(x, y)
    coef, intercept = model.coef_, model.intercept_
    if len(labels) == 2:
        coef, intercept = np.vstack([-coef, coef]), np.concatenate([-intercept, intercept])
    coef = coef.T.astype(np.float32)
    near = _near_rows(data, readable, seed)
    blank = np.zeros(len(SIGNALS))
    return IntentHead(
        labels=labels, base=base, grams=grams, sparse=coef[: len(grams.column)],
        dense=coef[len(grams.column) :], intercept=intercept.astype(np.float32),
        readable=tuple(readable), near=data.vectors[near].astype(np.float32), near_label=y[near],
        near_weight=0.0, temperature=1.0, threshold=0.0,
        judge=Judge(blank, blank + 1, np.zeros((3, len(SIGNALS))), np.zeros(3)),
    )


def vocabulary(counts: Sequence[tuple[Counter, Counter]]) -> Grams:
    """Return the grams worth a column (smooth idf); characters must stand in two texts."""
    words, characters = Counter(), Counter()
    for w, c in counts:
        words.update(w.keys())
        characters.update(c.keys())
    some = len(counts) > 50
    chosen = [(g, n) for g, n in characters.items() if n > 1 or not some]
    chosen = sorted([*words.items(), *chosen], key=lambda item: (-item[1], item[0]))[:MAX_GRAMS]
    idf = np.log((1 + len(counts)) / (1 + np.array([n for _, n in chosen], np.float64))) + 1
    return Grams({g: i for i, (g, _) in enumerate(chosen)}, idf.astype(np.float32))


def _matrix(grams: Grams, counts: Sequence[tuple[Counter, Counter]]):
    from scipy import sparse

    rows = [grams.encode_counts(*c) for c in counts]
    ends = np.cumsum([0, *(len(r[0]) for r in rows)])
    columns = np.concatenate([r[0] for r in rows])
    values = np.concatenate([r[1] for r in rows])
    made = sparse.csr_matrix((values, columns, ends), shape=(len(rows), len(grams.column)))
    return made, np.array([r[2] for r in rows]), np.diff(ends)


def _near_rows(data: Prepared, readable: Sequence[str], seed: int) -> np.ndarray:
    places = np.flatnonzero(np.isin(data.languages, readable))
    if len(places) > MAX_NEIGHBOURS:
        places = np.sort(np.random.default_rng(seed).permutation(places)[:MAX_NEIGHBOURS])
    return places


def _readable(data: Prepared) -> tuple[str, ...]:
    """Return the languages in which nearest vectors name the intent about as often as nearest grams."""
    grams = vocabulary(data.counts)
    out = []
    for language in sorted(set(data.languages)):
        places = np.flatnonzero(data.languages == language)[:2000]
        y = data.labels[places]
        x, _, _ = _matrix(grams, [data.counts[i] for i in places])
        by_grams = _leave_one_out((x @ x.T).toarray(), y)
        by_vectors = _leave_one_out(data.vectors[places] @ data.vectors[places].T, y)
        if by_vectors >= READS * by_grams:
            out.append(str(language))
    return tuple(out)


def _leave_one_out(similar: np.ndarray, y: np.ndarray) -> float:
    if len(y) < 2:
        return 1.0
    np.fill_diagonal(similar, -np.inf)
    return float((y[similar.argmax(axis=1)] == y).mean())


# Cross-validation


def _cross_validate(data: Prepared, readable: Sequence[str], seed: int, until: float) -> Seen:
    random = np.random.default_rng(seed)
    folds = 5 if len(data.texts) <= 4000 else 3
    fold = _folds(data, folds, random)
    inside = [label for label in sorted(set(data.labels)) if label != OOS]
    held_out = max(1, round(HELD_OUT_INTENTS * len(inside))) if len(inside) >= 4 else 0
    order = random.permutation(inside)
    seen = Seen([], [], [], [], [], [])
    for k in range(folds):
        held = np.isin(data.labels, order[k * held_out : (k + 1) * held_out])
        train_rows = (fold != k) & ~held
        if len(set(data.labels[train_rows])) < 2:
            continue
        head = fit(data.some(train_rows), readable, "", seed)
        test = (fold == k) | held
        if not test.any():
            continue
        _record(seen, head, data.some(test), held[test])
        if time.monotonic() > until:
            break
    return seen


def _folds(data: Prepared, folds: int, random: np.random.Generator) -> np.ndarray:
    """Return the fold of each row: one for a whole group, else spread evenly over each label.

    The one row of a label is in no fold (-1), so that it is always trained on.
    """
    fold = np.full(len(data.labels), -1)
    of_group = {group: random.integers(folds) for group in dict.fromkeys(data.groups) if group}
    for label in sorted(set(data.labels)):
        places = random.permutation(np.flatnonzero(data.labels == label))
        if len(places) > 1:
            fold[places] = (np.arange(len(places)) + random.integers(folds)) % folds
            for place in places:
                fold[place] = of_group.get(data.groups[place], fold[place])
    return fold


def _record(seen: Seen, head: IntentHead, data: Prepared, held: np.ndarray) -> None:
    for scores, votes, rest, label, away in zip(*_score_all(head, data), data.labels, held, strict=True):
        seen.scores.append(scores)
        seen.votes.append(votes)
        seen.rest.append(rest)
        seen.labels.append(head.labels)
        seen.truth.append(str(label))
        seen.kind.append("held" if away else OOS if label == OOS else "in")


def _score_all(head: IntentHead, data: Prepared) -> tuple[np.ndarray, np.ndarray, list[tuple]]:
    """Return linear scores (n, L), votes (n, L) and the other inputs of `combine`, in one pass."""
    x, known, length = _matrix(head.grams, data.counts)
    reads = np.isin(data.languages, head.readable)
    scores = x @ head.sparse + (data.vectors * reads[:, None]) @ head.dense + head.intercept
    votes = np.zeros((len(reads), len(head.labels)), np.float32)
    similar = np.zeros((len(reads), NEIGHBOURS), np.float32)
    k = min(NEIGHBOURS, len(head.near))
    for start in range(0, len(reads) if k else 0, 512):
        some = np.flatnonzero(reads[start : start + 512]) + start
        cosines = data.vectors[some] @ head.near.T
        best = np.argpartition(-cosines, k - 1, axis=1)[:, :k]
        top = np.take_along_axis(cosines, best, axis=1)
        weight = np.exp(SHARPNESS * (top - 1))
        weight /= weight.sum(axis=1, keepdims=True)
        for j in range(k):
            np.add.at(votes, (some, head.near_label[best[:, j]]), weight[:, j])
        similar[some, :k] = -np.sort(-top, axis=1)
    return scores, votes, list(zip(similar, known, length, reads, strict=True))


# Measuring


def evaluate(head: IntentHead, rows: Iterable[Row], embedder: Embedder) -> dict:
    """Return the figures of what would be served on rows (text, intent[, whole]).

    `accuracy` is without refusal over in-scope rows, `in_scope_accuracy` with it, a refused row
    being wrong; `oos_recall` is null without `oos` rows; `macro_f1` and `mcc` are over all rows
    with refusal, `oos` a class. `ms` is one question, encoded and classified. Raises BadInput on
    no rows.
    """
    rows = [row for row in (Row(*r) for r in rows) if row.intent.strip()]
    if not rows:
        raise BadInput('There is nothing to measure on: expected rows {"text", "intent"}, found none.')
    vectors = embedder.encode([row.encoded() for row in rows], query=True)
    truth = np.array([row.intent.strip() for row in rows])
    scored = [head.score(row.text, vector) for row, vector in zip(rows, vectors, strict=True)]
    served = np.array([head.decide(*s).label for s in scored])
    forced = np.array([head.decide(*s, refuse=False).label for s in scored])
    inside = truth != OOS
    return {
        "n": len(rows), "accuracy": share(forced == truth, inside),
        **_agreement(truth, served),
        "in_scope_accuracy": share(served == truth, inside),
        "oos_recall": share(served == OOS, ~inside),
        "ms": _speed(head, rows, embedder),
        "per_intent": _per_intent(truth, served), "confused": _confused(truth, served),
    }


def _agreement(truth: np.ndarray, served: np.ndarray) -> dict[str, float]:
    from sklearn.metrics import f1_score, matthews_corrcoef

    return {
        "macro_f1": round(float(f1_score(truth, served, average="macro", zero_division=0)), 4),
        "mcc": round(float(matthews_corrcoef(truth, served)), 4),
    }


def _per_intent(truth: np.ndarray, served: np.ndarray) -> list[dict]:
    from sklearn.metrics import precision_recall_fscore_support

    labels = sorted(set(truth) | set(served))
    table = precision_recall_fscore_support(truth, served, labels=labels, zero_division=0)
    return [
        {"intent": str(label), "precision": round(float(p), 4), "recall": round(float(r), 4),
         "f1": round(float(f), 4), "n": int(n)}
        for label, p, r, f, n in zip(labels, *table, strict=True)
    ]


def _confused(truth: np.ndarray, served: np.ndarray, top: int = 20) -> list[dict]:
    pairs = Counter((str(t), str(s)) for t, s in zip(truth, served, strict=True) if t != s)
    return [{"intent": t, "taken_for": s, "n": n} for (t, s), n in pairs.most_common(top)]


def _speed(head: IntentHead, rows: Sequence[Row], embedder: Embedder) -> dict[str, float]:
    whole, alone = [], []
    for row in rows[:: max(1, len(rows) // 100)]:
        began = time.perf_counter()
        vector = embedder.encode([row.encoded()], query=True)[0]
        encoded = time.perf_counter()
        head.classify(row.text, vector)
        whole.append(time.perf_counter() - began)
        alone.append(time.perf_counter() - encoded)
    return {"p50": round(1000 * float(np.median(whole)), 2), "head_p50": round(1000 * float(np.median(alone)), 2)}


# A home's candidate


def train_candidate(
    settings: Settings, store: Store, embedder: Embedder, dataset: Dataset | None = None, *,
    say: Say = lambda _: None,
) -> Version:
    """Train on the home's dialogues and intent examples, measure on held-out ones, keep a version.

    Nothing is promoted. `metrics` holds the figures of the held-out conversations (`n` 0 without
    any), the folder's `metrics.json` each intent's and the confusions too.
    """
    dataset = current_dataset(settings, store) if dataset is None else dataset
    specs = store.meaning.intents(every=True)
    if not specs and not len(dataset):
        raise BadInput(
            f"{settings.home} holds no intents and no dialogues to learn from. Set it up first: assistant init"
        )
    taught, held = home_rows(specs, dataset)
    head = train(taught, embedder, seed=settings.training.seed, say=say)
    say(f"Measuring on {len(held)} held-out questions")
    figures = evaluate(head, held, embedder) if held else {"n": 0}
    figures |= {"train_seconds": head.notes["seconds"], "rows": head.notes["rows"],
                "dataset": dataset.id, "specs": fingerprint_of(specs)}
    id, folder = new_folder(settings, "intent")
    try:
        head.save(folder)
        whole = {**figures, "training": head.notes}
        (folder / "metrics.json").write_text(json.dumps(whole, ensure_ascii=False, indent=1), "utf-8")
        short = {k: v for k, v in figures.items() if k not in ("per_intent", "confused")}
        return keep(
            settings, store, id, folder, base=embedder.name, metrics=short, origin="finetune intent"
        )
    except BaseException:
        discard(folder)
        raise


def home_rows(specs: Sequence[IntentSpec], dataset: Dataset) -> tuple[list[Row], list[Row]]:
    """Return (training rows, held-out rows); labels of retired intents are in neither.

    A held-out row that says word for word what a training row says measures memory, so it is
    left out.
    """
    retired = {s.label for s in specs if s.status != "published"}
    taught = [Row(text, s.label) for s in specs if s.label not in retired for _, text in s.examples]
    taught += rows_of(dataset.taught, retired)
    known = {(normalise(r.text), r.encoded()) for r in taught}
    held = [r for r in rows_of(dataset.test, retired) if (normalise(r.text), r.encoded()) not in known]
    return taught, held


def rows_of(examples: Iterable[Example], retired: Iterable[str] = ()) -> list[Row]:
    """Return a row for each example with a label; follow-ups are made whole as in serving."""
    retired = frozenset(retired)
    out = []
    for e in examples:
        label = main_intent([i for i in e.intents if i not in retired])
        if label:
            out.append(Row(e.question, label, make_whole(e.question, e.history), e.conversation))
    return out


def fingerprint_of(specs: Sequence[IntentSpec]) -> str:
    """Return a hash of what the intents teach; it changes with any label, example or retirement."""
    told = sorted((s.label, s.status, s.examples) for s in specs)
    return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode("utf-8", "surrogatepass")).hexdigest()[:16]
