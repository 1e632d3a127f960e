"""The pipeline: what is compared, encoded, stored and silent."""

from dataclasses import replace

import numpy as np
import pytest

from assistant.errors import Busy
from assistant.records import Document, Faq, PastReply, Piece
from assistant.settings import load
from ingest import pipeline
from ingest.linter import lint
from ingest.lock import sole_writer
from ingest.pipeline import (
    compare,
    encode_pending,
    import_documents,
    import_faqs,
    import_past_replies,
    open_index,
)

ONE = Faq("one", "How long does it take?", "Three days.", "en", similar=("delivery time",), source="a.csv", status="")
TWO = Faq("two", "怎么退货？", "七天内可以退。", "zh", source="a.csv", status="")


def searchable(store):
    _, ids, _, _ = store.knowledge.changes("letters", -1)
    return {p.text for p in store.knowledge.passages(ids.tolist()).values()}


def test_what_is_imported_can_be_searched(store, embedder):
    report = import_faqs(store, [ONE, TWO], embedder)
    assert (report.added, report.changed, report.unchanged) == (2, 0, 0)
    assert report.encoded == len(embedder.asked) == 5
    assert {"How long does it take?", "delivery time", "怎么退货？"} <= searchable(store)
    assert "怎么退货?" in embedder.asked, "texts are encoded in their normalised form"


def test_the_same_import_again_changes_and_encodes_nothing(store, embedder):
    first = import_faqs(store, [ONE, TWO], embedder)
    embedder.asked.clear()
    second = import_faqs(store, [replace(ONE, source="b.csv"), TWO], embedder)
    assert (second.unchanged, second.encoded, second.revision) == (2, 0, first.revision)
    assert embedder.asked == []


def test_only_what_is_new_is_encoded(store, embedder):
    import_faqs(store, [ONE, TWO], embedder)
    embedder.asked.clear()
    report = import_faqs(store, [replace(ONE, similar=("delivery time", "how soon"))], embedder)
    assert (report.changed, embedder.asked) == (1, ["how soon"])
    assert "how soon" in searchable(store)


def test_a_changed_question_replaces_the_old_one(store, embedder):
    import_faqs(store, [ONE], embedder)
    import_faqs(store, [replace(ONE, question="When will it come?")], embedder)
    assert "When will it come?" in searchable(store)
    assert "How long does it take?" not in searchable(store)


def test_a_person_s_retirement_outlives_an_import(store, embedder):
    import_faqs(store, [ONE], embedder)
    store.knowledge.set_status(["one"], "retired", "letters")
    report = import_faqs(store, [replace(ONE, answer="Four days.")], embedder)
    assert store.knowledge.faq("one").status == "retired" and searchable(store) == set()
    assert report.remarks == ("one stays retired. `ingest faq restore one` brings it back.",)


def test_what_left_the_file_is_retired_and_comes_back_with_it(store, embedder):
    other = replace(TWO, id="three", question="Other?", source="b.csv")
    import_faqs(store, [ONE, TWO, other], embedder)
    gone = import_faqs(store, [ONE], embedder, delete_missing="a.csv")
    assert gone.retired == 1
    assert {f.id: f.status for f in store.knowledge.faqs()} == {
        "one": "published", "two": "retired", "three": "published"}
    back = import_faqs(store, [ONE, TWO], embedder, delete_missing="a.csv")
    assert (back.changed, back.encoded) == (1, 0)
    assert "怎么退货？" in searchable(store)


def test_a_status_that_the_file_gives_is_obeyed():
    held = replace(ONE, status="retired", pair="one")
    assert compare({"one": held}, [replace(ONE, status="published")]).changed[0].status == "published"
    assert compare({"one": held}, [replace(ONE, status="")]).unchanged[0].status == "retired"
    assert compare({}, [ONE]).added[0].status == "published"


def test_an_interrupted_import_keeps_its_vectors_and_shows_nothing(store, embedder, monkeypatch):
    monkeypatch.setattr(pipeline, "BATCH", 2)
    calls = []

    def stop(done, total):
        calls.append((done, total))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_faqs(store, [ONE, TWO], embedder, stop)
    assert store.knowledge.faqs() == [] and searchable(store) == set()
    assert calls == [(2, 5)]
    assert import_faqs(store, [ONE, TWO], embedder).encoded == 3


def test_texts_stored_without_vectors_are_encoded_later(store, embedder):
    store.knowledge.save_faqs([replace(ONE, status="published")], "letters")
    assert searchable(store) == set()
    assert encode_pending(store, embedder) == 3
    assert "delivery time" in searchable(store)


def test_documents_are_skipped_when_their_file_is_the_same(store, embedder):
    document = Document("m.md", "Manual", "f1", (Piece("A", "Hold the button.", "en"), Piece("B", "按住按钮。", "zh")))
    assert import_documents(store, [document], embedder).added == 1
    assert import_documents(store, [document], embedder).unchanged == 1
    changed = replace(document, fingerprint="f2", pieces=document.pieces[:1])
    assert import_documents(store, [changed], embedder).changed == 1
    assert searchable(store) == {"Hold the button."}


def test_past_replies_count_once(store, embedder):
    import_faqs(store, [ONE], embedder)
    reply = PastReply("past-1", "when does my parcel come", "In three days.", "en", "one", "c1")
    assert import_past_replies(store, [reply, reply], embedder).added == 1
    assert import_past_replies(store, [reply], embedder).unchanged == 1
    assert "when does my parcel come" in searchable(store)


def test_a_snapshot_is_written_when_enough_has_changed(tmp_path, store, embedder, monkeypatch):
    settings = load(tmp_path / "home")
    import_faqs(store, [ONE], embedder)
    assert not pipeline.snapshot_if_due(settings, store, "letters")
    monkeypatch.setattr(pipeline, "SNAPSHOT_AFTER", 2)
    assert pipeline.snapshot_if_due(settings, store, "letters")
    assert not pipeline.snapshot_if_due(settings, store, "letters")
    index = open_index(settings, store, "letters")
    best, score = index.search(embedder.encode(["delivery time"]), 1)[0]
    assert store.knowledge.passages([best])[best].text == "delivery time"
    assert score == pytest.approx(1.0, abs=1e-5)


def test_dimension_is_read_off_the_stored_vectors(store):
    assert store.knowledge.dimension("letters") == 0
    store.knowledge.keep_vectors("letters", ["h"], np.ones((1, 7), np.float32))
    assert store.knowledge.dimension("letters") == 7


def test_a_second_command_is_told_who_is_at_work(tmp_path):
    with sole_writer(tmp_path, "ingest faq import a.csv"):
        with pytest.raises(Busy, match=r"`ingest faq import a\.csv` \(process \d+, since"), sole_writer(tmp_path, "x"):
            pass
    with sole_writer(tmp_path, "x"):
        pass


# Linter


def kinds(faqs, stored=(), today="2026-06-01"):
    return [(f.kind, f.id) for f in lint(faqs, today, stored)]


def test_duplicates_and_contradictions():
    same = replace(ONE, id="b", question="HOW long does it take？", similar=())
    other = replace(same, id="c", answer="Nine days.")
    assert kinds([ONE, same]) == [("duplicate", "b")]
    assert kinds([ONE, other]) == [("contradiction", "c")]
    assert kinds([other], [replace(ONE, status="published")]) == [("contradiction", "c")]
    assert kinds([ONE], [replace(ONE, status="published")]) == [], "a FAQ does not clash with itself"


def test_a_similar_question_that_another_faq_claims():
    assert kinds([ONE, Faq("x", "Delivery time", "Soon.", "en")]) == [("contradiction", "x")]


def test_answers_of_different_seasons_do_not_contradict():
    spring = replace(ONE, valid_until="2026-06-30")
    autumn = replace(ONE, id="b", answer="Five days.", valid_from="2026-07-01")
    assert kinds([spring, autumn]) == []


def test_expired_empty_and_retired():
    assert kinds([replace(ONE, valid_until="2026-05-31")]) == [("expired", "one")]
    assert kinds([replace(ONE, valid_until="2026-06-01")]) == []
    assert kinds([replace(ONE, answer="")]) == [("empty", "one")]
    assert kinds([replace(ONE, question="???", similar=())]) == [("empty", "one")]
    assert kinds([replace(ONE, status="retired", answer="")]) == []


def test_many_copies_give_one_remark_each():
    copies = [replace(ONE, id=f"c{n}") for n in range(30)]
    found = lint(copies, "2026-06-01")
    assert len(found) == 29 and "and 26 more" in found[-1].message
