"""Lets a generated reply out sentence by sentence, as far as the fact lock passes it.

Knows when the approved text speaks instead. Leaves generating to the generator, judging to the lock.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from assistant.records import Prompt, Spoken
from assistant.replying.factlock import Refusal, allowed, verbatim
from assistant.replying.generators import Generator
from assistant.text import content_terms, sentences

LEAST_SAID = 3  # content terms; "支持。" alone answers nobody
PATIENCE = 0.05  # seconds between looks at the clock while the generator is silent


@dataclass(frozen=True, slots=True)
class _Ended:
    """The last thing a generator's thread puts into the queue; an error if it failed."""

    error: BaseException | None = None


def speak(
    prompt: Prompt, generator: Generator, on_text: Callable[[str], None], *,
    customer_texts: Sequence[str] | None = None, first_words_within: float = 3.0, title: str = "",
    clock: Callable[[], float] = time.monotonic,
) -> Spoken:
    """Return what was shown to the customer; the pieces given to `on_text`, joined, are its text.

    `prompt.passages` are the approved texts, the cited one first. The first sentence that fails ends
    generation. If none was shown, the first approved text goes out word for word; if some were, they
    stay and that text follows as its own quoted paragraph under `title`. The same if all that was shown
    says next to nothing, if no sentence has passed within `first_words_within` seconds, or if the
    generator fails. `customer_texts` are all that the customer wrote; left out, they are read from the
    prompt. The reason given back begins with one word for counting: a kind of `factlock.Refusal`,
    thin, late, or failed.
    """
    if customer_texts is None:
        customer_texts = [prompt.question, *(text for role, text in prompt.history if role == "customer")]
    began, stop = clock(), threading.Event()
    show = _Shown(on_text, lambda: (clock() - began) * 1000)
    late = lambda: not show.parts and clock() - began > first_words_within  # noqa: E731
    stream = _Sentences(_pieces(generator, prompt, stop, late))
    try:
        refusal = _let_out(stream, show, prompt, customer_texts)
    except _Late:
        refusal = Refusal("late", "", "", f"No sentence had passed within {first_words_within:g} s.")
    except Exception as error:  # whatever breaks in a generator, the customer gets the approved text
        refusal = Refusal("failed", "", "", f"The generator failed: {error}")
    finally:
        stop.set()
    if refusal and prompt.passages:
        show.approved(prompt.passages[0], title, prompt.language)
    return Spoken(
        text="".join(show.pieces), origin="model" if show.parts else "verbatim",
        refused=refusal.sentence if refusal else "",
        reason=f"{refusal.kind}: {refusal.reason}" if refusal else "",
        sentences=len(show.parts), tokens=stream.pieces, first_word_ms=show.first_ms,
    )


def _let_out(
    stream: _Sentences, show: _Shown, prompt: Prompt, customer_texts: Sequence[str]
) -> Refusal | None:
    for sentence in stream:
        refusal = allowed(sentence, prompt.passages, customer_texts, prompt.language, show.parts)
        if refusal:
            return refusal
        show.sentence(sentence)
    if not show.parts:
        return Refusal("empty", "", "", "The model said nothing.")
    said = " ".join(show.parts)
    if len(content_terms(said)) < LEAST_SAID and not _said_whole(said, prompt.passages):
        return Refusal("thin", said, "", "The reply says next to nothing.")
    return None


def _said_whole(said: str, passages: Sequence[str]) -> bool:
    """Return whether a short reply is all that the first passage says."""
    return bool(passages) and len(content_terms(passages[0])) <= len(content_terms(said))


def quoted(text: str, title: str, language: str) -> str:
    """Return an approved text as a paragraph of its own that names its source."""
    if language == "zh":
        head = f"关于“{title}”的完整说明：" if title else "完整说明："
    else:
        head = f"Our full text on “{title}”:" if title else "Our full text:"
    return f"\n\n{head}\n“{text.strip()}”"


def one_after_another(said: Sequence[Spoken], between: str) -> Spoken:
    """Return replies that were shown in turn as one, of the origin of the most composed of them."""
    origins = [s.origin for s in said]
    first = next((s.first_word_ms for s in said if s.first_word_ms is not None), None)
    return Spoken(
        text=between.join(s.text for s in said),
        origin=next(o for o in ("model", "verbatim", "template", "fixed") if o in origins),
        refused=" ".join(filter(None, (s.refused for s in said))),
        reason=" ".join(filter(None, (s.reason for s in said))),
        sentences=sum(s.sentences for s in said), tokens=sum(s.tokens for s in said),
        first_word_ms=first,
    )


class _Shown:
    """Everything that left, in order; nothing here is ever taken back."""

    def __init__(self, on_text: Callable[[str], None], elapsed_ms: Callable[[], float]):
        self._on_text = on_text
        self._elapsed_ms = elapsed_ms
        self.pieces: list[str] = []
        self.parts: list[str] = []
        self.first_ms: float | None = None

    def sentence(self, text: str) -> None:
        self._out(text if self.parts else text.lstrip())
        self.parts.append(text.strip())

    def approved(self, text: str, title: str, language: str) -> None:
        """Show the approved text, quoted after what was shown, unless all of it was shown."""
        if not self.parts:
            self._out(text)
        elif not all(verbatim(s, self.parts) for s in sentences(text)):
            self._out(quoted(text, title, language))

    def _out(self, text: str) -> None:
        if self.first_ms is None:
            self.first_ms = self._elapsed_ms()
        self.pieces.append(text)
        self._on_text(text)


class _Late(Exception):
    """No sentence had passed in time."""


def _pieces(
    generator: Generator, prompt: Prompt, stop: threading.Event, late: Callable[[], bool]
) -> Iterator[str]:
    """Yield what the generator writes in a thread of its own, so that a silent one can be left."""
    written: queue.SimpleQueue = queue.SimpleQueue()

    def work() -> None:
        try:
            for piece in generator.generate(prompt, stop=stop.is_set):
                written.put(piece)
            written.put(_Ended())
        except BaseException as error:  # carried over to the thread that waits
            written.put(_Ended(error))

    threading.Thread(target=work, name="generator", daemon=True).start()
    while True:
        try:
            piece = written.get(timeout=PATIENCE)
        except queue.Empty:
            if late():
                raise _Late from None
            continue
        if isinstance(piece, _Ended):
            if piece.error:
                raise piece.error
            return
        # What is there already is looked at first: a sentence that came in time is not late.
        if late():
            raise _Late
        yield piece


class _Sentences:
    """Cuts a stream of pieces into sentences; a sentence is whole once something follows it."""

    def __init__(self, pieces: Iterator[str]):
        self._pieces = pieces
        self.pieces = 0

    def __iter__(self) -> Iterator[str]:
        buffer = ""
        for piece in self._pieces:
            self.pieces += 1
            buffer += piece
            cut = 0
            for part in sentences(buffer)[:-1]:
                cut = buffer.index(part, cut) + len(part)
                yield part
            buffer = buffer[cut:]
        if buffer.strip():
            yield buffer
