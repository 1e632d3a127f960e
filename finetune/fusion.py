"""Learns the weights by which the parts of the evidence become one score.

A conditional logit over the owners that a search found (McFadden 1974): the weights under which the
right one most often has the highest score. They are kept from falling below zero, so that more
evidence never lowers a score, and drawn towards the weights set by hand: authored phrasings share
fewer words with their FAQ than customers' questions do, so that what they teach is only a part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from assistant.knowledge.fusion import PARTS, PLAIN, Fusion, with_reading
from finetune.asking import Observation

STEPS, RATE, DECAY = 400, 0.05, 1e-3
LEAST = 60
LEARNED = 0.3  # the share of what was learned beside the weights set by hand


def fit(observations: Sequence[Observation], encoder: str) -> Fusion:
    """Return weights for each language; one with fewer than 60 answerable questions takes all rows."""
    usable = [o for o in observations if o.right is not None and len(o.hits) > 1]
    weights = {}
    for language in sorted({o.query.language for o in usable}):
        own = [o for o in usable if o.query.language == language]
        learned, plain = _weights(own if len(own) >= LEAST else usable), PLAIN.weights[language]
        mixed = [LEARNED * a + (1 - LEARNED) * b for a, b in zip(learned, plain, strict=True)]
        weights[language] = tuple(round(w, 4) for w in mixed)
    return Fusion(weights, encoder)


def _weights(some: Sequence[Observation]) -> tuple[float, ...]:
    import torch

    longest = max(len(o.hits) for o in some)
    parts = torch.zeros(len(some), longest, len(PARTS))
    there = torch.zeros(len(some), longest, dtype=torch.bool)
    for row, o in enumerate(some):
        readable = o.query.coverage**3
        for place, hit in enumerate(o.hits):
            there[row, place] = True
            for n, name in enumerate(PARTS):
                parts[row, place, n] = hit.why[name] * (readable if "dense" in name else 1.0)
    right = torch.tensor([o.right for o in some])
    raw = torch.full((len(PARTS),), 1.0, requires_grad=True)
    optimizer = torch.optim.Adam([raw], lr=RATE)
    for _ in range(STEPS):
        scores = (parts @ torch.nn.functional.softplus(raw)).masked_fill(~there, -1e4)
        loss = torch.nn.functional.cross_entropy(scores, right) + DECAY * raw.square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    found = torch.nn.functional.softplus(raw.detach())
    return tuple(float(v) for v in found / found.sum())


def reranked(observation: Observation, fusion: Fusion) -> Observation:
    """Return an observation as it would have been with these weights."""
    query = observation.query
    right = observation.hits[observation.right] if observation.right is not None else None
    hits = sorted(
        (
            replace(h, score=with_reading(fusion.score(query.language, query.coverage**3, h.why), h.why.get("read")))
            for h in observation.hits
        ),
        key=lambda h: (-h.score, h.passage.id),
    )
    place = next((n for n, h in enumerate(hits) if right and h.passage.id == right.passage.id), None)
    return replace(observation, hits=tuple(hits), right=place)

