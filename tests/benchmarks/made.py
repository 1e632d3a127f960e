"""Made-up companies of any size, an encoder that costs next to nothing, and how benchmarks print.

The texts are of shop words and product codes with the frequencies of natural language (Zipf), so that a
word search meets words that half of all FAQs hold beside words that one of them holds.
"""

from __future__ import annotations

import statistics
import time
import zlib
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from assistant.records import Faq

COMMON = ["how", "do", "i", "can", "my", "the", "a", "to", "for", "is", "in", "of", "what", "when", "where", "with", "and", "you", "your", "on", "it", "this", "that", "are", "will"]
SHOP = ["order", "refund", "return", "invoice", "delivery", "address", "payment", "card", "voucher", "warranty", "repair", "exchange", "account", "password", "parcel", "courier", "customs", "stock", "size", "colour", "battery", "charger", "cable", "screen", "manual", "spare", "part", "filter", "pump", "motor", "kettle", "lamp", "router", "camera", "speaker", "keyboard", "monitor", "printer", "subscription", "newsletter", "discount", "member", "points", "gift", "receipt", "deposit", "instalment", "bank", "transfer", "cancel", "change", "track", "report", "damage", "lost", "late", "missing", "wrong", "broken", "open", "close", "connect", "install", "update", "reset", "clean", "replace", "store", "pickup", "weekend", "holiday", "export", "tax"]
CODES = 20_000


def made_faqs(n: int, similar: int = 0, seed: int = 0) -> list[Faq]:
    """Return n FAQs in English, each with a question, `similar` other phrasings and an answer."""
    chance = np.random.default_rng(seed)
    words = [*SHOP, *(f"{'abcdefghkmnprstuvwxyz'[i % 21]}{i}" for i in range(CODES))]
    share = 1 / (np.arange(len(words)) + 5) ** 0.9
    drawn = iter(chance.choice(len(words), n * (16 + 4 * similar), p=share / share.sum()))
    plain = iter(chance.integers(0, len(COMMON), n * (16 + 4 * similar)))

    def sentence(length: int, end: str) -> str:
        return " ".join(f"{COMMON[next(plain)]} {words[next(drawn)]}" for _ in range(length)) + end

    return [
        Faq(f"f{i}", sentence(4, "?"), sentence(12, "."), "en", similar=tuple(sentence(4, "?") for _ in range(similar)))
        for i in range(n)
    ]


class CheapEncoder:
    """A hashed bag of words of length 1: what is measured beside it is all but encoding."""

    name, dimension = "bag-384", 384

    def encode(self, texts: Sequence[str], *, query=False, progress=None) -> np.ndarray:
        out = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in zip(out, texts, strict=True):
            for word in text.lower().split():
                row[zlib.crc32(word.encode()) % self.dimension] += 1
        return out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-9)

    def coverage(self, text: str) -> float:
        return 1.0


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def p50(work: Callable[[object], object], items: Iterable) -> float:
    """Return the median milliseconds of one call."""
    return statistics.median(seconds(lambda item=item: work(item)) for item in items) * 1e3


def table(title: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a Markdown table."""
    print(f"\n### {title}\n\n| {' | '.join(head)} |\n|{'---|' * len(head)}")
    for row in rows:
        print(f"| {' | '.join(f'{x:,.2f}' if isinstance(x, float) else str(x) for x in row)} |", flush=True)


def resident_mb() -> float:
    """Return the resident memory of this process in MB (Linux)."""
    with open("/proc/self/statm", encoding="ascii") as stream:
        return int(stream.read().split()[1]) * 4096 / 1e6
