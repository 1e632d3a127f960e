"""The whole retrieval and its upkeep against LangChain's FAISS store with its BM25 retriever, in one run.

    python bench_retrieval.py [--question 10000] [--ingest 50000] [--change 100000] [--whole 1000]

One question in stages; ingest with a cheap encoder (all but encoding) and, of `--whole` FAQs, with the
starter encoder; retiring one FAQ and adding one that is then asked for. 0 leaves a part out.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from assistant.knowledge.embedders import load_embedder
from assistant.knowledge.live import LiveIndex
from assistant.knowledge.retriever import Retriever
from assistant.records import Faq
from assistant.settings import Retrieval, load
from assistant.store import Store
from ingest.pipeline import import_faqs
from tests.benchmarks.made import CheapEncoder, made_faqs, p50, resident_mb, seconds, table
from tests.benchmarks.peer import NAME, load_peer

QUESTIONS, REPEATS, PEER_REPEATS = 100, 20, 3


class Kefu:
    """A home in a temporary folder with its retriever."""

    def __init__(self, folder: str, embedder):
        self.embedder = embedder
        self.store = Store.open(Path(folder) / "kefu.sqlite")
        self.index = LiveIndex(self.store, embedder.name, embedder.dimension, Path(folder) / "index")
        self.retriever = Retriever(self.store, embedder, self.index, Retrieval())

    def ingest(self, faqs: list[Faq]) -> None:
        import_faqs(self.store, faqs, self.embedder)

    def ask(self, question: str) -> list:
        return self.retriever.search(self.retriever.query(question))

    def retire(self, faq: Faq) -> None:
        self.store.knowledge.set_status([faq.id], "retired", self.embedder.name)
        self.retriever._index.refresh()

    def add(self, faq: Faq) -> None:
        import_faqs(self.store, [faq], self.embedder)


class CheapPassages(CheapEncoder):
    """Questions as the real encoder reads them; passages cheaply. What is found means nothing, the times do."""

    def __init__(self, real):
        self._real, self.name, self.dimension, self.coverage = real, "mixed", real.dimension, real.coverage

    def encode(self, texts, *, query=False, progress=None):
        return self._real.encode(texts, query=True) if query else super().encode(texts)


class Stages:
    """Keeps the milliseconds that named methods take; the total is the caller's."""

    def __init__(self, kefu: Kefu):
        retriever, roster = kefu.retriever, kefu.retriever._roster
        self.ms: dict[str, list[float]] = {}
        for owner, method, name in (
            (kefu.embedder, "encode", "encode"), (kefu.embedder, "coverage", "share of known tokens"),
            (kefu.index, "refresh", "look for changes"), (kefu.index, "search", "vectors"),
            (roster.lexicon, "search", "words"), (retriever, "_ideal", "best BM25 possible"),
            (kefu.store.knowledge, "passages", "read passages"), (roster, "covered", "words covered"),
            (retriever, "_gather", "gather by FAQ"), (retriever, "_look_closer", "all passages of the best"),
            (retriever, "_ranked", "score and rank"), (retriever, "_in_language", "customer's language"),
        ):
            self._watch(owner, method, name)

    def _watch(self, owner: object, method: str, name: str) -> None:
        inner: Callable = getattr(owner, method)
        kept = self.ms.setdefault(name, [])

        def timed(*args, **options):
            began = time.perf_counter()
            result = inner(*args, **options)
            kept.append((time.perf_counter() - began) * 1e3)
            return result

        setattr(owner, method, timed)

    def rows(self, questions: int) -> list[tuple[str, float]]:
        """Return (stage, median milliseconds of one question); a stage called twice counts twice."""
        return [
            (name, statistics.median(ms) * round(len(ms) / questions)) for name, ms in self.ms.items() if ms
        ]


def asking(faqs: list[Faq], embedder, peer) -> None:
    questions = [f.question for f in made_faqs(QUESTIONS, seed=5)]
    with tempfile.TemporaryDirectory(prefix="kefu-bench-") as folder:
        kefu = Kefu(folder, embedder)
        kefu.ingest(faqs)
        print(f"{len(faqs):,} FAQs: {kefu.index.open()}")
        first = seconds(lambda: kefu.ask(questions[0])) * 1e3
        others = {}
        for name, whole in ((f"{NAME}, a document per text", False), (f"{NAME}, a document per FAQ", True)):
            if peer:
                others[name] = peer(embedder, whole=whole)
                others[name].ingest(faqs)
        for some in (kefu, *others.values()):
            p50(some.ask, questions[:20])
        ours = p50(kefu.ask, questions)
        rows = [("Kefu", ours, 1.0)]
        rows += [(name, (ms := p50(other.ask, questions)), ms / ours) for name, other in others.items()]
        table(f"One question, {len(faqs):,} FAQs, p50", ("", "ms", "times as long as Kefu"), rows)
        stages = Stages(kefu)
        total = p50(kefu.ask, questions)
        rows = [*stages.rows(QUESTIONS), ("all, timers included", total), ("the first question of a process", first)]
        index = f"{len(kefu.index):,} vectors, {kefu.index.form}, recall {kefu.index.recall:.3f}"
        table(f"In stages ({index}; {resident_mb():,.0f} MB resident)", ("stage", "ms"), rows)


def ingesting(faqs: list[Faq], embedder, peer, title: str) -> None:
    with tempfile.TemporaryDirectory(prefix="kefu-bench-") as folder:
        kefu = Kefu(folder, embedder)
        ours = seconds(lambda: kefu.ingest(faqs))
        opened = seconds(kefu.index.open)
        asked = seconds(lambda: kefu.ask(faqs[0].question))
    whole = ours + opened + asked
    rows = [("Kefu: stored, searchable, first question answered", whole, 1.0), ("Kefu: the import alone", ours, ours / whole)]
    for name, one in ((f"{NAME}, a document per text", False), (f"{NAME}, a document per FAQ", True)):
        if peer:
            other = peer(embedder, whole=one)
            took = seconds(lambda other=other: (other.ingest(faqs), other.ask(faqs[0].question)))
            rows.append((f"{name}, in memory only", took, took / whole))
    table(title, ("", "s", "times as long as Kefu"), rows)


def changing(count: int, peer) -> None:
    faqs, embedder = made_faqs(count), CheapEncoder()
    new = [Faq(f"n{i}", f"where is gadget zz{i}", f"In hall {i}.", "en") for i in range(REPEATS)]
    with tempfile.TemporaryDirectory(prefix="kefu-bench-") as folder:
        kefu = Kefu(folder, embedder)
        kefu.ingest(faqs)
        print(f"{count:,} FAQs: {kefu.index.open()} ({kefu.index.form})")
        p50(kefu.ask, [f.question for f in faqs[:20]])
        retire, add = _changes(kefu, faqs[:REPEATS], new)
        assert kefu.ask(new[-1].question)[0].passage.owner == new[-1].id
    rows = [("Kefu", retire, 1.0, add, 1.0)]
    for name, whole in ((f"{NAME}, a document per text", False), (f"{NAME}, a document per FAQ", True)):
        if peer:
            other = peer(embedder, whole=whole)
            other.ingest(faqs)
            theirs = _changes(other, faqs[:PEER_REPEATS], new[:PEER_REPEATS])
            rows.append((name, theirs[0], theirs[0] / retire, theirs[1], theirs[1] / add))
    head = ("", "retire one, ms", "times", "add one and ask for it, ms", "times")
    table(f"One change among {count:,} FAQs, p50", head, rows)


def _changes(one, old: list[Faq], new: list[Faq]) -> tuple[float, float]:
    """Return the median milliseconds of retiring a FAQ, searches following it, and of adding one and asking for it."""
    return p50(one.retire, old), p50(lambda faq: (one.add(faq), one.ask(faq.question)), new)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, count in (("question", 10_000), ("ingest", 50_000), ("change", 100_000), ("whole", 1_000)):
        parser.add_argument(f"--{name}", type=int, default=count, help="FAQs; 0 leaves this part out")
    parser.add_argument(
        "--cheap-passages", action="store_true",
        help="the starter encoder for questions only, on both sides: as long for a question, minutes less before it",
    )
    parser.add_argument("--no-peer", action="store_true")
    wanted = parser.parse_args()
    peer = None if wanted.no_peer else load_peer()
    if wanted.change:
        changing(wanted.change, peer)
    if wanted.ingest:
        title = f"Ingest of {wanted.ingest:,} FAQs, all but encoding"
        ingesting(made_faqs(wanted.ingest), CheapEncoder(), peer, title)
    real = load_embedder(load(tempfile.gettempdir())) if wanted.whole or wanted.question else None
    if wanted.whole:
        ingesting(made_faqs(wanted.whole), real, peer, f"Ingest of {wanted.whole:,} FAQs, whole")
    if wanted.question:
        asking(made_faqs(wanted.question), CheapPassages(real) if wanted.cheap_passages else real, peer)


if __name__ == "__main__":
    main()
