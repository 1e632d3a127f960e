"""What one process of the pages shares: settings, store, replies, sign-in throttle.

The process that serves opens the house once; page scripts, which run again and again, look it up.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from assistant.errors import KefuError
from assistant.settings import Settings
from assistant.store import Store
from ui.replies import Replies


class Throttle:
    """Slows down repeated failures: five are free, then each doubles the wait, up to a minute."""

    FREE = 5
    LONGEST = 60.0
    FORGET = 900.0

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self._clock = clock
        self._guard = threading.Lock()
        self._failures: dict[str, tuple[int, float]] = {}

    def wait(self, key: str) -> float:
        """Return how many seconds `key` must wait before the next try."""
        with self._guard:
            count, last = self._failures.get(key, (0, 0.0))
            if count < self.FREE:
                return 0.0
            pause = min(2.0 ** (count - self.FREE + 1), self.LONGEST)
            return max(0.0, last + pause - self._clock())

    def failed(self, key: str) -> None:
        with self._guard:
            now = self._clock()
            self._failures = {k: v for k, v in self._failures.items() if now - v[1] < self.FORGET}
            self._failures[key] = (self._failures.get(key, (0, 0.0))[0] + 1, now)

    def passed(self, key: str) -> None:
        with self._guard:
            self._failures.pop(key, None)


@dataclass
class House:
    """The shared parts; the desk has no replies, for it loads no model."""

    settings: Settings
    store: Store
    replies: Replies | None = None
    throttle: Throttle = field(default_factory=Throttle)


_house: House | None = None


def move_in(house: House | None) -> None:
    """Set what page scripts of this process see."""
    global _house
    _house = house


def house() -> House:
    """Return the shared parts of this process."""
    if _house is None:
        raise KefuError("The pages are started with `assistant serve`, not by running their files.")
    return _house
