"""The `assistant` command. As composition root it may use all rooms, inside its functions only."""

from __future__ import annotations

if __name__ == "__main__":  # before the imports below, so that Ctrl-C in them is no traceback
    import sys

    from assistant.entry import assistant as enter

    sys.exit(enter())

import secrets
from pathlib import Path

import click

from assistant.commands import command, output, say
from assistant.errors import BadInput, UsageError
from assistant.settings import Settings


@click.group()
@click.version_option(package_name="kefu")
def main() -> None:
    """Kefu: answer customers in Chinese and English from your own knowledge."""


@command(main, "init")
@click.option("--empty", is_flag=True, help="No sample company: for your own knowledge.")
def init(settings: Settings, empty: bool) -> dict:
    """Set up a home: knowledge in, models trained, a release promoted. Safe to repeat."""
    from assistant.initialise import initialise

    return initialise(settings, empty)


@command(main, "serve")
@click.option("--port", type=int, default=None, help="Customer page (8501).")
@click.option("--desk-port", type=int, default=None, help="Staff desk (8502).")
def serve(settings: Settings, port: int | None, desk_port: int | None) -> dict:
    """Open the customer page and the staff desk."""
    from dataclasses import replace

    from assistant.assembly import open_store
    from ui.server import serve as serve_pages

    if open_store(settings).releases.current() is None:
        raise UsageError("This home is not set up yet. Run `assistant init` first.")
    chat = replace(
        settings.chat, port=settings.chat.port if port is None else port,
        desk_port=settings.chat.desk_port if desk_port is None else desk_port,
    )
    return {"_exit": serve_pages(replace(settings, chat=chat))}


@command(main, "ask")
@click.argument("text")
@click.option("--conversation", default="", help="Go on with this conversation.")
def ask(settings: Settings, text: str, conversation: str) -> dict:
    """Ask one question."""
    from assistant.adapters.form import reply_values
    from assistant.store.conversations import new_id

    engine = _engine(settings)
    conversation = conversation or new_id()
    reply = engine.reply(conversation, text)
    return {**reply_values(reply, conversation), "_show": lambda: _show(reply)}


@command(main, "chat")
def chat(settings: Settings) -> dict:
    """Chat in the terminal. An empty line or Ctrl-D ends it."""
    from assistant.store.conversations import new_id

    engine = _engine(settings)
    conversation = new_id()
    say("Type a question; an empty line ends the chat. 请输入问题，空行结束。")
    while True:
        try:
            text = input("> ").strip()
        except EOFError:
            break
        if not text:
            break
        try:
            reply = engine.reply(conversation, text, lambda piece: print(piece, end="", flush=True))
        except BadInput as error:
            say(str(error), "yellow")
            continue
        print()
        _show_sources(reply)
    return {"conversation": conversation, "_show": lambda: None}


def _engine(settings: Settings):
    from assistant.assembly import build_engine, open_store

    store = open_store(settings)
    if store.releases.current() is None:
        raise UsageError("This home is not set up yet. Run `assistant init` first.")
    return build_engine(settings, store)


def _show(reply) -> None:
    output.print(reply.text, markup=False, highlight=False, soft_wrap=True)
    _show_sources(reply)


def _show_sources(reply) -> None:
    for s in reply.suggestions:
        output.print(f"  · {s}", markup=False, highlight=False)
    for s in reply.sources:
        output.print(f"  [{s.id}] {s.title}", style="dim", markup=False, highlight=False)
    sure = f", {reply.confidence:.2f}" if reply.confidence is not None else ""
    output.print(f"  ({reply.decision.action.value}{sure})", style="dim", highlight=False)


@command(main, "evaluate")
@click.option("--kb", type=click.Path(path_type=Path), help="FAQ file; without one the home is asked as it serves now.")
@click.option("--queries", required=True, type=click.Path(path_type=Path), help="Questions, JSONL.")
@click.option("--tune-kb", type=click.Path(path_type=Path), help="Sets the threshold, with --tune-queries.")
@click.option("--tune-queries", type=click.Path(path_type=Path))
@click.option("--history", type=click.Path(path_type=Path), help="Past questions, rows like --queries.")
@click.option("--kb-language", type=click.Choice(["zh", "en"]), help="Only FAQs of this language.")
@click.option("--replies", is_flag=True, help="Write the replies too and measure them.")
@click.option("--outcomes", type=click.Path(dir_okay=False, writable=True, path_type=Path), help="Write what came of each question there, as JSONL.")
def evaluate(settings: Settings, **options) -> dict:
    """Measure questions against a knowledge base in a throw-away home, or against this home."""
    from assistant.measuring import evaluate_files

    result = evaluate_files(settings, **options)
    return {**result, "_show": lambda: _show_figures(result)}


SHORT = {
    "n": "n", "hit@1": "hit@1", "hit@5": "hit@5", "mrr": "mrr", "auroc": "auroc", "answered_right": "right",
    "answered_wrong": "wrong", "false_answers": "false", "coverage": "cover",
}


def _show_figures(result: dict) -> None:
    """Print shares in percent, a row for all questions and one for each group; then how replies are worded."""
    from rich.box import SIMPLE
    from rich.table import Column, Table

    table = Table(Column("", no_wrap=True), *SHORT.values(), "ms p50", box=SIMPLE, padding=(0, 1, 0, 0), caption="shares in percent")
    for name, row in {"all": result, **result.get("groups", {})}.items():
        cells = [str(row[k]) if k == "n" else _percent(row[k]) for k in SHORT]
        table.add_row(name, *cells, str(row["ms"]["p50"]))
    output.print(table)
    for key, value in result.items():
        if key not in (*SHORT, "ms", "groups", "settings"):
            output.print(f"{key}: {value}", highlight=False)


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f}"


@command(main, "doctor")
def doctor(settings: Settings) -> dict:
    """Say what is installed, what serves, what is missing and the line that mends it."""
    from assistant.doctor import examine, show

    result = examine(settings)
    return {**result, "_show": lambda: show(result), "_exit": 0 if result["well"] else 1}


@main.group()
def staff() -> None:
    """People at the desk and their roles."""


@command(staff, "add")
@click.argument("name")
@click.option("--role", default="agent", show_default=True, help="agent or admin")
@click.option("--password", default=None, help="Generated and printed once where left out.")
def staff_add(settings: Settings, name: str, role: str, password: str | None) -> dict:
    """Let a person in."""
    from assistant.assembly import open_store

    made = password or secrets.token_urlsafe(9)
    open_store(settings).people.add(name, made, role)
    shown = {} if password else {"password": made}
    told = f"{name} ({role}) may sign in." + ("" if password else f" Password, shown this once: {made}")
    return {"name": name, "role": role, **shown, "_show": lambda: output.print(told, highlight=False)}


@command(staff, "password")
@click.argument("name")
@click.option("--password", default=None, help="Generated and printed once where left out.")
def staff_password(settings: Settings, name: str, password: str | None) -> dict:
    """Set a new password and end the person's sessions."""
    from assistant.assembly import open_store

    made = password or secrets.token_urlsafe(9)
    open_store(settings).people.set_password(name, made)
    shown = {} if password else {"password": made}
    told = f"New password for {name}" + (" is set." if password else f", shown this once: {made}")
    return {"name": name, **shown, "_show": lambda: output.print(told, highlight=False)}


@command(staff, "disable")
@click.argument("name")
def staff_disable(settings: Settings, name: str) -> dict:
    """Sign a person out everywhere and let them in no more."""
    from assistant.assembly import open_store

    open_store(settings).people.disable(name)
    return {"name": name, "_show": lambda: output.print(f"{name} is signed out and disabled.")}


@command(staff, "list")
def staff_list(settings: Settings) -> dict:
    """List people at the desk."""
    from assistant.assembly import open_store

    people = open_store(settings).people.listing()

    def show() -> None:
        for p in people:
            output.print(f"{p['name']}  {p['role']}{'  disabled' if p['disabled'] else ''}")

    return {"staff": people, "_show": show}
