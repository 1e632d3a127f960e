"""Weighs what the readings of one message found into one ranked list: pure, knows no store.

A follow-up names its topic in an earlier turn and its question in the message itself. Joined into
one text the earlier question drowns the new one, so that each text is searched by itself and the
evidence for an owner is added up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from assistant.records import Hit, Kind

KIN = 0.1  # what an owner of the conversation's category gains, as a share of the earlier question's weight


def weighed(found: Sequence[Sequence[Hit]], weights: Sequence[float]) -> list[Hit]:
    """Return the hits of all readings, each owner once with its weighted mean score, best first.

    The first reading is the message alone, the others come from the history. An owner that a
    reading did not find counts there as the weakest that it found. The category of what the history
    leads to best gains a little: a follow-up mostly stays with its subject.
    """
    tables = [_Table(hits) for hits in found]
    kin = _category(tables[1:], weights[1:])
    gain = KIN * max(weights[1:], default=0.0) / sum(weights)
    hits = [
        replace(hit, score=hit.score + gain) if kin and hit.passage.category == kin else hit
        for hit in _means(tables, weights)
    ]
    return sorted(hits, key=lambda hit: (-hit.score, hit.passage.id))


class _Table:
    """What one reading found: each owner's hit, and the weakest in place of those not found."""

    def __init__(self, hits: Sequence[Hit]):
        self.own = {_owner(hit): hit for hit in hits}
        self.weakest = min(hits, key=lambda hit: hit.score, default=None)

    def counted(self, key: tuple) -> Hit | None:
        return self.own.get(key, self.weakest)


def _owner(hit: Hit) -> tuple:
    passage = hit.passage
    if passage.kind == Kind.DOCUMENT:
        return (passage.kind, passage.id)
    return (passage.kind, passage.pair or passage.owner)


def _means(tables: Sequence[_Table], weights: Sequence[float]) -> list[Hit]:
    """Return each owner's hit, as the first reading that has it shows it, with averaged evidence."""
    shares = [w / sum(weights) for w in weights]
    owners = dict.fromkeys(key for table in tables for key in table.own)
    return [_mean(key, tables, shares) for key in owners]


def _mean(key: tuple, tables: Sequence[_Table], shares: Sequence[float]) -> Hit:
    shown = next(table.own[key] for table in tables if key in table.own)
    seen = [(share, hit) for share, table in zip(shares, tables, strict=True) if (hit := table.counted(key))]
    why = {name: sum(share * hit.why.get(name, 0.0) for share, hit in seen) for name in shown.why}
    return replace(shown, score=sum(share * hit.score for share, hit in seen), why=why)


def _category(tables: Sequence[_Table], weights: Sequence[float]) -> str:
    """Return the category that the readings from the history, weighed together, put first."""
    best = max(_means(tables, weights), key=lambda hit: hit.score, default=None)
    return best.passage.category if best else ""
