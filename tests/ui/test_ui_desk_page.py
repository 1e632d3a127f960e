"""The desk without a browser: the queue, the person's part, reviews, knowledge and figures."""

import dataclasses
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from assistant.dialogue.handoff import Handoff
from assistant.records import Turn
from ui.access import Person, keep_language

SCRIPT = str(Path(__file__).parents[2] / "ui" / "desk.py")


@pytest.fixture
def signed_in(monkeypatch, store):
    """Sign a person in and return a function that changes who it is."""

    def as_person(person):
        monkeypatch.setattr("ui.access.person_in", lambda store, cookies: person)
        if person:
            keep_language(store, person, "en")

    as_person(Person("Li Lei", "agent"))
    return as_person


@pytest.fixture
def chat(store):
    """Return a chat that waits for a person."""
    chat = store.conversations.start("en").id
    store.conversations.add(Turn("", chat, "", "customer", "My *parcel* is lost", "en"))
    store.conversations.add(
        Turn("reply", chat, "", "bot", "It is on its way.", "en", action="answer", confidence=0.42)
    )
    Handoff(store).request(chat, "asked on the page")
    return chat


def opened(page="conversations", **query):
    desk = AppTest.from_file(SCRIPT, default_timeout=20)
    for name, value in query.items():
        desk.query_params[name] = value
    desk.run()
    if page != "conversations":
        desk.session_state["wanted"] = page
        desk.switch_page(page).run()
    return desk


def shown(page):
    assert not page.exception
    return "\n".join(h.proto.body for h in page.get("html"))


def button(page, key):
    return next(b for b in page.button if b.key == key)


def test_without_a_session_nothing_is_shown(home, signed_in, chat):
    signed_in(None)
    page = opened()
    assert "parcel" not in shown(page)
    assert "/sign-in" in shown(page)


def test_an_ended_session_counts_at_the_next_drawing(home, signed_in, chat):
    page = opened(c=chat)
    assert "My *parcel* is lost" in shown(page)
    signed_in(None)
    page.run()
    assert "parcel" not in shown(page)


def test_the_queue_shows_who_waits_longest_first(home, signed_in, store, chat):
    later = store.conversations.start("en").id
    store.conversations.add(Turn("", later, "", "customer", "Second", "en"))
    Handoff(store).request(later)
    keys = [b.key for b in opened().button if b.key and b.key.startswith("pick-queue-")]
    assert keys == [f"pick-queue-{chat}", f"pick-queue-{later}"]


def test_taking_over_replying_and_giving_back(home, signed_in, store, chat):
    page = opened(c=chat)
    assert not page.chat_input
    button(page, "do-take").click().run()
    page.chat_input[0].set_value("I'm looking into it").run()
    assert store.conversations.turns(chat)[-1].author == "Li Lei"
    assert "I&#x27;m looking into it" in shown(page)
    button(page, "do-give_back").click().run()
    assert store.conversations.get(chat).state == "bot"
    assert not page.chat_input


def test_a_chat_taken_by_another_is_not_taken_again(home, signed_in, store, chat):
    page = opened(c=chat)
    Handoff(store).apply(chat, "take", "Han Meimei")
    button(page, "do-take").click().run()
    assert store.conversations.get(chat).agent == "Han Meimei"
    assert "Han Meimei has this conversation" in shown(page)
    assert "do-give_back" not in [b.key for b in page.button]
    signed_in(Person("Boss", "admin"))
    page = opened(c=chat)
    button(page, "do-requeue").click().run()
    assert store.conversations.get(chat).state == "queued"


def test_closing_ends_the_chat(home, signed_in, store, chat):
    page = opened(c=chat)
    button(page, "do-close").click().run()
    assert store.conversations.get(chat).state == "closed"


def test_a_review_with_a_better_answer_is_kept(home, signed_in, store, chat):
    page = opened(c=chat)
    page.radio(key="verdict-reply").set_value("wrong")
    page.text_area(key="better-reply").set_value("It was lost. We send a new one.")
    button(page, "keep-reply").click().run()
    [review] = store.conversations.reviews("staff")
    assert (review.turn, review.verdict, review.by) == ("reply", "wrong", "Li Lei")
    assert review.better == "It was lost. We send a new one."
    assert "Li Lei: wrong" in shown(page)
    assert "42% sure" in shown(page)


def knowledge():
    page = opened()
    return goto(page, "knowledge")


def goto(page, name):
    """Open another page of the desk, as its navigation does."""
    page._page_hash = next(
        p._script_hash for n, p in page.session_state["pages"].items() if n == name
    )
    return page.run()


def fill(page, **values):
    number = page.session_state["form_number"]
    for name, value in values.items():
        key = f"f{number}-{name.replace('_', '-')}"
        next(
            w for w in (*page.text_input, *page.text_area, *page.selectbox) if w.key == key
        ).set_value(value)
    button(page, "save").click().run()
    return page


def test_a_new_faq_is_saved_in_both_languages_and_waits_to_be_encoded(home, signed_in, store):
    page = knowledge()
    button(page, "add").click().run()
    fill(
        page,
        zh_question="能开发票吗",
        zh_answer="可以。",
        en_question="Invoice?",
        en_answer="Yes.",
        en_similar="A bill?",
    )
    saved = [f for f in store.knowledge.faqs() if f.source == "desk"]
    assert {f.language: f.answer for f in saved} == {"zh": "可以。", "en": "Yes."}
    assert len({f.pair for f in saved}) == 1
    assert saved[0].author == "Li Lei"
    assert store.knowledge.counts()["pending"] >= 3
    assert "Invoice?" in shown(page)


def test_a_bad_form_stays_open_with_its_text_and_sentences(home, signed_in, store):
    page = knowledge()
    button(page, "add").click().run()
    fill(page, en_question="Invoice?", url="ftp://x")
    assert "the answer is missing" in shown(page)
    assert "A link must begin with" in shown(page)
    assert "Invoice?" in [w.value for w in page.text_input]
    assert not [f for f in store.knowledge.faqs() if f.source == "desk"]


def test_editing_and_a_change_by_somebody_else(home, signed_in, store):
    page = knowledge()
    button(page, "edit-ship").click().run()
    fill(page, en_answer="Within 24 hours.")
    assert store.knowledge.faq("ship-en").answer == "Within 24 hours."
    button(page, "edit-ship").click().run()
    store.knowledge.set_status(["ship-en"], "draft", encoder="")
    fill(page, en_answer="Never.")
    assert "Somebody changed this entry" in shown(page)
    assert store.knowledge.faq("ship-en").answer == "Within 24 hours."


def test_retiring_and_restoring(home, signed_in, store):
    page = knowledge()
    button(page, "status-ship").click().run()
    assert {f.status for f in store.knowledge.faqs()} == {"retired"}
    button(page, "status-ship").click().run()
    assert {f.status for f in store.knowledge.faqs()} == {"published"}


def test_a_search_narrows_the_list(home, signed_in):
    page = knowledge()
    page.text_input(key="search").set_value("发货").run()
    assert "When will it ship?" in shown(page)
    page.text_input(key="search").set_value("nothing like it").run()
    assert "No entry matches." in shown(page)


def test_figures_are_drawn_and_a_gap_becomes_a_form(home, signed_in, store, chat):
    other = store.conversations.start("en").id
    store.conversations.add(Turn("", other, "", "customer", "Do you sell moons?", "en"))
    store.conversations.add(Turn("", other, "", "bot", "I don't know.", "en", action="decline"))
    page = goto(opened(), "figures")
    assert [m.value for m in page.metric][:2] == ["2", "2"]
    assert "Do you sell moons?" in shown(page)
    button(page, "gap-0").click().run()
    assert "Do you sell moons?" in [w.value for w in page.text_input]


def dial_page():
    import streamlit as st

    from ui.desk_dial import draw_dial

    st.session_state.language = "en"
    draw_dial()


@pytest.mark.parametrize(
    ("risk", "sentence"),
    [
        (0.1, "at most 10% of answers wrong, about 50% of questions are answered (from a confidence of 0.90)"),
        (0.0, "the dial is off; from a confidence of 0.25 about 100% of questions are answered, about 50% of these wrongly"),
    ],
)
def test_the_risk_dial_tells_what_it_buys_and_whether_it_is_a_promise(home, tmp_path, monkeypatch, risk, sentence):
    from assistant.knowledge.confidence import FEATURES, Confidence, Logistic
    from ui import desk_dial

    judged = ((0.9, True),) * 150 + ((0.3, False),) * 150
    model = Logistic((0.0,) * len(FEATURES), 0.0)
    Confidence({"en": model}, judged={"en": judged}, own={"en": 120}).save(tmp_path)
    monkeypatch.setattr(desk_dial, "current_folder", lambda settings, store, part: tmp_path)
    policy = dataclasses.replace(home.settings.policy, risk=risk, answer_at=0.25)
    home.settings = dataclasses.replace(home.settings, policy=policy)
    desk_dial.serving.clear()
    page = AppTest.from_function(dial_page, default_timeout=20).run()
    desk_dial.serving.clear()
    said = shown(page)
    assert sentence in said
    assert "An estimate from 300 labelled questions, 120 of them your own" in said
    assert len(page.get("vega_lite_chart")) == 2
    counted = desk_dial.binned({"en": judged})
    assert [c for c in counted if c[3]] == [("en", "0.3", False, 150), ("en", "0.9", True, 150)] and len(counted) == 20


def test_a_dial_that_is_off_promises_nothing_and_calls_many_own_questions_no_estimate(home, tmp_path, monkeypatch):
    from assistant.knowledge.confidence import FEATURES, Confidence, Logistic
    from ui import desk_dial

    judged = {"en": ((0.9, True),) * 150 + ((0.3, False),) * 150}
    Confidence({"en": Logistic((0.0,) * len(FEATURES), 0.0)}, judged=judged, own={"en": 250}).save(tmp_path)
    monkeypatch.setattr(desk_dial, "current_folder", lambda settings, store, part: tmp_path)
    desk_dial.serving.clear()
    said = shown(AppTest.from_function(dial_page, default_timeout=20).run())
    desk_dial.serving.clear()
    assert "Measured on 250 labelled questions of your own." in said
    assert "stimate" not in said and "romise" not in said
