"""What every command shares: the common options, one JSON object, errors as sentences, exit codes.

Standard output carries the result alone; progress and messages go to standard error.
"""

from __future__ import annotations

import errno
import functools
import json
import os
import sys
import tempfile
import traceback
from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from assistant.errors import KefuError
from assistant.settings import Settings, load

DONE, FAILED, WRONG_USE, IN_PART, INTERRUPTED = 0, 1, 2, 3, 130

FULL = " What was finished is kept. Free some space and run the same command again."
RIGHTS = " Check that path and its rights, or choose another home with --home DIR."

console = Console(stderr=True)
output = Console()


def command(group: click.Group, name: str | None = None, **kwargs: Any) -> Callable:
    """Register a function as a command that takes `settings` first and returns its result.

    The result is a dict (printed whole with --json; else given to `result["_show"]()` where that
    is present) or None. `result["_exit"]` sets the exit code; keys with a leading underscore are
    never printed.
    """

    def register(function: Callable) -> Callable:
        @functools.wraps(function)
        def wrapper(home: str | None, as_json: bool, **values: Any) -> None:
            sys.exit(guarded(lambda: function(load(home), **values), as_json))

        wrapped = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")(wrapper)
        wrapped = click.option(
            "--home", type=click.Path(file_okay=False), default=None, help="Folder of all state (KEFU_HOME)."
        )(wrapped)
        return group.command(name, **kwargs)(wrapped)

    return register


def guarded(work: Callable[[], dict | None], as_json: bool = False) -> int:
    """Run `work`, print its result, and return the exit code; errors become one sentence."""
    try:
        result = work() or {}
    except KefuError as error:
        return _fail(str(error), error.exit_code, as_json)
    except (KeyboardInterrupt, click.Abort):
        return _fail("Interrupted. What was finished is kept; run the same command again.", 130, as_json)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except OSError as error:
        return _fail(_refusal(error), FAILED, as_json)
    except Exception as error:
        return _fail(_defect(error), FAILED, as_json)
    if as_json:
        public = {k: v for k, v in result.items() if not k.startswith("_")}
        click.echo(json.dumps(public, ensure_ascii=False, default=str))
    elif "_show" in result:
        result["_show"]()
    return int(result.get("_exit", DONE))


def _refusal(error: OSError) -> str:
    where = f" ({error.filename})" if error.filename else ""
    advice = {
        errno.ENOSPC: FULL, errno.EDQUOT: FULL, errno.EFBIG: FULL, errno.EACCES: RIGHTS, errno.EPERM: RIGHTS,
        errno.EROFS: RIGHTS, errno.ENOTDIR: RIGHTS, errno.EEXIST: RIGHTS, errno.EISDIR: RIGHTS,
    }.get(error.errno, "")
    return f"The system refused: {error.strerror or error}{where}.{advice}"


def _defect(error: Exception) -> str:
    """Return a sentence for an error that nobody foresaw; its traceback goes to a file."""
    if "os error 28" in str(error):  # how safetensors tells of a full disk
        return f"The system refused: {os.strerror(errno.ENOSPC)}.{FULL}"
    told = f"This is a defect of Kefu: {type(error).__name__}: {str(error)[:200]}."
    try:
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", errors="replace", prefix="kefu-", suffix=".txt", delete=False
        ) as stream:
            traceback.print_exception(error, file=stream)
    except OSError:
        return told
    return f"{told} What was finished is kept. Please report it with the file {stream.name}"


def _fail(message: str, code: int, as_json: bool) -> int:
    console.print(message, style="red", highlight=False, markup=False, soft_wrap=True)
    if as_json:
        click.echo(json.dumps({"error": message, "exit": code}, ensure_ascii=False))
    return code


def say(message: str, style: str | None = None) -> None:
    """Print a sentence for people on standard error."""
    console.print(message, style=style, highlight=False, markup=False, soft_wrap=True)


@contextmanager
def progress_bar(title: str, total: int | None):
    """Show a bar on standard error; yields a function that takes how many steps were done."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=not console.is_terminal) as bar:
        task = bar.add_task(title, total=total)
        yield lambda done=1: bar.advance(task, done)


def quiet_libraries() -> None:
    """Keep third-party chatter off the terminal and the network; call before importing them."""
    for name, value in {
        "TRANSFORMERS_VERBOSITY": "error", "TOKENIZERS_PARALLELISM": "false",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1", "HF_HUB_DISABLE_TELEMETRY": "1",
        "LANGCHAIN_TRACING_V2": "false", "LANGSMITH_TRACING": "false", "DO_NOT_TRACK": "1",
        "TRANSFORMERS_NO_ADVISORY_WARNINGS": "1",
    }.items():
        os.environ.setdefault(name, value)


def offline(settings: Settings) -> None:
    """Forbid model downloads unless the settings allow a hub."""
    quiet_libraries()
    if not settings.chat.allow_hub:
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
