"""Past dialogues: formats, stored turns, and the questions that become evidence."""

import json

import pytest

from assistant.records import Conversation, Faq, Review, Turn
from ingest.history import FaqNames, stands_alone
from ingest.pipeline import import_faqs, import_history, keep_review
from ingest.readers.dialogues import read_dialogues

FAQS = [
    Faq("ret-zh", "怎么退货？", "七天内可以退。", "zh", pair="ret"),
    Faq("ret-en", "How do I return it?", "Within seven days.", "en", pair="ret"),
    Faq("pay", "Which cards do you take?", "Visa.", "en"),
]


def write(tmp_path, name, *objects):
    path = tmp_path / name
    path.write_text("\n".join(json.dumps(o, ensure_ascii=False) for o in objects), encoding="utf-8")
    return path


def chat(*said, id="d1", **metadata):
    messages = [{"role": role, "content": text, **more} for role, text, more in said]
    return {"messages": messages, "metadata": {"id": id, **metadata}}


DIALOGUE = chat(
    ("system", "Be nice.", {}),
    ("user", "我买的耳机想退掉怎么办", {"intents": ["return"]}),
    ("assistant", "七天内都可以退的。", {"faqs": ["ret"]}),
    ("user", "那运费呢", {"intents": ["freight"]}),
    ("assistant", "运费我们出。", {"faqs": ["ret"]}),
    language="zh",
)


def test_the_forms_of_a_dialogue_read_alike(tmp_path):
    csv = tmp_path / "c.csv"
    csv.write_text(
        "conversation,role,text,at\nx,user,Hello there friend,2026-01-01 10:00\ny,user,Other,2026-01-01 10:00\n"
        "x,agent,Hi,2026-01-01 10:02\nx,user,Bye,2026-01-01 10:01\n"
    )
    sharegpt = write(tmp_path, "s.jsonl", {"id": "x", "conversations": [
        {"from": "human", "value": "Hello there friend"}, {"from": "gpt", "value": "Hi"}]})
    turns = write(tmp_path, "t.jsonl", {"dialogue_id": "x", "turns": [
        {"role": "user", "text": "Hello there friend"}, {"role": "agent", "text": "Hi"}]})
    for path in (sharegpt, turns):
        (dialogue,), rejected = read_dialogues(path)
        assert (dialogue.id, dialogue.language, rejected) == ("x", "en", [])
        assert [(m.role, m.text) for m in dialogue.messages] == [("customer", "Hello there friend"), ("agent", "Hi")]
    (first, second), _ = read_dialogues(csv)
    assert [m.text for m in first.messages] == ["Hello there friend", "Bye", "Hi"], "by time"
    assert (second.id, first.at) == ("y", "2026-01-01T10:00:00")


def test_bad_dialogues_are_named_by_line(tmp_path):
    path = write(
        tmp_path, "a.jsonl", DIALOGUE, {"text": "x"}, chat(("assistant", "only me", {}), id="b"),
        chat(("wizard", "hm", {}), id="c"), DIALOGUE, chat(("user", "x" * 20001, {}), id="e"),
        chat(("user", "bonjour", {}), id="f", language="fr"),
    )
    dialogues, rejected = read_dialogues(path)
    assert [d.id for d in dialogues] == ["d1"]
    said = {r.line: r.reason for r in rejected}
    assert sorted(said) == [2, 3, 4, 5, 6, 7]
    assert "found the keys 'text'" in said[2] and "no message of a customer" in said[3]
    assert "role 'wizard'" in said[4] and "stands on line 1" in said[5] and "20,001" in said[6]


def test_a_dialogue_without_an_id_keeps_the_one_made_of_its_words(tmp_path):
    bare = {"messages": DIALOGUE["messages"]}
    (one,), _ = read_dialogues(write(tmp_path, "a.jsonl", bare))
    (two,), _ = read_dialogues(write(tmp_path, "b.jsonl", bare))
    assert one.id == two.id and one.id.startswith("dlg-")


@pytest.fixture
def imported(tmp_path, store, embedder):
    import_faqs(store, FAQS, embedder)
    dialogues, _ = read_dialogues(write(tmp_path, "a.jsonl", DIALOGUE))
    return dialogues, import_history(store, dialogues, embedder)


def test_turns_are_stored_with_intents_and_faqs_of_their_language(store, imported):
    turns = store.conversations.turns("d1")
    assert [(t.role, t.intents, t.faqs, t.origin) for t in turns] == [
        ("customer", ("return",), (), ""), ("agent", (), ("ret-zh",), "person"),
        ("customer", ("freight",), (), ""), ("agent", (), ("ret-zh",), "person"),
    ]
    assert store.conversations.get("d1").source == "import"


def test_a_question_that_stands_alone_becomes_evidence_for_its_faq(store, embedder, imported):
    assert imported[1].past_replies == 1
    (reply,) = store.knowledge.past_replies()
    assert (reply.question, reply.faq, reply.answer) == ("我买的耳机想退掉怎么办", "ret-zh", "七天内都可以退的。")
    _, ids, _, _ = store.knowledge.changes("letters", -1)
    found = next(p for p in store.knowledge.passages(ids.tolist()).values() if p.text == reply.question)
    assert (found.owner, found.said) == ("ret-zh", "七天内可以退。"), "what is said is the approved answer"


def test_the_same_import_again_changes_nothing(store, embedder, imported):
    dialogues, first = imported
    again = import_history(store, dialogues, embedder)
    assert (again.unchanged, again.added, again.past_replies, again.revision) == (1, 0, 0, first.revision)


def test_a_changed_dialogue_takes_its_old_evidence_with_it(tmp_path, store, embedder, imported):
    other = chat(
        ("user", "耳机坏了能换新的吗", {}), ("assistant", "可以。", {"faqs": ["ret"]}), language="zh",
    )
    dialogues, _ = read_dialogues(write(tmp_path, "b.jsonl", other))
    assert import_history(store, dialogues, embedder).changed == 1
    assert [r.question for r in store.knowledge.past_replies()] == ["耳机坏了能换新的吗"]
    assert len(store.conversations.turns("d1")) == 2


def test_turns_that_name_two_or_unknown_faqs_are_no_evidence(tmp_path, store, embedder):
    import_faqs(store, FAQS, embedder)
    dialogues, _ = read_dialogues(write(tmp_path, "a.jsonl", chat(
        ("user", "can I pay by card and return it later", {}), ("assistant", "Yes.", {"faqs": ["pay", "ret"]}),
        ("user", "where is your nearest store located", {}), ("assistant", "Here.", {"faqs": ["gone-1"]}),
    )))
    report = import_history(store, dialogues, embedder)
    assert report.past_replies == 0
    assert "gone-1" in report.remarks[0]


def test_a_conversation_of_the_chat_is_never_overwritten(store, embedder, tmp_path):
    store.conversations.add_conversations([
        (Conversation("d1", "2026-01-01", "en", "bot", source="chat"), [Turn("t", "d1", "2026-01-01", "customer", "mine")])
    ])
    dialogues, _ = read_dialogues(write(tmp_path, "a.jsonl", DIALOGUE))
    report = import_history(store, dialogues, embedder)
    assert (report.added, len(report.rejected)) == (0, 1)
    assert store.conversations.turns("d1")[0].text == "mine"


def test_names_of_faqs():
    names = FaqNames(FAQS)
    assert names.find("ret", "en") == "ret-en" and names.find("ret-zh", "en") == "ret-zh"
    assert names.find("pay", "zh") == "pay" and names.find("nothing", "en") == ""


@pytest.mark.parametrize(
    ("text", "alone"),
    [("退货", False), ("可以吗", False), ("怎么申请退货", True), ("returns", False), ("ok thanks", False),
     ("return my headphones", True), ("!!!", False)],
)
def test_what_stands_alone(text, alone):
    assert stands_alone(text) is alone


# What a review at the desk approves


def chatted(store, question="can I return opened headphones?", answer="No.", role="bot", faqs=("ret-en",)):
    conversation = store.conversations.start("en").id
    store.conversations.add(Turn("", conversation, "", "customer", question, "en"))
    return store.conversations.add(Turn("", conversation, "", role, answer, "en", faqs=faqs)).id


def approved(store):
    return [(r.question, r.answer, r.faq) for r in store.knowledge.past_replies()]


def test_a_better_answer_may_be_said_again_until_the_verdict_changes(store, embedder):
    import_faqs(store, FAQS, embedder)
    turn = chatted(store)
    assert keep_review(store, Review(turn, "wrong", "Li", better="Yes, within seven days, with the box."))
    assert approved(store) == [("can I return opened headphones?", "Yes, within seven days, with the box.", "")]
    assert keep_review(store, Review(turn, "right", "Li"))
    assert approved(store) == [("can I return opened headphones?", "No.", "ret-en")]
    assert not keep_review(store, Review(turn, "wrong", "Li"))
    assert approved(store) == []
    assert [r.verdict for r in store.conversations.reviews("staff")] == ["wrong"]


def test_a_persons_reply_found_right_is_approved(store):
    turn = chatted(store, answer="The shop in Hall 9 buys old phones.", role="agent", faqs=())
    assert keep_review(store, Review(turn, "right", "Li"))
    assert approved(store) == [("can I return opened headphones?", "The shop in Hall 9 buys old phones.", "")]


@pytest.mark.parametrize(
    ("question", "better"),
    [
        ("can I return opened headphones?", "We called you on 13812345678."),
        ("my mail is li@example.com, can I return it?", "Yes, within seven days."),
        ("and it?", "Yes, within seven days."),
    ],
)
def test_nothing_personal_and_nothing_that_leans_on_the_past_is_reused(store, question, better):
    turn = chatted(store, question)
    assert not keep_review(store, Review(turn, "wrong", "Li", better=better))
    assert approved(store) == []


def test_the_companys_own_number_is_no_secret(store, embedder):
    import_faqs(store, [Faq("tel", "How do I reach you?", "Call 13812345678.", "en")], embedder)
    assert keep_review(store, Review(chatted(store), "wrong", "Li", better="Call us on 138 1234 5678."))


def test_an_approved_reply_is_found_by_the_chats_search(store, embedder, settings):
    from assistant.knowledge.live import LiveIndex
    from assistant.knowledge.retriever import Retriever

    import_faqs(store, FAQS, embedder)
    keep_review(store, Review(chatted(store), "wrong", "Li", better="Yes, within seven days, with the box."))
    index = LiveIndex(store, embedder.name, embedder.dimension, settings.index_folder)
    retriever = Retriever(store, embedder, index, settings.retrieval)
    assert retriever.publish_pending() == 1
    top = retriever.search(retriever.query("return opened headphones"))[0].passage
    assert (top.kind, top.said) == ("past_reply", "Yes, within seven days, with the box.")
