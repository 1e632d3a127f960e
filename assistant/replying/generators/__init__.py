"""Generators: what writes a reply from a prompt. The contract stands here, each maker in its file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

from assistant.records import Prompt


class Generator(Protocol):
    """Writes a reply piece by piece."""

    name: str

    def generate(
        self, prompt: Prompt, on_token: Callable[[str], None] | None = None,
        stop: Callable[[], bool] | None = None,
    ) -> Iterator[str]:
        """Yield pieces of the reply as they come; ends early once `stop()` is true.

        Raises KefuError where the model can't be reached or used.
        """
        ...
