"""The beginning of the commands: an interrupt during the imports, and both ways to start them."""

import os
import subprocess
import sys
import tomllib

import pytest

from assistant import entry
from assistant.settings import ROOT


def test_an_interrupt_during_the_imports_is_a_sentence(tmp_path, monkeypatch, capsys):
    (tmp_path / "slow_to_import.py").write_text("raise KeyboardInterrupt\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert entry.enter("slow_to_import") == 130
    assert "Interrupted" in capsys.readouterr().err


def test_every_command_begins_here():
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["scripts"]
    assert scripts == {name: f"assistant.entry:{name}" for name in ("assistant", "ingest", "finetune")}
    assert all(callable(getattr(entry, name)) for name in scripts)


def test_a_terminal_of_another_encoding_gets_escapes():
    code = (
        "import sys, types; from assistant import entry; sys.modules['fake'] = types.SimpleNamespace("
        "main=lambda: print('\\u5ba2\\udcff')); sys.exit(entry.enter('fake'))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, cwd=ROOT,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
    )
    assert (done.returncode, done.stdout.strip()) == (0, rb"\u5ba2\udcff")


@pytest.mark.parametrize("name", ["assistant", "ingest", "finetune"])
def test_a_command_runs_as_a_module_too(name):
    done = subprocess.run(
        [sys.executable, "-m", f"{name}.cli", "no-such-command"], capture_output=True, text=True, cwd=ROOT
    )
    assert done.returncode == 2
    assert "No such command" in done.stderr
