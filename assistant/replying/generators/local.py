"""A response model in this process: a Hugging Face folder, greedy decoding with a cache, streaming.

Knows how tokens become text. Leaves judging the text to the fact lock and timing to the speaker.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

from assistant.errors import Damaged, KefuError, MissingPart
from assistant.records import Prompt
from assistant.replying import prompts

_RUN = re.compile(r"[0-9]+")
_SENTENCE_END = re.compile(r"[。！？!?.]\s*$")
_LAST_RUN = re.compile(r"[0-9]*\Z")
REPEATED = 24
NEAR = 1.0  # of the top hit's score: among several passages a model of this size chooses poorly


class LocalGenerator:
    """Writes replies with one causal model; calls queue at one lock, since its cache is its own.

    A model trained on `prompts.render` (the starter and what is fine-tuned from it) gets that form;
    any other gets its own chat template. `tokens` counts those of the last reply; `near` is the share of
    the best score from which on a passage is worth giving to it.
    """

    def __init__(self, folder: Path | str, *, name: str = "", max_new_tokens: int = 160):
        """Load a folder (or, where a hub is allowed, a hub name); raises MissingPart or Damaged."""
        self._use(*load(folder), name or Path(folder).name, max_new_tokens)

    @classmethod
    def of(cls, model, tokenizer, name: str = "local", max_new_tokens: int = 160) -> LocalGenerator:
        """Return a generator of a model that is loaded already."""
        generator = cls.__new__(cls)
        generator._use(model, tokenizer, name, max_new_tokens)
        return generator

    def _use(self, model, tokenizer, name: str, max_new_tokens: int) -> None:
        self._model = model.eval()
        self._tokenizer = tokenizer
        self._lock = threading.Lock()
        self._limit = max_new_tokens
        self._own_form = prompts.REPLY in tokenizer.get_vocab()
        self.near = NEAR if self._own_form else 0.0
        self._digits = _digit_tokens(tokenizer) if self._own_form else {}
        self._ends = _ends(model, tokenizer)
        self.name = name
        self.tokens = 0

    def generate(
        self, prompt: Prompt, on_token: Callable[[str], None] | None = None,
        stop: Callable[[], bool] | None = None,
    ) -> Iterator[str]:
        """Yield pieces of the reply; raises KefuError where it grows past the token limit."""
        self.tokens = 0
        with self._lock:
            ids = self._prompt_ids(prompt)
            guards = self._guards(prompt)
            written: list[int] = []
            shown = ""
            for token in self._greedy(ids, guards, stop):
                written.append(token)
                self.tokens = len(written)
                text = self._tokenizer.decode(written, skip_special_tokens=True)
                # Half a character decodes to U+FFFD: it is held back until its other bytes come.
                if text.endswith("\ufffd") or len(text) <= len(shown):
                    continue
                piece, shown = text[len(shown) :], text
                piece = piece if shown != piece else piece.lstrip()
                if piece:
                    if on_token:
                        on_token(piece)
                    yield piece

    def _guards(self, prompt: Prompt) -> list[Guard]:
        """Return what keeps a small model in its own form from slipping while it copies."""
        if not self._own_form:
            return []
        passages = [self._ids(prompts.as_written(p)) for p in prompt.passages]
        copying = CopyGuard(passages, lambda token: self._tokenizer.decode([token]))
        return [*([NumberGuard(prompt, self._digits)] if self._digits else []), copying]

    def _prompt_ids(self, prompt: Prompt) -> list[int]:
        if self._own_form:
            text = prompts.render(prompt, lambda t: len(self._ids(t)))
            return self._ids(text)
        roles = [{"role": role, "content": text} for role, text in prompts.chat_messages(prompt)]
        if not self._tokenizer.chat_template:
            raise KefuError(
                f"The response model {self.name!r} has neither this program's reply token nor a chat template. "
                "Choose an instruction-tuned model, or the starter by generator.model = ''."
            )
        # enable_thinking is read by the templates that know it and ignored by the others.
        text = self._tokenizer.apply_chat_template(
            roles, tokenize=False, add_generation_prompt=True, enable_thinking=False
        )
        return self._ids(text)

    def _ids(self, text: str) -> list[int]:
        return self._tokenizer(text, add_special_tokens=False)["input_ids"]

    def _greedy(
        self, ids: Sequence[int], guards: Sequence[Guard], stop: Callable[[], bool] | None
    ) -> Iterator[int]:
        """Yield the best next token until an end token, `stop()`, or a loop of repeats."""
        import torch

        feed, past, written = torch.tensor([list(ids)]), None, []
        for _ in range(self._limit):
            if stop and stop():
                return
            with torch.inference_mode():
                out = self._model(input_ids=feed, past_key_values=past, use_cache=True, logits_to_keep=1)
            past, scores = out.past_key_values, out.logits[0, -1].clone()
            for guard in guards:
                guard.apply(scores)
            token = int(scores.argmax())
            if token in self._ends:
                return
            written.append(token)
            if loops(written):
                return
            for guard in guards:
                guard.advance(token)
            yield token
            feed = torch.tensor([[token]])
        raise KefuError(f"The reply grew past {self._limit} tokens and was cut.")


def load(folder: Path | str):
    """Return (model, tokenizer) of a Hugging Face folder or hub name; safetensors only, float32."""
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils.logging import disable_progress_bar

    if isinstance(folder, Path) and not (folder / "config.json").is_file():
        raise MissingPart(
            f"{folder} holds no response model (config.json is missing). Make one with: finetune "
            "response --starter --texts data/starter/response/training"
        )
    disable_progress_bar()
    try:
        tokenizer = AutoTokenizer.from_pretrained(str(folder))
        model = AutoModelForCausalLM.from_pretrained(str(folder), dtype="float32", use_safetensors=True)
    except (OSError, ValueError, RuntimeError) as error:
        raise Damaged(f"The response model in {folder} can't be loaded: {error}") from error
    return model, tokenizer


class Guard(Protocol):
    """Looks at the scores of the next token, in place, and hears which one was written."""

    def apply(self, scores) -> None: ...

    def advance(self, token: int) -> None: ...


class CopyGuard:
    """Keeps a copied stretch from leaping to another place that its last words lead to as well.

    A small model copies by matching the last few tokens. Where those stand twice in the passages ("45
    minutes before domestic, 60 minutes before international"), it may go on at the wrong one. As long as
    the reply follows a passage for LEAST tokens or more, what would go on a shorter match is replaced by
    what goes on the longest; so is any token in the middle of a character. Words of the model's own,
    and a new sentence, are left to it.
    """

    LEAST = 4

    def __init__(self, passages: Sequence[Sequence[int]], decode: Callable[[int], str]):
        self._passages = [list(p) for p in passages]
        self._decode = decode
        self._matches: dict[tuple[int, int], int] = {}  # (passage, place of the next token) -> length
        self._last = ""

    def advance(self, token: int) -> None:
        """Take note of a written token."""
        self._matches = {
            (n, place + 1): self._matches.get((n, place), 0) + 1
            for n, ids in enumerate(self._passages) for place, other in enumerate(ids) if other == token
        }
        self._last = self._decode(token)

    def apply(self, scores) -> None:
        """Where the best token is a leap, leave only what goes on the longest match, in place."""
        import torch

        longest = max(self._matches.values(), default=0)
        if longest < self.LEAST or _SENTENCE_END.search(self._last):
            return
        onward = self._onward()
        right = [token for token, length in onward.items() if length == longest]
        best = int(scores.argmax())
        leaps = onward.get(best, longest) < longest or (best not in right and "\ufffd" in self._last)
        if leaps and right:
            kept = scores[right].clone()
            scores.fill_(-torch.inf)
            scores[right] = kept

    def _onward(self) -> dict[int, int]:
        """Return next token -> the length of the longest match that it goes on."""
        out: dict[int, int] = {}
        for (n, place), length in self._matches.items():
            if place < len(self._passages[n]):
                token = self._passages[n][place]
                out[token] = max(out.get(token, 0), length)
        return out


class NumberGuard:
    """Lets a digit be written only where it goes on with a number of the prompt.

    For models whose digits are single tokens. It keeps a small model from slipping within a long
    number; whether the number belongs there is for the fact lock to say.
    """

    def __init__(self, prompt: Prompt, digits: dict[str, int]):
        texts = (*prompt.passages, prompt.question, *(text for _, text in prompt.history))
        self._runs = {run for text in texts for run in _RUN.findall(text)}
        self._digits = digits
        self._by_token = {token: digit for digit, token in digits.items()}
        self._run = ""

    def advance(self, token: int) -> None:
        """Take note of a written token."""
        self._run = self._run + self._by_token[token] if token in self._by_token else ""

    def apply(self, scores) -> None:
        """Set the scores of forbidden next tokens to minus infinity, in place."""
        import torch

        following = {r[len(self._run)] for r in self._runs if r.startswith(self._run) and len(r) > len(self._run)}
        blocked = [token for digit, token in self._digits.items() if digit not in following]
        if self._run and self._run not in self._runs and following:
            allowed = [self._digits[d] for d in following]
            kept = scores[allowed].clone()
            scores.fill_(-torch.inf)
            scores[allowed] = kept
        elif blocked:
            scores[blocked] = -torch.inf


def loops(tokens: Sequence[int]) -> bool:
    """Return whether the last stretch of 2 to 24 tokens was written three times in a row."""
    for size in range(2, REPEATED + 1):
        last = tokens[-size:]
        if len(tokens) >= 3 * size and last == tokens[-2 * size : -size] == tokens[-3 * size : -2 * size]:
            return True
    return False


def _digit_tokens(tokenizer) -> dict[str, int]:
    vocabulary = tokenizer.get_vocab()
    several = any(len(t.lstrip("Ġ")) > 1 and t.lstrip("Ġ").isdigit() for t in vocabulary)
    return {} if several else {d: vocabulary[d] for d in "0123456789" if d in vocabulary}


def _ends(model, tokenizer) -> set[int]:
    ends = getattr(model.generation_config, "eos_token_id", None)
    ids = set(ends if isinstance(ends, list) else [] if ends is None else [ends])
    return ids | ({tokenizer.eos_token_id} if tokenizer.eos_token_id is not None else set())
