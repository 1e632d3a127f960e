"""The import map of the project, kept true: imports go one way."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("assistant", "ingest", "finetune", "ui")
MAY = {
    "assistant": {"assistant"},
    "ingest": {"assistant", "ingest"},
    "finetune": {"assistant", "ingest", "finetune"},
    "ui": set(ROOMS),
}
# The composition root and what it is made of: each imports upwards inside functions only.
COMPOSITION = {"assistant/cli.py", "assistant/initialise.py", "assistant/measuring.py"}


def imported(path: Path, top_level_only: bool = False):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in tree.body if top_level_only else ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def files(room):
    return sorted((ROOT / room).rglob("*.py"))


@pytest.mark.parametrize("room", ROOMS)
def test_imports_go_one_way(room):
    for path in files(room):
        name = path.relative_to(ROOT).as_posix()
        found = {m.split(".")[0] for m in imported(path, name in COMPOSITION)} & set(ROOMS)
        assert found <= MAY[room], f"{name} imports {found - MAY[room]}"


@pytest.mark.parametrize(
    ("library", "homes"),
    [("faiss", {"assistant/knowledge/forms.py"}), ("sqlite_utils", {"assistant/store"})],
)
def test_a_library_is_known_in_one_place(library, homes):
    for room in ROOMS:
        for path in files(room):
            name = path.relative_to(ROOT).as_posix()
            if library in {m.split(".")[0] for m in imported(path)}:
                assert any(name.startswith(h) for h in homes), f"{name} imports {library}"


def test_importing_the_package_is_light():
    code = "import sys, assistant; print([m for m in ('torch','faiss','streamlit') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"


def test_every_package_and_the_data_go_into_the_wheel():
    setuptools = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
    found = {p.parent.relative_to(ROOT).as_posix().replace("/", ".") for r in ROOMS for p in (ROOT / r).rglob("__init__.py")}
    assert found | {"assistant.data"} == set(setuptools["packages"])
    assert setuptools["package-dir"] == {"assistant.data": "data"}
    shipped = {p for pattern in setuptools["package-data"]["assistant.data"] for p in (ROOT / "data").glob(pattern)}
    assert ROOT / "data/settings.toml" in shipped and not any("home" in p.parts for p in shipped)
