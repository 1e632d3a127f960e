"""What every command does with errors: a sentence, an exit code, and never a traceback."""

import errno
import json
from pathlib import Path

import pytest

from assistant import initialise
from assistant.commands import guarded


def _raise(error):
    raise error


def test_a_full_disk_says_what_to_do(capsys):
    assert guarded(lambda: _raise(OSError(errno.ENOSPC, "No space left on device"))) == 1
    assert "Free some space" in capsys.readouterr().err
    assert guarded(lambda: _raise(RuntimeError("I/O error: No space left (os error 28)"))) == 1
    assert "Free some space" in capsys.readouterr().err


def test_missing_rights_name_the_path(capsys):
    assert guarded(lambda: _raise(PermissionError(errno.EACCES, "Permission denied", "/x"))) == 1
    said = capsys.readouterr().err
    assert "(/x)" in said and "--home DIR" in said


def test_what_nobody_foresaw_is_a_sentence_and_its_traceback_a_file(capsys, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert guarded(lambda: _raise(ZeroDivisionError("by nothing")), as_json=True) == 1
    out, said = capsys.readouterr()
    assert "Traceback" not in out + said and "ZeroDivisionError" in json.loads(out)["error"]
    assert "Traceback" in next(Path(tmp_path).iterdir()).read_text("utf-8")


def test_the_desks_password_is_shown_by_the_run_that_ends(settings, monkeypatch):
    monkeypatch.delenv("KEFU_DESK_PASSWORD", raising=False)
    for step in ("_intent", "_response", "_release"):
        monkeypatch.setattr(initialise, step, lambda shop: {})
    monkeypatch.setattr(initialise, "_meaning_empty", lambda shop: _raise(KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        initialise.initialise(settings, empty=True)
    monkeypatch.setattr(initialise, "_meaning_empty", lambda shop: {})
    assert initialise.initialise(settings, empty=True)["desk_password"]
    assert "desk_password" not in initialise.initialise(settings, empty=True)
