import threading
from dataclasses import replace

import numpy as np
import pytest

from assistant.errors import BadInput, KefuError, NotFound
from assistant.records import Event, Faq, PastReply, Turn
from assistant.store import Store

ENCODER = "e"
FAQ = Faq("ret-1-zh", "怎么退货？", "7天内可以退货。", "zh", pair="ret-1", similar=("想退掉",))


def encode_all(store):
    missing = store.knowledge.missing(ENCODER)
    store.knowledge.keep_vectors(ENCODER, list(missing), np.eye(len(missing), 8, dtype=np.float32))
    return store.knowledge.publish(ENCODER)


def test_a_faq_waits_for_its_vectors_then_is_searchable(store):
    store.knowledge.save_faqs([FAQ], ENCODER)
    assert store.knowledge.counts()["pending"] == 3  # question, similar, answer
    assert encode_all(store) == 3
    revision, ids, vectors, gone = store.knowledge.changes(ENCODER, 0)
    assert revision == store.knowledge.revision() == 2
    assert len(ids) == 3 and vectors.shape == (3, 8) and len(gone) == 0
    said = {p.said for p in store.knowledge.passages(ids).values()}
    assert said == {"7天内可以退货。"}


def test_a_retired_faq_is_silent_at_once_and_comes_back(store):
    store.knowledge.save_faqs([FAQ], ENCODER)
    encode_all(store)
    before = store.knowledge.revision()
    ids = store.knowledge.changes(ENCODER, 0)[1]
    store.knowledge.set_status([FAQ.id], "retired", ENCODER)
    assert store.knowledge.passages(ids) == {}
    assert store.knowledge.lexical("退货", 5, (1.0, 1.0)) == []
    assert sorted(store.knowledge.changes(ENCODER, before)[3]) == sorted(ids)
    store.knowledge.set_status([FAQ.id], "published", ENCODER)
    assert len(store.knowledge.lexical("退货", 5, (1.0, 1.0))) == 3  # question, similar, answer


def test_only_changed_phrasings_get_new_passages(store):
    store.knowledge.save_faqs([FAQ], ENCODER)
    encode_all(store)
    before = set(store.knowledge.changes(ENCODER, 0)[1])
    store.knowledge.save_faqs([replace(FAQ, similar=("退huo",))], ENCODER)
    encode_all(store)
    after = set(store.knowledge.changes(ENCODER, 0)[1])
    assert len(before & after) == 2 and len(after - before) == 1


@pytest.mark.parametrize(
    ("change", "usable"),
    [
        ({"valid_until": "2001-01-01"}, False), ({"valid_from": "2999-01-01"}, False),
        ({"valid_from": "2001-01-01", "valid_until": "2999-01-01"}, True), ({"status": "draft"}, False),
    ],
)
def test_dates_and_status_decide_what_may_be_used(store, change, usable):
    store.knowledge.save_faqs([replace(FAQ, **change)], ENCODER)
    encode_all(store)
    ids = store.knowledge.changes(ENCODER, 0)[1]
    assert bool(store.knowledge.passages(ids)) is usable


def test_a_past_reply_speaks_for_its_faq_and_falls_silent_with_it(store):
    store.knowledge.save_faqs([FAQ], ENCODER)
    store.knowledge.save_past_replies([PastReply("p1", "东西不要了", "", "zh", faq=FAQ.id)], ENCODER)
    encode_all(store)
    [(id, _)] = store.knowledge.lexical("不要", 5, (1.0, 1.0))
    passage = store.knowledge.passages([id])[id]
    assert (passage.kind, passage.owner, passage.said) == ("faq", FAQ.id, FAQ.answer)
    store.knowledge.set_status([FAQ.id], "retired", ENCODER)
    assert store.knowledge.passages([id]) == {}


def test_a_failed_transaction_leaves_nothing(store):
    with pytest.raises(RuntimeError), store.write():
        store.knowledge.save_faqs([FAQ], ENCODER)
        raise RuntimeError
    assert store.knowledge.counts()["faqs"] == 0 and store.knowledge.revision() == 0


def test_writers_of_several_threads_lose_nothing(store):
    conversation = store.conversations.start("zh")

    def write(n):
        for k in range(10):
            store.conversations.add(Turn("", conversation.id, "", "customer", f"{n}-{k}"))

    threads = [threading.Thread(target=write, args=(n,)) for n in range(4)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert {t.text for t in store.conversations.turns(conversation.id)} == {
        f"{n}-{k}" for n in range(4) for k in range(10)
    }


def test_promotions_are_append_only(store):
    parts = {"encoder": "a", "intent": "b", "confidence": "c", "response": "d"}
    store.releases.promote(parts, "me", "first")
    assert store.releases.current().parts() == parts
    with pytest.raises(KefuError, match="append-only"), store.write() as db:
        db.conn.execute("DELETE FROM promotions")


def test_people_sign_in_and_sessions_end(store):
    store.people.add("li", "long-enough")
    assert store.people.sign_in("li", "wrong-password") is None
    token = store.people.sign_in("li", "long-enough")
    assert store.people.who(token) == {"name": "li", "role": "agent"}
    store.people.set_password("li", "another-one")
    assert store.people.who(token) is None
    with pytest.raises(BadInput, match="at least 8 characters; this one has 3"):
        store.people.add("wu", "abc")
    with pytest.raises(NotFound, match="Known: li"):
        store.people.disable("wu")


def test_a_foreign_file_is_refused_with_a_sentence(tmp_path):
    path = tmp_path / "kefu.sqlite"
    path.write_bytes(b"this is not a database at all" * 100)
    with pytest.raises(KefuError, match="is not a readable database"):
        Store.open(path)


def test_events_keep_the_state_beside_the_conversation(store):
    conversation = store.conversations.start("en")
    store.conversations.add_event(Event(conversation.id, "", "request", "customer"), "queued", "")
    assert store.conversations.get(conversation.id).state == "queued"
    assert [c.id for c in store.conversations.listing(["queued"])] == [conversation.id]


def test_vectors_of_a_home_from_before_are_kept_when_its_tables_change(tmp_path):
    import sqlite_utils

    from assistant.store.migrations import migrations

    path = tmp_path / "old.sqlite"
    old = sqlite_utils.Database(path)
    migrations.apply(old, stop_before="m008_scale")
    old.conn.execute("INSERT INTO vectors VALUES ('h', 'e', ?)", [np.ones(8, np.float32).tobytes()])
    old.conn.commit()
    old.close()
    store = Store.open(path)
    assert store.knowledge.dimension("e") == 8 and store.knowledge.counts()["vectors"] == 1
    store.knowledge.keep_vectors("e", ["h", "g"], np.zeros((2, 8), np.float32))
    assert store.knowledge.counts()["vectors"] == 2
    store.close()


def test_what_waits_for_a_vector_is_told_apart_from_what_another_encoder_serves(store):
    store.knowledge.save_faqs([FAQ], ENCODER)
    encode_all(store)
    store.knowledge.save_faqs([replace(FAQ, id="x", question="新", similar=(), answer="")], ENCODER)
    assert list(store.knowledge.pending(ENCODER).values()) == ["新"]
    assert len(store.knowledge.missing("other")) == 4 and list(store.knowledge.pending("other").values()) == ["新"]


def test_the_same_faq_twice_in_one_call_is_stored_as_it_was_last(store):
    store.knowledge.save_faqs([FAQ, replace(FAQ, similar=("退款",), answer="")], ENCODER)
    encode_all(store)
    texts = {p.text for p in store.knowledge.passages(store.knowledge.changes(ENCODER, 0)[1]).values()}
    assert texts == {"怎么退货？", "退款"}


def test_a_phrasing_given_twice_keeps_its_two_passages_when_saved_again(store):
    twice = replace(FAQ, similar=("想退掉", "想退掉"))
    store.knowledge.save_faqs([twice], ENCODER)
    encode_all(store)
    before = sorted(store.knowledge.changes(ENCODER, 0)[1])
    store.knowledge.save_faqs([twice], ENCODER)
    assert sorted(store.knowledge.changes(ENCODER, 0)[1]) == before
