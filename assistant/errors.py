"""The errors that people read.

A message says what was expected, what was found and what to do now. Commands print
the message and exit with the error's `exit_code`; nothing else is shown.
"""


class KefuError(Exception):
    """Base of every error whose text is meant for a person."""

    exit_code = 1


class UsageError(KefuError):
    """The command or the call was used wrongly."""

    exit_code = 2


class BadInput(KefuError):
    """A file or a value from outside is not in the expected form."""


class NotFound(KefuError):
    """Something was named that does not exist; the message lists what does."""


class MissingPart(KefuError):
    """An optional package or a model is missing; the message holds the line that mends it."""


class Busy(KefuError):
    """Another process holds what is needed; the message says who."""


class Damaged(KefuError):
    """A derived file does not match its manifest and was not used."""
