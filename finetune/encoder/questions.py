"""What a home teaches its encoder: FAQs in all their wordings, and past questions that a person answered.

Knows which texts belong together and which are held out, by a hash that never changes. Drawing
batches is `confused`'s, masking was the dataset's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from assistant.records import Example, Faq, PastReply
from assistant.safety.personal import mask, own_contacts
from assistant.store import Store
from assistant.text import detect_language, normalise
from assistant.understanding.followup import make_whole
from finetune.dataset import Dataset, split_of
from ingest.history import stands_alone


@dataclass(frozen=True, slots=True)
class Topic:
    """One FAQ in all its languages: `phrasings` that may be learned, `asked` past questions, `answers`.

    A past reply that was approved beside the FAQs is a topic too, of one question and its answer.
    """

    id: str
    phrasings: tuple[str, ...]
    answers: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()

    def texts(self) -> tuple[str, ...]:
        return self.phrasings + self.asked


@dataclass(frozen=True, slots=True)
class Question:
    """A question whose topic is known, in its normalised form."""

    text: str
    topic: str
    language: str


@dataclass(frozen=True, slots=True)
class Lessons:
    """What may be learned (`topics`), and questions that are in none of it."""

    topics: tuple[Topic, ...]
    validation: tuple[Question, ...] = ()
    test: tuple[Question, ...] = ()

    @property
    def pairs(self) -> int:
        """Return how many texts can be drawn to another text of their topic."""
        return sum(len(t.texts()) - (not t.answers) for t in self.topics)

    def thinned(self, texts: int) -> Lessons:
        """Return the same questions over about `texts` texts, evenly taken of each topic, one at least."""
        most = max(1, texts // max(1, len(self.topics)))
        topics = (replace(t, phrasings=_evenly(t.phrasings, most), asked=_evenly(t.asked, most // 2)) for t in self.topics)
        return replace(self, topics=tuple(topics))


def gather(store: Store, dataset: Dataset) -> Lessons:
    """Return the lessons of a home's published FAQs, past questions and approved past replies."""
    faqs = store.knowledge.faqs(status="published")
    keep = own_contacts(f.answer for f in faqs)
    replies = store.knowledge.past_replies()
    past = {
        split: past_questions(examples, faqs)
        for split, examples in (("train", dataset.train), ("validation", dataset.validation), ("test", dataset.test))
    }
    for reply, question in of_replies(replies, faqs, keep):
        past[split_of(reply.conversation or reply.id)].append(question)
    return divide(faqs, past, approved(replies, keep))


def unlearned(store: Store, dataset: Dataset) -> set[str]:
    """Return the texts that no encoder adapted to this home has learned from."""
    lessons = gather(store, dataset)
    return {q.text for q in (*lessons.validation, *lessons.test)}


def past_questions(examples: Iterable[Example], faqs: Sequence[Faq]) -> list[Question]:
    """Return the customers' questions that one FAQ answers, follow-ups made whole as in serving.

    What means nothing alone is left out.
    """
    pairs = {f.id: f.pair or f.id for f in faqs}
    out = []
    for e in examples:
        topics = {pairs[f] for f in e.faqs if f in pairs}
        whole = make_whole(e.question, e.history)
        if len(topics) == 1 and stands_alone(whole):
            out.append(Question(normalise(whole), topics.pop(), e.language))
    return out


def of_replies(
    replies: Iterable[PastReply], faqs: Sequence[Faq], keep: Iterable[str] = ()
) -> list[tuple[PastReply, Question]]:
    """Return the past replies that stand for a FAQ, each with its question, masked."""
    pairs, keep = {f.id: f.pair or f.id for f in faqs}, frozenset(keep)
    return [
        (r, Question(normalise(mask(r.question, keep)), pairs[r.faq], r.language or detect_language(r.question)))
        for r in replies if r.faq in pairs
    ]


def approved(replies: Iterable[PastReply], keep: Iterable[str] = ()) -> list[Topic]:
    """Return a topic for each reply approved beside the FAQs whose conversation may be learned from."""
    keep = frozenset(keep)
    return [
        Topic(r.id, (normalise(mask(r.question, keep)),), (mask(r.answer, keep),))
        for r in replies if not r.faq and r.answer and split_of(r.conversation or r.id) == "train"
    ]


def divide(faqs: Sequence[Faq], past: dict[str, list[Question]], others: Sequence[Topic] = ()) -> Lessons:
    """Return what is learned and what is held out; pure.

    A FAQ's own question is always learned, a further phrasing goes by a hash of its text, a past
    question by its conversation. A held-out question that is learned anywhere word for word is left out.
    """
    asked: dict[str, list[str]] = {}
    for q in past["train"]:
        asked.setdefault(q.topic, []).append(q.text)
    phrasings = {split: list(_phrasings(faqs, split)) for split in ("train", "validation", "test")}
    held_words = {q.text for split in ("validation", "test") for q in phrasings[split]}
    topics = tuple(_topics(faqs, phrasings["train"], asked, held_words)) + tuple(others)
    known = {text for t in topics for text in t.texts()}
    held = {
        split: tuple({(q.text, q.topic): q for q in (*phrasings[split], *past[split]) if q.text not in known}.values())
        for split in ("validation", "test")
    }
    seen = {q.text for q in held["test"]}
    return Lessons(topics, tuple(q for q in held["validation"] if q.text not in seen), held["test"])


def _phrasings(faqs: Sequence[Faq], split: str) -> Iterable[Question]:
    own = {normalise(f.question) for f in faqs}
    for f in faqs:
        for text in f.phrasings():
            plain = normalise(text)
            if plain and ("train" if plain in own else split_of(plain)) == split:
                yield Question(plain, f.pair or f.id, f.language)


def _topics(
    faqs: Sequence[Faq], phrasings: Sequence[Question], asked: dict[str, list[str]], held_words: set[str]
) -> Iterable[Topic]:
    answers: dict[str, list[str]] = {}
    for f in faqs:
        answers.setdefault(f.pair or f.id, []).extend([f.answer] if f.answer else [])
    taught: dict[str, list[str]] = {}
    for q in phrasings:
        taught.setdefault(q.topic, []).append(q.text)
    for id, texts in taught.items():
        past = [t for t in asked.get(id, ()) if t not in held_words]
        yield Topic(id, _each_once(texts), _each_once(answers[id]), _each_once(t for t in past if t not in set(texts)))


def _evenly(texts: tuple[str, ...], most: int) -> tuple[str, ...]:
    return texts[:: -(-len(texts) // most)] if texts and most else ()


def _each_once(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))
