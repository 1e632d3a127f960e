"""A response model behind a chat-completions server: hosted, or vLLM, llama.cpp, Ollama next door.

Knows how to reach it through LangChain. Leaves the wording of the rules to `prompts`, and judging
what comes back to the fact lock.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

from assistant.errors import KefuError, MissingPart
from assistant.records import Prompt
from assistant.replying import prompts
from assistant.settings import Generator as Choice


class ServerGenerator:
    """Writes replies with any LangChain chat model; every failure is a KefuError."""

    def __init__(self, choice: Choice, company: Callable[[str], str] = lambda language: "", chat=None):
        """Prepare the connection; no request is made. Raises MissingPart where a setting is missing.

        A server of one's own (`base_url`) needs no key; a hosted one does, by the name in
        `api_key_env`, never in a settings file. `company` gives the company's name in a language;
        `chat` takes the place of the LangChain chat model that the settings name.
        """
        self._chat = chat or _chat_model(choice)
        self._company = company
        self.name = choice.model

    def generate(
        self, prompt: Prompt, on_token: Callable[[str], None] | None = None,
        stop: Callable[[], bool] | None = None,
    ) -> Iterator[str]:
        """Yield the reply as the server streams it."""
        from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

        kinds = {"system": SystemMessage, "user": HumanMessage, "assistant": AIMessage}
        company = self._company(prompt.language)
        messages = [kinds[role](text) for role, text in prompts.chat_messages(prompt, company)]
        try:
            for chunk in self._chat.stream(messages):
                if stop and stop():
                    return
                if piece := str(chunk.text):
                    if on_token:
                        on_token(piece)
                    yield piece
        except Exception as error:  # any client library may stand behind it: all failures are one here
            raise KefuError(
                f"The model server for {self.name!r} failed ({type(error).__name__}: {str(error)[:200]}). "
                "Check generator.base_url and that the server runs."
            ) from error


def _chat_model(choice: Choice):
    if not choice.model:
        raise MissingPart(
            "generator.kind is 'server' but generator.model is empty. Name the model that the server offers."
        )
    key = os.environ.get(choice.api_key_env, "") if choice.api_key_env else ""
    if not key and not choice.base_url:
        raise MissingPart(
            f"The environment variable {choice.api_key_env} holds no key for {choice.model!r}. Set it, or "
            "name a server of your own in generator.base_url."
        )
    from langchain.chat_models import init_chat_model

    # A bare name, even one with a colon in it (Ollama's tags), means the chat-completions protocol.
    options = {"model_provider": "openai"} if choice.base_url or ":" not in choice.model else {}
    if choice.base_url:
        options["base_url"] = choice.base_url
    return init_chat_model(
        choice.model, temperature=0.0, timeout=choice.timeout, max_retries=0,
        max_tokens=choice.max_new_tokens, api_key=key or "not-needed", **options,
    )
