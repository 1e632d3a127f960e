"""What speaks, in LangChain's terms: the response model as a chat model, the assistant as a Runnable."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Self

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LangSmithParams
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable, RunnableConfig
from langchain_core.runnables.utils import AddableDict
from pydantic import ConfigDict, Field

from assistant.adapters.form import reply_values
from assistant.assembly import build_engine, load_generator, open_store
from assistant.commands import offline
from assistant.dialogue.engine import Engine
from assistant.errors import BadInput, MissingPart
from assistant.replying import prompts
from assistant.settings import load
from assistant.store.conversations import new_id


class KefuChatModel(BaseChatModel):
    """The fine-tuned response model as a chat model.

    The system message holds the passages (see `prompts.from_messages`), the last message the question.
    It says what the passages say: without any it has nothing to go by. No fact lock stands behind it;
    `KefuAssistant` has one.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)
    generator: Any = Field(exclude=True)
    stop: list[str] | None = None

    @classmethod
    def open(cls, home: Path | str | None = None, **values: Any) -> Self:
        """Load the response model that serves in a home; raises MissingPart where there is none."""
        settings = load(home)
        offline(settings)
        store = open_store(settings)
        release = store.releases.current()
        generator = load_generator(settings, store, release.response if release else "")
        if generator is None:
            raise MissingPart("No response model serves in this home. Make one with: assistant init")
        return cls(generator=generator, **values)

    @property
    def _llm_type(self) -> str:
        return "kefu"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"model_name": self.generator.name}

    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> LangSmithParams:
        params = super()._get_ls_params(stop=stop, **kwargs)
        return LangSmithParams(**{**params, "ls_provider": "kefu", "ls_model_name": kwargs.get("model", self.generator.name)})

    def _generate(
        self, messages: list[BaseMessage], stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None, **kwargs: Any,
    ) -> ChatResult:
        text = "".join(self._pieces(messages, stop, **kwargs))
        about = {"model_name": self.generator.name}
        return ChatResult(generations=[ChatGeneration(message=AIMessage(text, response_metadata=about))])

    def _stream(
        self, messages: list[BaseMessage], stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None, **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        for piece in self._pieces(messages, stop, **kwargs):
            chunk = ChatGenerationChunk(message=AIMessageChunk(piece))
            if run_manager:
                run_manager.on_llm_new_token(piece, chunk=chunk)
            yield chunk
        about = {"model_name": self.generator.name}
        yield ChatGenerationChunk(message=AIMessageChunk("", response_metadata=about, chunk_position="last"))

    def _pieces(
        self, messages: list[BaseMessage], stop: list[str] | None, model: str | None = None, **kwargs: Any
    ) -> Iterator[str]:
        if model not in (None, self.generator.name):
            raise BadInput(f"This chat model is {self.generator.name!r} alone; open another for {model!r}.")
        said = [(_ROLES.get(m.type, m.type), str(m.text)) for m in messages]
        return until(self.generator.generate(prompts.from_messages(said)), stop or self.stop or [])


_ROLES = {"human": "user", "ai": "assistant"}


def until(pieces: Iterable[str], stops: Sequence[str]) -> Iterator[str]:
    """Yield pieces up to the first stop string, which may lie across two pieces."""
    held, longest = "", max(map(len, stops), default=1)
    for piece in pieces:
        held += piece
        places = [held.index(s) for s in stops if s in held]
        if places:
            held = held[: min(places)]
            break
        ready = len(held) - longest + 1
        if ready > 0:
            yield held[:ready]
            held = held[ready:]
    if held:
        yield held


class KefuAssistant(Runnable[str | dict, dict]):
    """The whole assistant: a question in, what `assistant ask --json` prints out.

    Input is the question, or `{"question", "conversation"}` to go on with a conversation. `stream`
    yields pieces of `text` that passed the fact lock, then everything else.
    """

    def __init__(self, engine: Engine):
        self._engine = engine

    @classmethod
    def open(cls, home: Path | str | None = None) -> Self:
        settings = load(home)
        return cls(build_engine(settings, open_store(settings)))

    def invoke(self, input: str | dict, config: RunnableConfig | None = None, **kwargs: Any) -> dict:
        return self._call_with_config(self._asked, input, config)

    def _asked(self, input: str | dict, on_text=lambda piece: None) -> dict:
        question, conversation = _question(input)
        return reply_values(self._engine.reply(conversation, question, on_text), conversation)

    def stream(self, input: str | dict, config: RunnableConfig | None = None, **kwargs: Any) -> Iterator[dict]:
        return self._transform_stream_with_config(iter([input]), self._streamed, config)

    def _streamed(self, inputs: Iterator[str | dict]) -> Iterator[AddableDict]:
        for input in inputs:
            for came in self._as_it_comes(input):
                if isinstance(came, Exception):
                    raise came
                yield AddableDict(text=came) if isinstance(came, str) else AddableDict(_but_text(came))

    def _as_it_comes(self, input: str | dict) -> Iterator[str | dict | Exception]:
        """Yield pieces of text, then the whole result or what went wrong; the engine runs in a thread."""
        queue: SimpleQueue = SimpleQueue()

        def work() -> None:
            try:
                queue.put(self._asked(input, queue.put))
            except Exception as error:
                queue.put(error)

        threading.Thread(target=work, daemon=True).start()
        while isinstance(came := queue.get(), str):
            yield came
        yield came


def _question(input: str | dict) -> tuple[str, str]:
    values = {"question": input} if isinstance(input, str) else input
    if not isinstance(values, dict) or not isinstance(values.get("question"), str):
        raise BadInput(f'Expected a question or {{"question": ..., "conversation": ...}}, found {input!r}.')
    return values["question"], str(values.get("conversation") or new_id())


def _but_text(result: dict) -> dict:
    return {k: v for k, v in result.items() if k != "text"}
