"""Journeys through both pages in a real browser, the store read beside it."""

import re
import time

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
PHONE = {"viewport": {"width": 390, "height": 844}}


def write(page, text):
    # `serve` counts as ready before a page has drawn, so wait for the box itself.
    box = page.locator("[data-testid=stChatInput] textarea")
    box.fill(text)
    box.press("Enter")


def bubble(page, text, role="bot"):
    return page.locator(f".kf-{role} .kf-bubble").filter(has_text=text)


def key(page, name):
    """Return the visible button of a Streamlit key, given exactly or by its beginning."""
    return page.locator(f'[class*="st-key-{name}"] button').locator("visible=true")


def sign_in(page):
    page.wait_for_url("**/sign-in")
    page.fill("#name", "李雷")
    page.fill("#password", "password1")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("Waiting for a person")).to_be_visible()


def chats(site, words):
    """Return the ids of the chats whose first message is `words`."""
    return [
        row["id"] for row in site.store.conversations.overview(limit=100) if row["title"] == words
    ]


def test_an_answer_streams_and_a_click_does_not_stop_it(site, person, eventually):
    page = person(site.chat)
    write(page, "first question")
    expect(bubble(page, "You asked: first question")).to_be_visible()
    expect(key(page, "wrong-")).to_be_visible()
    long = " ".join(f"word{n}" for n in range(24))
    write(page, long)
    growing = bubble(page, "You asked: word0")
    expect(growing).to_be_visible()
    assert "word23" not in growing.inner_text()
    key(page, "wrong-").first.click()
    expect(page.get_by_text("What was wrong?")).to_be_visible()
    assert "word23" not in growing.inner_text()
    expect(bubble(page, f"You asked: {long}")).to_be_visible(timeout=20_000)
    [chat] = chats(site, "first question")
    turns = site.store.conversations.turns(chat)
    assert [t.text for t in turns[2:]] == [long, f"You asked: {long}"]
    assert site.store.conversations.reviews("customer", chat)[0].turn == turns[1].id
    assert page.foreign == []


def test_a_reload_in_the_middle_of_an_answer_keeps_everything(site, person):
    page = person(site.chat)
    write(page, "one two three four five six seven eight nine ten")
    expect(bubble(page, "You asked: one")).to_be_visible()
    page.reload()
    expect(bubble(page, "one two three", "customer")).to_be_visible()
    expect(bubble(page, "nine ten")).to_be_visible()
    expect(page.locator(".kf-customer .kf-bubble")).to_have_count(1)
    expect(page.locator(".kf-bot .kf-bubble")).to_have_count(1)


def test_a_link_is_no_key(site, person):
    page = person(site.chat)
    write(page, "my private matter")
    expect(bubble(page, "my private matter", "customer")).to_be_visible()
    other = person(page.url)
    expect(other.get_by_text("How can I help?")).to_be_visible()
    assert other.get_by_text("my private matter").count() == 0
    assert "HttpOnly" not in page.evaluate("document.cookie")
    assert "kefu" not in page.evaluate("document.cookie")


def test_markup_is_shown_and_never_run(site, person):
    page = person(site.chat)
    nasty = "<img src=x onerror=\"document.title='owned'\"> **bold** $x^2$"
    write(page, nasty)
    expect(bubble(page, "**bold** $x^2$", "customer")).to_contain_text("<img src=x")
    expect(bubble(page, "You asked:")).to_contain_text("**bold** $x^2$")
    assert page.title() != "owned"


def test_a_phone_sees_everything_without_scrolling_sideways(site, person):
    page = person(site.chat, locale="zh-CN", **PHONE)
    expect(page.get_by_text("不是真人")).to_be_visible()
    page.get_by_role("button", name="几天能发货").click()
    expect(bubble(page, "48")).to_be_visible()
    page.locator("summary").click()
    expect(page.locator("details li")).to_be_visible()
    expect(key(page, "person")).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.evaluate("document.querySelector('.stMain').scrollWidth") <= 390
    key(page, "other_language").click()
    expect(page.get_by_role("button", name="Talk to a person")).to_be_in_viewport()


def test_a_long_message_is_refused_and_stays_in_the_box(site, person):
    page = person(site.chat)
    write(page, "a" * 20_000)
    expect(page.get_by_text("20,000 characters")).to_be_visible()
    expect(page.locator("[data-testid=stChatInput] textarea")).to_have_value("a" * 20_000)


def test_from_the_customer_to_a_person_and_back(site, person, eventually):
    customer = person(site.chat)
    write(customer, "where is my parcel")
    expect(bubble(customer, "You asked: where")).to_be_visible()
    key(customer, "person").click()
    expect(customer.get_by_text("Waiting for a person.")).to_be_visible()
    desk = person(site.desk)
    sign_in(desk)
    expect(desk).to_have_title(re.compile(r"^\(\d+\) Service desk"))
    desk.locator('[class*="st-key-pick-queue"] button').filter(
        has_text="where is my parcel"
    ).click()
    desk.get_by_role("button", name="Take over").click()
    expect(customer.get_by_text("李雷 is helping you")).to_be_visible()
    write(desk, "Hello, I am looking into it")
    sent = time.monotonic()
    expect(bubble(customer, "Hello, I am looking into it", "agent")).to_be_visible()
    assert time.monotonic() - sent < 6
    write(customer, "thank you so much")
    expect(bubble(desk, "thank you so much", "customer")).to_be_visible()
    [chat] = chats(site, "where is my parcel")
    assert [t.role for t in site.store.conversations.turns(chat)][-2:] == ["agent", "customer"]
    desk.get_by_role("button", name="Give back to the assistant").click()
    expect(customer.get_by_text("The assistant is back")).to_be_visible()
    write(customer, "are you a machine")
    expect(bubble(customer, "You asked: are you a machine")).to_be_visible()


def test_waiting_can_be_cancelled_and_outlives_a_reload(site, person):
    page = person(site.chat)
    expect(page.get_by_text("How can I help?")).to_be_visible()
    key(page, "person").click()
    expect(page.get_by_text("Waiting for a person.")).to_be_visible()
    page.reload()
    expect(page.get_by_text("Waiting for a person.")).to_be_visible()
    key(page, "cancel").click()
    expect(page.get_by_text("Waiting for a person.")).to_have_count(0)


def test_the_desk_stays_signed_in_over_a_reload_until_signing_out(site, person):
    desk = person(site.desk)
    sign_in(desk)
    desk.reload()
    expect(desk.get_by_text("Waiting for a person")).to_be_visible()
    other = desk.context.new_page()
    other.goto(f"{site.desk}/knowledge")
    expect(other.get_by_role("button", name="Add FAQ")).to_be_visible()
    desk.get_by_role("button", name="Sign out").click()
    desk.wait_for_url("**/sign-in")
    other.goto(f"{site.desk}/knowledge")
    other.wait_for_url("**/sign-in")
    assert desk.foreign == []


def test_a_faq_added_at_the_desk_is_offered_to_customers(site, person, eventually):
    desk = person(site.desk)
    sign_in(desk)
    desk.get_by_role("link", name=re.compile("Knowledge")).click()
    desk.get_by_role("button", name="Add FAQ").click()
    desk.get_by_label("Question").nth(1).fill("Do you gift-wrap?")
    desk.get_by_role("button", name="Save").click()
    expect(desk.get_by_text("the answer is missing")).to_be_visible()
    desk.get_by_label("Answer").nth(1).fill("Yes, free of charge.")
    desk.get_by_role("button", name="Save").click()
    expect(desk.get_by_text("Customers get this answer within seconds")).to_be_visible()
    eventually(lambda: site.store.knowledge.faqs(contains="gift-wrap"))
    page = person(site.chat)
    write(page, "Do you gift-wrap?")
    expect(bubble(page, "Yes, free of charge.")).to_be_visible()


def test_the_desk_on_a_phone_shows_the_chosen_chat_and_the_way_back(site, person):
    customer = person(site.chat)
    write(customer, "seen on a phone")
    expect(bubble(customer, "You asked: seen")).to_be_visible()
    desk = person(site.desk, **PHONE)
    sign_in(desk)
    desk.locator('[class*="st-key-pick-recent"] button').filter(has_text="seen on a phone").click()
    expect(bubble(desk, "seen on a phone", "customer")).to_be_in_viewport()
    expect(desk.get_by_role("button", name="Take over")).to_be_in_viewport()
    key(desk, "all").click()
    expect(
        desk.get_by_text("Nobody is waiting.").or_(key(desk, "pick-queue")).first
    ).to_be_visible()
