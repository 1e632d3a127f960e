"""Both pages served for real with the echo engine, and a Chromium to look at them.

Without a Chromium these tests are skipped, saying so; with KEFU_BROWSER=required that is a failure.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from assistant.records import Faq
from assistant.settings import ROOT, Settings
from assistant.store import Store

HERE = Path(__file__).resolve().parent
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
FAQS = (
    (
        "ship",
        "物流",
        "几天能发货？",
        "下单后 48 小时内发货。",
        "When will my order ship?",
        "Orders ship within 48 hours.",
    ),
    (
        "bill",
        "发票",
        "怎么开发票？",
        "在「我的订单」里点「申请发票」。",
        "How do I get an invoice?",
        "Open My orders and press Request invoice.",
    ),
    (
        "back",
        "售后",
        "退货需要多久？",
        "仓库收到后 3 个工作日内退款。",
        "How long do returns take?",
        "We refund within 3 working days of receipt.",
    ),
)
START = (
    "import sys; from ui.server import serve; from assistant.settings import load; "
    "sys.exit(serve(load(), (sys.executable, sys.argv[1])))"
)


def chromium() -> str:
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((path for name in names if (path := shutil.which(name))), "")


@dataclass
class Site:
    """Two pages being served and the store behind them."""

    chat: str
    desk: str
    store: Store


def free_ports() -> list[int]:
    sockets = [socket.socket() for _ in range(2)]
    for s in sockets:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def fill(store: Store) -> None:
    store.people.add("李雷", "password1")
    store.knowledge.save_faqs(
        [
            faq
            for pair, category, zh, said, en, answer in FAQS
            for faq in (
                Faq(f"{pair}-zh", zh, said, "zh", pair=pair, category=category),
                Faq(f"{pair}-en", en, answer, "en", pair=pair, category=category),
            )
        ],
        encoder="",
    )


def start(home: Path, pause: str = "0.25") -> tuple[Site, subprocess.Popen]:
    """Serve both pages from `home`; returns the site and the process of `serve`."""
    chat, desk = free_ports()
    settings = Settings(home=home)
    store = Store.open(settings.database)
    fill(store)
    env = {
        **os.environ,
        "KEFU_HOME": str(home),
        "KEFU_CHAT_PORT": str(chat),
        "ECHO_PAUSE": pause,
        "KEFU_CHAT_DESK_PORT": str(desk),
        "PYTHONPATH": str(ROOT),
        "KEFU_COMPANY_NAME_ZH": "栗子数码",
        "KEFU_COMPANY_NAME_EN": "Chestnut Electronics",
    }
    log = open(home / "serve.log", "w+")  # noqa: SIM115
    process = subprocess.Popen(
        [sys.executable, "-c", START, str(HERE / "echo_server.py")],
        env=env,
        cwd=home,
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
    )
    lines = [process.stdout.readline(), process.stdout.readline()]
    if "Desk" not in lines[1]:
        log.seek(0)
        raise RuntimeError(f"serve did not start: {lines} {log.read()}")
    return Site(f"http://127.0.0.1:{chat}", f"http://127.0.0.1:{desk}", store), process


def stop(process: subprocess.Popen) -> int:
    process.send_signal(signal.SIGTERM)
    try:
        return process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


@pytest.fixture(scope="session")
def browser():
    path = chromium()
    if not path:
        line = "No chromium, chromium-browser or google-chrome found: the pages were not driven."
        if os.environ.get("KEFU_BROWSER") == "required":
            pytest.fail(line)
        pytest.skip(line)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def site(browser, tmp_path_factory):
    site, process = start(tmp_path_factory.mktemp("home"))
    yield site
    stop(process)


@pytest.fixture
def person(browser):
    """Return a function that opens a page as a new person, in English unless told."""
    contexts = []

    def opened(address: str, locale: str = "en-GB", **options):
        context = browser.new_context(locale=locale, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.foreign = []
        page.on(
            "request",
            lambda r: (
                None
                if r.url.startswith((address, "data:", "blob:"))
                else page.foreign.append(r.url)
            ),
        )
        page.goto(address)
        return page

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture
def eventually():
    def wait(condition, seconds: float = 15.0):
        end = time.monotonic() + seconds
        while not (value := condition()):
            assert time.monotonic() < end, "it did not happen in time"
            time.sleep(0.1)
        return value

    return wait
