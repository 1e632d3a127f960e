"""Pictures of both pages for a person to judge: `python tests/browser/screenshots.py FOLDER`.

Desktop and phone, Chinese and English, light and dark, served with the echo engine.
"""

import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1])]

from conftest import FLAGS, chromium, start, stop  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402

from assistant.dialogue.handoff import Handoff  # noqa: E402
from assistant.records import Conversation, Review, Source, Turn  # noqa: E402

SIZES = {"wide": (1280, 800), "phone": (390, 844)}
LOCALES = {"zh": "zh-CN", "en": "en-GB"}
QUESTIONS = {
    "zh": ("几天能发货？", "人工客服", "登录"),
    "en": ("When will my order ship?", "Talk to a person", "Sign in"),
}


def past(store) -> None:
    """Fill three weeks with chats, so that lists and figures have something to show."""
    source = Source("faq", "back-zh", "退货需要多久？", "仓库收到后 3 个工作日内退款。", 0.92)
    rows = (
        ("退货要多久能到账？", "仓库收到后 3 个工作日内退款。", "answer", "zh"),
        (
            "Do you ship to Canada?",
            "I'm sorry, I have no approved answer to that.",
            "decline",
            "en",
        ),
        ("可以货到付款吗", "抱歉，我手头的资料里没有这个问题的答案。", "decline", "zh"),
        ("谢谢", "不客气，还有其他问题随时问我。", "template", "zh"),
        ("how do i get an invoice", "Open My orders and press Request invoice.", "answer", "en"),
        ("发票", "您想了解的是下面这些吗？", "clarify", "zh"),
    )
    now = datetime.now(UTC)
    for number in range(54):
        at = (now - timedelta(days=number * 7 % 23, minutes=30 + number)).isoformat(
            timespec="milliseconds"
        )
        asked, said, action, language = rows[number * 5 % 7 % 6]
        chat, sources = f"past{number}", (source,) if action == "answer" else ()
        turns = [
            Turn(f"q{number}", chat, at, "customer", asked, language),
            Turn(
                f"a{number}",
                chat,
                at,
                "bot",
                said,
                language,
                action=action,
                origin="model",
                confidence=0.5 + number % 5 / 10,
                sources=sources,
            ),
        ]
        head = Conversation(chat, at, language, "bot", title=asked, source="chat")
        store.conversations.add_conversations([(head, turns)])
        if number % 3 == 0:
            verdict = "wrong" if number % 4 == 0 else "right"
            store.conversations.review(
                Review(f"a{number}", verdict, chat, "old", at=at), "customer"
            )
    for number in (1, 2):
        Handoff(store).request(f"past{number}")


def chat_pictures(page, address, language, shoot):
    question, person, _ = QUESTIONS[language]
    page.goto(address)
    page.get_by_text(question).first.wait_for()
    shoot("chat-1-greeting")
    page.get_by_role("button", name=question).click()
    page.wait_for_timeout(900)
    shoot("chat-2-streaming")
    page.locator("summary").click()
    shoot("chat-3-sources")
    page.locator('[class*="st-key-wrong-"] button').locator("visible=true").click()
    shoot("chat-4-reason")
    page.get_by_role("button", name=person).click()
    page.locator(".kf-banner-waiting").wait_for()
    shoot("chat-5-waiting")


def desk_pictures(page, address, language, shoot):
    page.goto(address)
    page.wait_for_url("**/sign-in")
    shoot("desk-1-sign-in")
    page.fill("#name", "李雷")
    page.fill("#password", "password1")
    page.get_by_role("button", name=QUESTIONS[language][2]).click()
    page.locator('[class*="st-key-pick-"] button').first.wait_for()
    shoot("desk-2-queue")
    page.locator('[class*="st-key-pick-queue"] button').first.click()
    page.locator(".st-key-do-take button, .st-key-do-give_back button").first.click()
    page.wait_for_timeout(1500)
    box = page.locator("[data-testid=stChatInput] textarea")
    if box.count():
        box.fill("您好，我来帮您查一下。")
        box.press("Enter")
    shoot("desk-3-conversation")
    page.goto(f"{address}/knowledge")
    page.locator('[class*="st-key-edit-"] button').first.wait_for()
    shoot("desk-4-knowledge")
    page.locator('[class*="st-key-edit-"] button').first.click()
    page.locator(".st-key-save button").wait_for()
    shoot("desk-5-form")
    page.goto(f"{address}/figures")
    page.locator("[data-testid=stMetric]").first.wait_for()
    page.wait_for_timeout(2000)
    shoot("desk-6-figures")


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        site, process = start(Path(home), pause="0.3")
        past(site.store)
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        try:
            for size, (width, height) in SIZES.items():
                for language, locale in LOCALES.items():
                    for scheme in ("light", "dark"):
                        context = browser.new_context(
                            viewport={"width": width, "height": height},
                            locale=locale,
                            color_scheme=scheme,
                            timezone_id="Asia/Shanghai",
                        )
                        page = context.new_page()

                        def shoot(name, page=page, end=f"{size}-{language}-{scheme}"):
                            page.wait_for_timeout(700)
                            page.screenshot(path=folder / f"{name}-{end}.png")

                        chat_pictures(page, site.chat, language, shoot)
                        desk_pictures(page, site.desk, language, shoot)
                        context.close()
                        site.store.remember("desk language 李雷", "")
        finally:
            browser.close()
            stop(process)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "screenshots"))
