"""The customer page without a browser: type, run, read what is drawn and what is stored."""

import time
from pathlib import Path

import pytest
from echo_engine import EchoEngine
from streamlit.testing.v1 import AppTest

from assistant.dialogue.handoff import Handoff
from ui import house as house_module
from ui.house import House
from ui.replies import Replies
from ui.view import conversation_id
from ui.wording import say

SCRIPT = str(Path(__file__).parents[2] / "ui" / "app.py")


@pytest.fixture
def chat(visitor):
    return conversation_id(visitor, 0)


def opened(language="en"):
    page = AppTest.from_file(SCRIPT, default_timeout=20)
    page.query_params["lang"] = language
    return page.run()


def shown(page):
    assert not page.exception
    return "\n".join(h.proto.body for h in page.get("html"))


def button(page, key):
    return next(b for b in page.button if b.key == key)


def settled(page, home, chat):
    end = time.monotonic() + 10
    while home.replies.busy(chat):
        assert time.monotonic() < end
        time.sleep(0.02)
    return page.run()


def ask(page, home, chat, text):
    page.chat_input[0].set_value(text).run()
    return settled(page, home, chat)


def test_the_greeting_says_that_it_is_no_person_and_offers_questions(home, visitor):
    page = opened()
    assert "not a person" in shown(page)
    assert "Talk to a person" in [b.label for b in page.button]
    assert r"When will it ship?" in [b.label for b in page.button]
    assert "不是真人" in shown(opened("zh"))


def test_a_question_is_answered_stored_and_there_after_a_reload(home, store, chat):
    ask(opened(), home, chat, "hello there")
    assert [t.text for t in store.conversations.turns(chat)] == [
        "hello there",
        "You asked: hello there",
    ]
    again = shown(opened())
    assert "You asked: hello there" in again
    assert "How can I help?" not in again


def test_a_tapped_suggestion_is_asked_and_its_source_opens(home, store, chat):
    page = opened()
    button(page, "try-0").click().run()
    page = settled(page, home, chat)
    assert store.conversations.turns(chat)[0].text == "When will it ship?"
    assert "<details" in shown(page)
    assert "Within 48 hours." in shown(page)


def test_markup_in_a_message_is_shown_as_text(home, chat):
    page = ask(opened(), home, chat, "<script>alert(1)</script> **bold**")
    assert "<script>alert" not in shown(page)
    assert "&lt;script&gt;alert(1)&lt;/script&gt; **bold**" in shown(page)


def test_a_message_that_is_too_long_is_refused(home, store, chat):
    page = opened()
    page.chat_input[0].set_value("a" * 20_000).run()
    assert "20,000 characters" in shown(page)
    assert not store.conversations.exists(chat)


def test_a_thumb_down_asks_why_and_keeps_the_reason(home, store, chat):
    page = ask(opened(), home, chat, "hello")
    turn = store.conversations.turns(chat)[-1].id
    button(page, f"wrong-{turn}").click().run()
    assert store.conversations.reviews("customer")[0].verdict == "wrong"
    button(page, f"why-old-{turn}").click().run()
    [review] = store.conversations.reviews("customer")
    assert (review.verdict, review.reason, review.by) == ("wrong", "old", chat)
    assert say("thanks", "en") in shown(page)


def test_guesses_can_be_tapped(home, store, chat):
    page = ask(opened(), home, chat, "which one")
    turn = store.conversations.turns(chat)[-1].id
    button(page, f"guess-{turn}-1").click().run()
    settled(page, home, chat)
    assert store.conversations.turns(chat)[2].text == "Second guess?"


def test_waiting_for_a_person_can_be_seen_and_cancelled(home, store, chat):
    page = opened()
    button(page, "person").click().run()
    assert store.conversations.get(chat).state == "queued"
    assert "You are next" in shown(page)
    assert button(page, "person").disabled
    button(page, "cancel").click().run()
    assert store.conversations.get(chat).state == "bot"


def test_those_who_wait_longer_are_counted(home, store, chat):
    other = store.conversations.start("en").id
    Handoff(store).request(other)
    page = opened()
    time.sleep(0.01)
    button(page, "person").click().run()
    assert "1 person ahead of you" in shown(page)


def test_a_person_is_named_heard_and_the_assistant_is_silent(home, store, chat):
    page = opened()
    button(page, "person").click().run()
    desk = Handoff(store)
    desk.apply(chat, "take", "Li Lei")
    desk.say(chat, "Li Lei", "Hello, how can I help?")
    page.run()
    assert "Li Lei is helping you" in shown(page)
    assert "Hello, how can I help?" in shown(page)
    page = ask(page, home, chat, "my parcel is lost")
    assert [t.role for t in store.conversations.turns(chat)] == ["agent", "customer"]
    desk.apply(chat, "give_back", "Li Lei")
    page = ask(page, home, chat, "thank you")
    assert store.conversations.turns(chat)[-1].role == "bot"


def test_an_offer_can_be_taken_or_declined(home, store, chat):
    store.conversations.start("en", chat)
    Handoff(store).apply(chat, "offer")
    page = opened()
    button(page, "no").click().run()
    assert store.conversations.get(chat).state == "bot"
    Handoff(store).apply(chat, "offer")
    page.run()
    button(page, "yes").click().run()
    assert store.conversations.get(chat).state == "queued"


def test_a_closed_chat_opens_again_by_writing(home, store, chat):
    page = ask(opened(), home, chat, "hello")
    Handoff(store).apply(chat, "close", "Li Lei")
    page.run()
    assert say("closed", "en") in shown(page)
    ask(page, home, chat, "one more thing")
    assert store.conversations.turns(chat)[-1].text == "You asked: one more thing"


def test_a_new_chat_leaves_the_old_one_and_survives_a_reload(home, store, visitor, chat):
    page = ask(opened(), home, chat, "hello")
    button(page, "new").click().run()
    assert "How can I help?" in shown(page)
    second = conversation_id(visitor, 1)
    ask(page, home, second, "another matter")
    assert "another matter" in shown(opened())
    assert len(store.conversations.turns(chat)) == 2


def test_another_visitor_sees_nothing_of_it(home, chat, monkeypatch):
    ask(opened(), home, chat, "my secret")
    monkeypatch.setattr("ui.doors.visitor_in", lambda cookies: "somebody else")
    assert "my secret" not in shown(opened())


def test_the_language_is_the_customers_choice_and_is_kept(home, store, chat):
    page = ask(opened(), home, chat, "hello")
    button(page, "other_language").click().run()
    assert "人工客服" in [b.label for b in page.button]
    assert store.conversations.get(chat).language == "zh"


def test_a_failing_engine_gives_a_sentence_and_a_person(home, store, chat):
    page = ask(opened(), home, chat, "please explode now")
    assert say("sorry_handed", "en").replace("'", "&#x27;") in shown(page)
    assert "RuntimeError" not in shown(page)
    assert "Waiting for a person" in shown(page)


def test_a_click_while_an_answer_is_said_does_not_stop_it(settings, store, chat):
    home = House(settings, store, Replies(EchoEngine(store, 0.15), store))
    house_module.move_in(home)
    try:
        page = opened()
        page.chat_input[0].set_value("one two three four five six").run()
        assert home.replies.busy(chat)
        button(page, "other_language").click().run()
        button(page, "other_language").click().run()
        settled(page, home, chat)
        assert store.conversations.turns(chat)[-1].text == "You asked: one two three four five six"
    finally:
        house_module.move_in(None)
