import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from assistant.knowledge.index import VectorIndex
from assistant.knowledge.live import LiveIndex
from assistant.knowledge.retriever import Retriever
from assistant.knowledge.roster import Roster
from assistant.records import Document, Faq, PastReply, Piece
from assistant.settings import Retrieval
from ingest.pipeline import encode_pending, import_faqs

FAQS = [
    Faq("a-en", "change address", "Edit the order before packing.", "en", pair="a", similar=("moved house",)),
    Faq("a-zh", "修改地址", "发货前可改。", "zh", pair="a"),
    Faq("b-en", "cancel order", "Open the order.", "en", pair="b"),
]


def ids_of(store, word):
    return set(store.words.postings(word)[0].tolist())


def test_words_of_different_phrasings_and_of_the_answer_cover_a_question_together(store, embedder):
    import_faqs(store, FAQS, embedder)
    roster = Roster(store).follow(1)
    covered = roster.covered(["hous", "pack", "order", "zebra"])
    rare, common, unknown = math.log(1 + 2 / 2), math.log(1 + 2 / 3), math.log(1 + 2 / 1)
    total = 2 * rare + common + unknown
    a, b = min(ids_of(store, "hous")), min(ids_of(store, "cancel"))
    assert covered.of(a) == pytest.approx((2 * rare + common) / total)
    assert covered.of(b) == pytest.approx(common / total)
    assert covered.of(10**6) == 0.0


def test_both_languages_of_a_faq_are_one_group(store, embedder):
    import_faqs(store, FAQS, embedder)
    roster = Roster(store).follow(1)
    moved, address = ids_of(store, "hous"), ids_of(store, "地址")
    assert len(roster) == 2 and len(roster.members(min(moved))) == 5
    assert roster.covered(["地址"]).of(min(moved)) == 1.0
    assert [i for i in roster.members(min(address)) if roster.is_answer(i)] == sorted(
        ids_of(store, "pack") | ids_of(store, "发货")
    )


def test_excluded_passages_cover_nothing(store, embedder):
    import_faqs(store, FAQS, embedder)
    roster, held = Roster(store).follow(1), ids_of(store, "hous")
    assert roster.covered(["hous"]).of(min(held)) == 1.0
    assert roster.covered(["hous"], held).of(min(held)) == 0.0


def test_cosines_of_chosen_ids_are_exact_and_unknown_ids_are_nan():
    index = VectorIndex(3, use_gpu=False)
    vectors = np.eye(3, dtype=np.float32)
    assert np.isnan(index.cosines(vectors[0], np.array([4]))).all()
    index.add(np.array([7, 3, 5]), vectors)
    found = index.cosines(np.array([0.6, 0.8, 0.0], np.float32), np.array([3, 9, 7]))
    assert found[[0, 2]] == pytest.approx([0.8, 0.6]) and np.isnan(found[1])
    index.remove(np.array([3]))
    assert np.isnan(index.cosines(vectors[1], np.array([3]))[0])


def test_passages_outside_the_candidates_still_count_and_changes_are_followed(store, embedder, tmp_path):
    import_faqs(store, FAQS, embedder)
    live = LiveIndex(store, embedder.name, embedder.dimension, tmp_path / "index")
    live.open()
    narrow = Retriever(store, embedder, live, Retrieval(candidates=1))
    wide = Retriever(store, embedder, live, Retrieval())
    one = narrow.search(narrow.query("change address"))[0]
    all_ = next(h for h in wide.search(wide.query("change address")) if h.passage.owner == "a-en")
    assert one.why["answer_dense"] == pytest.approx(max(all_.why["answer_dense"], 0.0), abs=1e-6)
    assert one.why["covered"] == 1.0
    import_faqs(store, [Faq("c-en", "zebra stripes", "Yes.", "en")], embedder)
    hit = wide.search(wide.query("zebra"))[0]
    assert (hit.passage.owner, hit.why["covered"]) == ("c-en", 1.0)


def picture(roster, store):
    """What a roster says about everything, by passage id."""
    ids = [id for id, _, _, _ in store.knowledge.speakers()]
    covered = roster.covered(["order", "hous", "地址", "zebra"])
    return len(roster), {
        id: (sorted(roster.members(id).tolist()), roster.is_answer(id), round(covered.of(id), 9)) for id in ids
    }


CHANGES = {
    "a new FAQ": lambda k, e: k.save_faqs([Faq("c-en", "zebra order", "Yes.", "en")], e),
    "one more language": lambda k, e: k.save_faqs([Faq("b-zh", "取消地址", "", "zh", pair="b")], e),
    "other words": lambda k, e: k.save_faqs([replace(FAQS[2], question="revoke order")], e),
    "another pair": lambda k, e: k.save_faqs([replace(FAQS[1], pair="b")], e),
    "retired": lambda k, e: k.set_status(["a-en"], "retired", e),
    "restored": lambda k, e: k.set_status(["a-en"], "published", e),
    "a past reply": lambda k, e: k.save_past_replies([PastReply("p", "house order", "", "en", faq="b-en")], e),
    "its FAQ is another": lambda k, e: k.save_past_replies([PastReply("p", "house order", "", "en", faq="z-en")], e),
    "and comes later": lambda k, e: k.save_faqs([Faq("z-en", "zebra", "No.", "en")], e),
    "a document": lambda k, e: k.save_document(
        Document("d", "Moving", "x", (Piece("", "house and order", "en"), Piece("", "zebra order", "en"))), e),
    "a shorter document": lambda k, e: k.save_document(Document("d", "Moving", "y", (Piece("", "zebra order", "en"),)), e),
    "no past reply": lambda k, e: k.remove_past_replies(["p"]),
    "tombstones forgotten": lambda k, e: k.forget_dropped(),
}


def test_a_roster_that_follows_equals_one_made_anew_after_every_change(store, embedder):
    import_faqs(store, FAQS, embedder)
    roster = Roster(store).follow(store.knowledge.revision())
    seen = [picture(roster, store)]
    for name, change in CHANGES.items():
        change(store.knowledge, embedder.name)
        encode_pending(store, embedder)
        revision = store.knowledge.revision()
        seen.append(picture(roster.follow(revision), store))
        assert seen[-1] == picture(Roster(store).follow(revision), store), name
    assert sum(a != b for a, b in pairwise(seen)) == len(CHANGES) - 1  # all but the forgetting show


def test_a_change_reads_the_passages_that_changed_and_no_others(store, embedder):
    import_faqs(store, FAQS, embedder)
    before = store.knowledge.revision()
    import_faqs(store, [Faq("c-en", "zebra stripes", "Yes.", "en")], embedder)
    store.knowledge.set_status(["b-en"], "retired", embedder.name)
    rows = [(name, answer, alive) for _, name, answer, alive in store.knowledge.speakers(before)]
    assert sorted(rows) == [("faq/b", 0, 0), ("faq/b", 1, 0), ("faq/c-en", 0, 1), ("faq/c-en", 1, 1)]
