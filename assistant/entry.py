"""Where the three commands begin: their modules take seconds to import, and Ctrl-C may come then."""

from __future__ import annotations

import importlib
import os
import sys

INTERRUPTED = 130


def enter(module: str) -> int:
    """Import `module`, run its `main` and return the exit code; an interrupt is no traceback."""
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # waiting threads that spin stall on shared cores
    for stream in (sys.stdout, sys.stderr):  # a terminal of another encoding gets an escape, not an error
        stream.reconfigure(errors="backslashreplace")
    try:
        importlib.import_module(module).main()
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted before anything was done.\n")
        return INTERRUPTED
    return 0


def assistant() -> int:
    return enter("assistant.cli")


def ingest() -> int:
    return enter("ingest.cli")


def finetune() -> int:
    return enter("finetune.cli")
