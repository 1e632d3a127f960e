"""The documentation is kept true: commands exist, have help, and stand in the README."""

import re
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from assistant.cli import main as assistant
from finetune.cli import main as finetune
from ingest.cli import main as ingest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def commands(group, path):
    for name, command in group.commands.items():
        yield [*path, name], command
        if isinstance(command, click.Group):
            yield from commands(command, [*path, name])


ALL = [
    *commands(assistant, ["assistant"]), *commands(ingest, ["ingest"]), *commands(finetune, ["finetune"])
]


@pytest.mark.parametrize(("path", "command"), ALL, ids=lambda v: "-".join(v) if isinstance(v, list) else "")
def test_every_command_has_help(path, command):
    assert command.help and command.help.strip()[0].isupper(), path
    done = CliRunner().invoke(command, ["--help"])
    assert done.exit_code == 0
    if not isinstance(command, click.Group):
        assert "--json" in done.output and "--home" in done.output


@pytest.mark.parametrize("group", [assistant, ingest, finetune], ids=["assistant", "ingest", "finetune"])
def test_every_top_command_stands_in_the_readme(group):
    for name in group.commands:
        assert f"`{name}`" in README or f"{name} " in README, name


def test_the_first_command_stands_by_line_15_and_links_lead_somewhere():
    assert any("make chat" in line for line in README.splitlines()[:15])
    for name in ("README.md", "README.zh-CN.md"):
        for target in re.findall(r"\]\(([^)#:]+)\)", (ROOT / name).read_text(encoding="utf-8")):
            assert (ROOT / target).exists(), f"{name} -> {target}"
