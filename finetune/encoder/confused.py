"""Draws batches of FAQs that an encoder confuses: each is a hard negative for its neighbours.

Mining as in Xiong et al., "Approximate Nearest Neighbor Negative Contrastive Learning for Dense Text
Retrieval" (2021): neighbours are looked up again with the encoder that is being trained.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from assistant.text import normalise
from finetune.encoder.questions import Topic
from finetune.encoder.texts import Batch

ANSWERED = 0.2  # the share of rows whose second text is the answer
NEIGHBOURS = 7
BLOCK = 1024


class Confused:
    """A source of batches; `size` rows, each of another topic, in groups of neighbours.

    `prompts` are put before questions (True) and before what is searched (False). Topics with the
    same answer never meet in one batch: they are no negatives of each other.
    """

    def __init__(self, topics: Sequence[Topic], size: int, seed: int, prompts: Mapping[bool, str]):
        self.topics = [t for t in topics if len(t.texts()) + len(t.answers) > 1]
        self._size, self._prompts = size, prompts
        self._rng = random.Random(seed)
        self._near = [[] for _ in self.topics]
        self._held = [text for topic in self.topics for text in topic.phrasings]

    def mine(self, vectors: Mapping[str, np.ndarray]) -> None:
        """Look up each topic's neighbours by the mean of the vectors (d,) that its phrasings have."""
        means = np.stack([np.mean([vectors[t] for t in topic.phrasings if t in vectors], axis=0) for topic in self.topics])
        means /= np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-9)
        k = min(NEIGHBOURS, len(means) - 1)
        for start in range(0, len(means), BLOCK):
            near = means[start : start + BLOCK] @ means.T
            near[np.arange(len(near)), np.arange(start, start + len(near))] = -np.inf
            for row, order in enumerate(np.argsort(-near, axis=1)[:, :k]):
                self._near[start + row] = order.tolist()

    def batches(self) -> Iterator[Batch]:
        """Yield batches without end; each topic leads a group once a round."""
        leaders: list[int] = []
        while True:
            chosen: dict[int, None] = {}
            answers: set[str] = set()
            for _ in range(2 * self._size):
                if not leaders:
                    leaders = self._rng.sample(range(len(self.topics)), len(self.topics))
                leader = leaders.pop()
                for place in (leader, *self._near[leader]):
                    self._take(place, chosen, answers)
                if len(chosen) >= self._size:
                    break
            yield self._batch(list(chosen)[: self._size])

    def _take(self, place: int, chosen: dict[int, None], answers: set[str]) -> None:
        said = self.topics[place].answers
        if place not in chosen and not answers & set(said):
            chosen[place] = None
            answers.update(said)

    def _batch(self, places: Sequence[int]) -> Batch:
        both = [self._two(self.topics[p]) for p in places]
        held = [self._prompts[False] + text for text in self._rng.choices(self._held, k=len(places) // 2)]
        return Batch(
            "meaning", [self._prompts[True] + a for a, _ in both], [self._prompts[False] + b for _, b in both],
            tuple((text, text) for text in held),
        )

    def _two(self, topic: Topic) -> tuple[str, str]:
        """Return a question and another text of the topic: a wording in any language, or an answer."""
        rng, texts = self._rng, topic.texts()
        first = rng.choice(texts)
        others = [t for t in topic.phrasings if t != first] or [t for t in texts if t != first]
        if topic.answers and (not others or rng.random() < ANSWERED):
            return first, normalise(rng.choice(topic.answers))
        return first, rng.choice(others)
