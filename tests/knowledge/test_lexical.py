import numpy as np
import pytest

from assistant.knowledge import lexical
from assistant.knowledge.lexical import Lexicon
from assistant.records import Document, Faq, Piece
from ingest.pipeline import import_documents, import_faqs

WORDS = ["order", "refund", "café", "invoice", "ship", "packet", "退货", "发票", "地址", "运费", "of", "the", "to", "naïve", "3kg"]


def company(n, seed=0):
    chance = np.random.default_rng(seed)
    share = 1 / (1 + np.arange(len(WORDS)))
    share /= share.sum()

    def text(k):
        return " ".join(chance.choice(WORDS, k, p=share))

    return [Faq(f"f{i}", f"{text(4)} {i % 37}", text(9), "en", similar=(text(3),)) for i in range(n)]


QUESTIONS = ["refund of the order 12", "退货 运费 怎么算", "cafe invoice", "café 3kg", "of the to", "zebra", "发票地址 packet 30"]


def same_as_fts5(lexicon, store, limit=20, weight=0.1):
    for question in QUESTIONS:
        wanted = store.knowledge.lexical(question, limit, (1.0, weight))
        found = lexicon.search(question, limit, weight)
        assert [s for _, s in found] == pytest.approx([s for _, s in wanted], rel=1e-9)
        last = wanted[-1][1] if wanted else 0.0  # rows of the last score may be others of the same score
        assert {i for i, s in found if s > last + 1e-9} == {i for i, s in wanted if s > last + 1e-9}


@pytest.fixture
def lexicon(store, embedder):
    import_faqs(store, company(150), embedder)
    made = Lexicon(store.words)
    made.follow()
    return made


def test_scores_are_those_of_fts5(lexicon, store):
    same_as_fts5(lexicon, store)
    same_as_fts5(lexicon, store, weight=1.0)


def test_rows_that_common_words_cannot_lift_are_passed_over_without_a_loss(lexicon, store, monkeypatch):
    monkeypatch.setattr(lexical, "COMMON", 1)
    same_as_fts5(lexicon, store, limit=5)
    same_as_fts5(lexicon, store, limit=1)


def test_a_document_is_found_by_its_heading(lexicon, store, embedder):
    import_documents(store, [Document("d", "Guide", "x", (Piece("Accordions", "Carry it in.", "en"),))], embedder)
    lexicon.follow()
    assert [i for i, _ in lexicon.search("accordion", 5, 0.1)] == lexicon.holding("accordion").tolist() != []


@pytest.mark.parametrize("followed", [0, 10_000])
def test_additions_and_removals_are_followed(lexicon, store, embedder, monkeypatch, followed):
    monkeypatch.setattr(lexical, "FOLLOWED", followed)
    same_as_fts5(lexicon, store)
    since = store.knowledge.revision()
    import_faqs(store, [Faq("new", "refund refund of a zebra", "退货 地址", "en")], embedder)
    store.knowledge.set_status(["f3", "f4"], "retired", embedder.name)
    lexicon.follow(id for id, _, _, alive in store.knowledge.speakers(since) if not alive)
    assert len(lexicon) == 150 * 3 - 6 + 2
    assert lexicon.frequency("zebra") == 1 and lexicon.frequency("refund") == len(lexicon.holding("refund"))
    same_as_fts5(lexicon, store)


def test_following_twice_changes_nothing(lexicon, store, embedder):
    before = lexicon.search("refund of the order", 10, 0.1)
    lexicon.follow([10**9, 0])
    lexicon.follow()
    assert lexicon.search("refund of the order", 10, 0.1) == before


def test_memory_is_bounded_and_what_was_dropped_is_read_again(lexicon, store, monkeypatch):
    monkeypatch.setattr(lexical, "KEPT", 300)
    same_as_fts5(lexicon, store)
    assert sum(len(ids) for ids, _ in lexicon._postings.values()) <= 300 or len(lexicon._postings) == 1


@pytest.mark.parametrize("followed", [0, 10_000])
def test_a_word_that_was_asked_for_before_it_was_known_is_found_afterwards(
    lexicon, store, embedder, monkeypatch, followed
):
    monkeypatch.setattr(lexical, "FOLLOWED", followed)
    assert lexicon.search("accordion", 5, 0.1) == [] and lexicon.frequency("accordion") == 0
    import_faqs(store, [Faq("acc", "Do you repair accordions?", "Yes.", "en")], embedder)
    lexicon.follow()
    assert len(lexicon.search("accordion", 5, 0.1)) == 1 and lexicon.frequency("accordion") == 1
