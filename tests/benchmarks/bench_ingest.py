"""How fast knowledge comes in, and what a chat feels of it: `python bench_ingest.py [FAQ_FILE]`.

Imports a FAQ file into a new home while another process stores turns, each against a peer of the same
run: importing against encoding the same texts with bare sentence-transformers, storing a turn during the
import against storing it before. Then serves the home, adds one FAQ by command, and asks for it on the page.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from assistant.assembly import open_store
from assistant.knowledge.embedders import load_embedder
from assistant.records import Turn
from assistant.settings import SAMPLE, load
from ingest.readers.faqs import read_faqs
from tests.browser.conftest import FLAGS, chromium, free_ports

BIN = Path(sys.executable).parent
QUESTION, ANSWER = "Do you repair accordions?", "Yes, the workshop in Hall 9 repairs accordions within 12 days."


def command(*words: str) -> tuple[float, dict]:
    """Run a command with --json; returns (seconds, its result)."""
    began = time.perf_counter()
    done = subprocess.run([*words, "--json"], capture_output=True, text=True, check=True)
    return time.perf_counter() - began, json.loads(done.stdout)


class Chatting:
    """Stores a turn every 20 ms and keeps the milliseconds that each took."""

    def __init__(self, store):
        self._store, self._stop, self.ms = store, threading.Event(), []
        self._conversation = store.conversations.start("en").id
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        while not self._stop.wait(0.02):
            began = time.perf_counter()
            self._store.conversations.add(Turn("", self._conversation, "", "customer", "hello", "en"))
            self.ms.append((time.perf_counter() - began) * 1e3)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *error):
        self._stop.set()
        self._thread.join()

    def p(self, share: float) -> float:
        return statistics.quantiles(self.ms, n=100)[round(share * 100) - 1]


def importing(home: str, path: Path) -> None:
    store = open_store(load(home))
    with Chatting(store) as before:
        time.sleep(5)
    with Chatting(store) as during:
        seconds, report = command(str(BIN / "ingest"), "faq", "import", str(path), "--home", home)
    rows = report["added"]
    texts = [t for f in read_faqs(path, require_answers=False).faqs for t in (*f.phrasings(), f.answer) if t]
    embedder = load_embedder(load(home))
    embedder.encode(texts[:64])
    began = time.perf_counter()
    embedder.model.encode(sorted(set(texts), key=len), batch_size=64, show_progress_bar=False)
    bare = time.perf_counter() - began
    print(f"import: {rows} rows in {seconds:.1f} s with the start of the command, {rows / seconds:.0f} rows/s")
    print(f"  against bare encoding of the same {len(set(texts))} texts, {bare:.1f} s: {seconds / bare:.2f} times as long")
    for name, chat in (("before", before), ("during", during)):
        print(f"  storing a turn {name} the import: p50 {chat.p(0.5):.1f} ms, p95 {chat.p(0.95):.1f} ms, n {len(chat.ms)}")
    print(f"  p95 during against before: {during.p(0.95) / before.p(0.95):.2f} times")


def adding(home: str) -> None:
    from playwright.sync_api import sync_playwright

    chat, desk = free_ports()
    began = time.perf_counter()
    serving = subprocess.Popen(
        [str(BIN / "assistant"), "serve", "--home", home, "--port", str(chat), "--desk-port", str(desk)],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env={**os.environ},
    )
    try:
        assert "Customers" in serving.stdout.readline()
        print(f"serve: ready after {time.perf_counter() - began:.1f} s")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
            page = browser.new_page(locale="en-GB")
            page.goto(f"http://127.0.0.1:{chat}")
            box = page.locator("[data-testid=stChatInput] textarea")
            box.fill("Hello")
            box.press("Enter")
            page.locator(".kf-bot .kf-bubble").first.wait_for()
            whole, commit = _added(home, lambda: _asked(page, box))
            again = _again(page, box)
            browser.close()
        print(f"add: the whole command {whole:.1f} s; {commit:.2f} s from its commit to the right answer on the page")
        print(f"  the same question once more, long after: {again:.2f} s, which is the page's own time")
    finally:
        serving.terminate()
        serving.wait(20)


def _added(home: str, ask) -> tuple[float, float]:
    """Return seconds of the whole command, and from its commit until `ask` returns."""
    store, times = open_store(load(home)), {}
    before = store.knowledge.counts()["faqs"]

    def add() -> None:
        words = ("faq", "add", "--home", home, "--question", QUESTION, "--answer", ANSWER)
        times["whole"] = command(str(BIN / "ingest"), *words)[0]

    thread = threading.Thread(target=add)
    thread.start()
    while store.knowledge.counts()["faqs"] == before:
        time.sleep(0.005)
    commit = time.perf_counter()
    ask()
    seconds = time.perf_counter() - commit
    thread.join()
    return times["whole"], seconds


def _asked(page, box) -> None:
    box.fill(QUESTION)
    box.press("Enter")
    page.locator(".kf-bot .kf-bubble").filter(has_text="Hall 9").wait_for(timeout=60_000)


def _again(page, box) -> float:
    """Return seconds of a question whose FAQ has been known for a while."""
    page.wait_for_timeout(3000)
    known = page.locator(".kf-bot .kf-bubble").filter(has_text="Hall 9")
    count, began = known.count(), time.perf_counter()
    box.fill(QUESTION)
    box.press("Enter")
    known.nth(count).wait_for(timeout=60_000)
    return time.perf_counter() - began


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="kefu-bench-") as folder:
        seconds, _ = command(str(BIN / "assistant"), "init", "--empty", "--home", folder)
        print(f"init --empty: {seconds:.1f} s")
        importing(folder, Path(sys.argv[1]) if len(sys.argv) > 1 else SAMPLE / "faqs.csv")
        if chromium():
            adding(folder)
        else:
            print("add: not measured, no Chromium was found")
