"""The registry of replies: produced outside any page, never lost, never said over a person."""

import threading
import time

import pytest
from echo_engine import EchoEngine

from assistant.dialogue.handoff import Handoff
from assistant.errors import KefuError
from ui.replies import WAITING_AT_MOST, Replies
from ui.wording import say


def until(condition, seconds=10.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "nothing happened in time"
        time.sleep(0.01)


class Gated(EchoEngine):
    """An echo that says its first word, then waits for the gate."""

    def __init__(self, store):
        super().__init__(store)
        self.gate = threading.Event()

    def _pieces(self, text, language):
        first, *rest = super()._pieces(text, language)
        yield first
        assert self.gate.wait(10)
        yield from rest


def asked(store, engine, text="hello there"):
    replies = Replies(engine, store)
    chat = store.conversations.start("en").id
    assert replies.ask(chat, text, "en")
    return replies, chat


def test_a_reply_grows_in_sight_and_ends_in_the_store(store):
    engine = Gated(store)
    replies, chat = asked(store, engine)
    until(lambda: replies.progress(chat) and replies.progress(chat)[0].text)
    assert replies.progress(chat)[0].text == "You asked: "
    assert [t.role for t in store.conversations.turns(chat)] == ["customer"]
    engine.gate.set()
    until(lambda: not replies.busy(chat))
    assert [t.text for t in store.conversations.turns(chat)] == [
        "hello there",
        "You asked: hello there",
    ]
    assert replies.progress(chat) == ()


def test_questions_of_one_chat_are_answered_in_their_order(store):
    engine = Gated(store)
    replies, chat = asked(store, engine, "one")
    assert replies.ask(chat, "two", "en")
    engine.gate.set()
    until(lambda: not replies.busy(chat))
    texts = [t.text for t in store.conversations.turns(chat)]
    assert texts == ["one", "You asked: one", "two", "You asked: two"]


def test_too_many_waiting_questions_are_refused_and_other_chats_are_not(store):
    engine = Gated(store)
    replies, chat = asked(store, engine)
    taken = [replies.ask(chat, str(n), "en") for n in range(WAITING_AT_MOST)]
    assert taken == [True] * (WAITING_AT_MOST - 1) + [False]
    assert replies.ask(store.conversations.start("en").id, "hello", "en")
    engine.gate.set()
    until(lambda: not replies.busy(chat))


def test_an_engine_error_leaves_a_sentence_the_words_already_said_and_a_person_called(store):
    replies, chat = asked(store, EchoEngine(store), "please explode now")
    until(lambda: not replies.busy(chat))
    question, answer = store.conversations.turns(chat)
    assert question.text == "please explode now"
    assert answer.text.startswith("You asked: ")
    assert answer.text.endswith(say("sorry_handed", "en"))
    assert store.conversations.get(chat).state == "queued"


def test_an_error_before_the_question_was_stored_does_not_lose_it(store):
    class Broken:
        def reply(self, *args, **kwargs):
            raise KefuError("no model")

    replies, chat = asked(store, Broken(), "where is my parcel")
    until(lambda: not replies.busy(chat))
    assert [t.text for t in store.conversations.turns(chat)] == [
        "where is my parcel",
        say("sorry_handed", "en"),
    ]


def test_an_error_while_a_person_has_the_chat_says_nothing(store):
    class Broken:
        def reply(self, *args, **kwargs):
            raise KefuError("no model")

    replies, chat = Replies(Broken(), store), store.conversations.start("en").id
    Handoff(store).apply(chat, "take", "Li Lei")
    replies.ask(chat, "are you there", "en")
    until(lambda: not replies.busy(chat))
    assert [(t.role, t.text) for t in store.conversations.turns(chat)] == [
        ("customer", "are you there")
    ]


def test_a_refused_message_is_told_and_calls_nobody(store):
    replies, chat = asked(store, EchoEngine(store), "please refuse this")
    until(lambda: not replies.busy(chat))
    [left] = replies.progress(chat)
    assert (left.question, left.failure) == ("please refuse this", say("too_fast", "en"))
    assert store.conversations.get(chat).state == "bot"


def test_where_nothing_can_be_stored_the_page_still_gets_a_sentence(store, monkeypatch):
    def full(*args, **kwargs):
        raise KefuError("the disk is full")

    monkeypatch.setattr(store.conversations, "add", full)
    replies, chat = asked(store, EchoEngine(store))
    until(lambda: not replies.busy(chat))
    assert replies.progress(chat)[0].failure == say("sorry", "en")


@pytest.mark.parametrize("count", [20])
def test_many_chats_at_once_all_get_their_own_answer(store, count):
    replies = Replies(EchoEngine(store, 0.001), store)
    chats = {store.conversations.start("en").id: f"question {n}" for n in range(count)}
    for chat, text in chats.items():
        replies.ask(chat, text, "en")
    until(lambda: not any(replies.busy(c) for c in chats), 60)
    for chat, text in chats.items():
        assert store.conversations.turns(chat)[-1].text == f"You asked: {text}"
