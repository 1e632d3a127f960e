"""What pages show, as pure functions: nothing twice, nothing lost, nothing taken for markup."""

from datetime import UTC, datetime

import pytest

from assistant.records import Event, Faq, Source, Turn
from ui import bubbles, view
from ui.replies import Progress
from ui.wording import names, say


def turn(id, role, text="x", at="2026-11-24T08:00:00.000+00:00"):
    return Turn(id, "c", at, role, text)


@pytest.mark.parametrize(
    ("stored", "questions", "answer"),
    [
        ([], ("q",), "so far"),
        (["customer"], (), "so far"),
        (["customer", "bot"], (), None),
    ],
)
def test_what_is_stored_is_not_drawn_again(stored, questions, answer):
    turns = [turn("old", "bot"), *(turn(f"new{r}", r) for r in stored)]
    progress = [Progress("q", "en", "so far", started=True, after="old")]
    now = view.live(turns, progress, "bot")
    assert (now.questions, now.answer) == (questions, answer)


def test_nobody_seems_to_type_while_a_person_has_the_chat():
    progress = [Progress("q", "en", started=True)]
    assert view.live([turn("1", "customer")], progress, "human").answer is None
    assert view.live([turn("1", "customer")], progress, "bot").answer == ""


def test_questions_that_wait_are_shown_in_order():
    progress = [Progress("one", "en", started=True, after="old"), Progress("two", "en")]
    now = view.live([turn("old", "bot")], progress, "bot")
    assert now.questions == ("one", "two")
    assert now.queued == 1


def test_notes_stand_where_they_happened():
    turns = [
        turn("1", "customer", at="2026-11-24T08:00:00+00:00"),
        turn("2", "agent", at="2026-11-24T08:02:00+00:00"),
    ]
    events = [
        Event("c", "2026-11-24T08:01:00+00:00", "take", "Li Lei"),
        Event("c", "2026-11-24T08:01:30+00:00", "reopen"),
    ]
    kinds = [
        i.text if isinstance(i, view.Note) else i.id for i in view.timeline(turns, events, "en")
    ]
    assert kinds == ["1", "Li Lei joined the chat", "2"]


def test_messages_that_are_refused_are_told_why():
    assert view.problem_with("hello", 10, "en") == ""
    assert view.problem_with(" \u200b\n", 10, "zh") == "请先写下您的问题。"
    assert "20,000 characters; 2,000 is the most" in view.problem_with("a" * 20_000, 2000, "en")


def test_suggestions_spread_over_categories_and_skip_what_is_not_valid():
    faqs = [
        Faq("1", "a1", "", "en", category="a"),
        Faq("2", "a2", "", "en", category="a"),
        Faq("3", "b1", "", "en", category="b"),
        Faq("4", "late", "", "en", category="c", valid_until="2020-01-01"),
    ]
    assert view.suggestions((), faqs, "2026-11-24") == ["a1", "b1", "a2"]
    assert view.suggestions(("own",), faqs, "2026-11-24") == ["own"]


def test_a_chat_id_does_not_give_the_cookie_away_and_differs_by_number():
    one, two = view.conversation_id("secret", 0), view.conversation_id("secret", 1)
    assert one != two
    assert "secret" not in one
    assert len(one) == 32


def test_times_are_the_visitors_own():
    now = datetime(2026, 11, 24, 20, tzinfo=UTC)
    assert view.clock("2026-11-24T17:30:00+00:00", "Asia/Shanghai", now) == "01:30"
    assert view.clock("2026-11-23T08:00:00+00:00", "Asia/Shanghai", now) == "11-23 16:00"
    assert view.clock("2026-11-24T17:30:00+00:00", "No/Where", now) == "17:30"
    assert view.waited("2026-11-24T18:55:00+00:00", "en", now) == "1 h 5 min"
    assert view.waited("2026-11-24T19:59:30+00:00", "zh", now) == "30 秒"
    assert view.waits_long("2026-11-24T19:55:00+00:00", now)


def test_the_queue_is_told_in_plain_words():
    assert "You are next" in view.queue_line(0, "en")
    assert "1 person ahead" in view.queue_line(1, "en")
    assert "前面还有 3 位" in view.queue_line(3, "zh")


def test_text_from_outside_stays_text():
    nasty = '<img src=x onerror=alert(1)> "quoted" & *stars*'
    html = bubbles.bubble("customer", nasty, nasty)
    assert "<img" not in html
    assert "&lt;img src=x onerror=alert(1)&gt;" in html
    assert "*stars*" in html


def test_addresses_become_links_and_nothing_else_does():
    html = bubbles.linked(
        '见 https://shop.example/a?b=1&c=2。 javascript:alert(1) http://x"onclick="y'
    )
    assert 'href="https://shop.example/a?b=1&amp;c=2"' in html
    assert html.count("<a ") == 2
    assert 'href="javascript' not in html
    assert 'onclick="y' not in html


def test_another_customers_words_are_not_shown_to_customers():
    source = Source("past_reply", "r1", "Mr Wang asks about order 5", "He lives in Wuhan", 0.9)
    assert "Wang" not in bubbles.sources([source], "en")
    assert "Wuhan" not in bubbles.sources([source], "en")
    assert "Wang" in bubbles.sources([source], "en", staff=True)
    path = Source("document", "d1", "Manual", "text", 0.9, url="/srv/files/manual.pdf")
    assert "href" not in bubbles.sources([path], "en")


def test_labels_show_markdown_as_it_is():
    assert bubbles.literal("**a** [b](c) :red[d]") == r"\*\*a\*\* \[b\]\(c\) \:red\[d\]"


def test_every_sentence_exists_in_both_languages():
    for name in names():
        zh, en = say(name, "zh"), say(name, "en")
        assert zh
        assert en
        assert not any("\u4e00" <= c <= "\u9fff" for c in en), name
