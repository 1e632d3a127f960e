"""Starts the two processes of the pages and watches over them.

`serve` is the parent: ports, environment, readiness, the end. `main` is a child: one page served
with all of Streamlit's settings given by code, so that no folder or file of the user matters.
"""

from __future__ import annotations

import dataclasses
import errno
import http.client
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from assistant.commands import offline, say
from assistant.errors import BadInput, Busy, KefuError, UsageError
from assistant.settings import ROOT, Settings, load
from assistant.store import Store
from ui import look
from ui.house import House, move_in
from ui.replies import Answers, Replies

log = logging.getLogger("kefu.server")

HERE = Path(__file__).resolve().parent
COMMAND = (sys.executable, "-m", "ui.server")
PUBLISH_EVERY = 0.5
READY_WITHIN = 600.0
GRACE = 8.0
_WATCHED = "KEFU_WATCHED_BY_STDIN"

Build = Callable[[Settings, Store], Answers]


# The parent


def serve(settings: Settings, command: Sequence[str] = COMMAND) -> int:
    """Serve both pages until they are stopped; returns the exit code.

    Raises Busy where a port is taken. `command` starts a child, given the page's name.
    """
    check_ports(settings)
    stop = threading.Event()
    interrupted = _stop_on_signals(stop)
    children: dict[str, subprocess.Popen] = {}
    try:
        for page in ("customer", "desk"):
            children[page] = _start(page, settings, command)
        if not _wait_until_ready(children, settings, stop):
            return _blame(children, stop, interrupted)
        print(f"Customers: {address(settings, 'customer')}", flush=True)
        print(f"Desk:      {address(settings, 'desk')}", flush=True)
        say("Both pages are up. Ctrl-C ends them.")
        while not stop.is_set() and all(c.poll() is None for c in children.values()):
            stop.wait(0.5)
        return _blame(children, stop, interrupted)
    finally:
        _end(children.values())


def port_of(settings: Settings, page: str) -> int:
    return settings.chat.port if page == "customer" else settings.chat.desk_port


def reachable(settings: Settings) -> str:
    """Return a host name under which this machine reaches what it serves."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(
        settings.chat.host, settings.chat.host
    )


def address(settings: Settings, page: str) -> str:
    host = reachable(settings)
    return f"http://{f'[{host}]' if ':' in host else host}:{port_of(settings, page)}"


def check_ports(settings: Settings) -> None:
    """Raise Busy, BadInput or UsageError where the two ports can't be served from."""
    chat = settings.chat
    if chat.port == chat.desk_port:
        raise UsageError(
            f"The customer page and the desk can't share port {chat.port}. Choose two with"
            " `assistant serve --port N --desk-port M`."
        )
    for page, flag in (("customer", "--port"), ("desk", "--desk-port")):
        port = port_of(settings, page)
        if not 1 <= port <= 65535:
            raise UsageError(f"{port} is no port. Choose one from 1 to 65535 with {flag}.")
        try:
            family, kind, protocol, _, where = socket.getaddrinfo(
                chat.host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            )[0]
            with socket.socket(family, kind, protocol) as probe:
                if os.name == "posix":
                    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(where)
        except socket.gaierror as error:
            raise BadInput(
                f"chat.host {chat.host!r} is no address of this machine ({error})."
            ) from error
        except OSError as error:
            raise _refused(error, port, flag, chat.host) from error


def _refused(error: OSError, port: int, flag: str, host: str) -> KefuError:
    if error.errno == errno.EADDRINUSE:
        return Busy(
            f"Port {port} is taken by another program. Stop it, or choose another port:"
            f" `assistant serve {flag} {port + 100 if port < 65400 else port - 100}`."
        )
    if error.errno == errno.EACCES:
        return Busy(
            f"Port {port} may not be used by this account. Choose one above 1023:"
            f" `assistant serve {flag} 8601`."
        )
    return BadInput(f"{host}:{port} can't be served from: {error.strerror}. Check chat.host.")


def environment(settings: Settings) -> dict[str, str]:
    """Return the environment that gives a child exactly these settings."""
    env = {**os.environ, "KEFU_HOME": str(settings.home), "PYTHONUNBUFFERED": "1", _WATCHED: "1"}
    env.setdefault("OMP_WAIT_POLICY", "passive")  # threads that wait spinning stall where cores are shared
    env["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    plain = load(settings.home)
    for section in dataclasses.fields(Settings):
        if section.name == "home":
            continue
        wanted, known = getattr(settings, section.name), getattr(plain, section.name)
        for key in dataclasses.fields(wanted):
            value = getattr(wanted, key.name)
            if value != getattr(known, key.name):
                text = "|".join(value) if isinstance(value, tuple) else str(value)
                env[f"KEFU_{section.name}_{key.name}".upper()] = text
    return env


def _start(page: str, settings: Settings, command: Sequence[str]) -> subprocess.Popen:
    # Its own session, so that Ctrl-C reaches the parent alone, which then ends both in order. The
    # pipe on its standard input breaks when the parent dies in any way: no child is left behind.
    return subprocess.Popen(
        [*command, page],
        env=environment(settings),
        stdin=subprocess.PIPE,
        stdout=sys.stderr.fileno(),
        start_new_session=True,
    )


def _stop_on_signals(stop: threading.Event) -> list[int]:
    seen: list[int] = []

    def note(number: int, _frame) -> None:
        seen.append(number)
        stop.set()

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, note)
        signal.signal(signal.SIGTERM, note)
    return seen


def _answers(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=2)
    try:
        connection.request("GET", "/_stcore/health")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _wait_until_ready(
    children: dict[str, subprocess.Popen], settings: Settings, stop: threading.Event
) -> bool:
    waiting, began, told = set(children), time.monotonic(), False
    while waiting and time.monotonic() - began < READY_WITHIN:
        if stop.is_set() or any(c.poll() is not None for c in children.values()):
            return False
        waiting -= {p for p in waiting if _answers(reachable(settings), port_of(settings, p))}
        if not told and time.monotonic() - began > 3:
            say("Loading the models. This takes some seconds.")
            told = True
        if waiting:
            stop.wait(0.3)
    return not waiting


def _blame(children: dict[str, subprocess.Popen], stop: threading.Event, seen: list[int]) -> int:
    if stop.is_set():
        return 130 if signal.SIGINT in seen else 0
    names = {"customer": "customer page", "desk": "desk"}
    ended = [p for p, c in children.items() if c.poll() is not None]
    if not ended:
        say(f"The pages were not ready after {READY_WITHIN:.0f} s. See the messages above.", "red")
    for page in ended:
        say(
            f"The {names[page]} ended by itself (exit {children[page].returncode}); the other was"
            " stopped too. See the messages above, then run `assistant serve` again.",
            "red",
        )
    return 1


def _end(children) -> None:
    children = list(children)
    for child in children:
        if child.poll() is None:
            child.terminate()
    until = time.monotonic() + GRACE
    for child in children:
        try:
            child.wait(max(0.1, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        if child.stdin:
            child.stdin.close()


# The children


def streamlit_options(settings: Settings, page: str) -> dict[str, object]:
    """Return every option of Streamlit that must not depend on a file or folder."""
    return {
        "server.address": settings.chat.host,
        "server.port": port_of(settings, page),
        "server.headless": True,
        "server.showEmailPrompt": False,
        "server.fileWatcherType": "none",
        "server.runOnSave": False,
        "server.baseUrlPath": "",
        "server.maxUploadSize": 20,
        "server.enableXsrfProtection": True,
        "server.enableCORS": True,
        "server.enableStaticServing": False,
        "server.enableAgentApi": False,
        "global.developmentMode": False,
        "browser.gatherUsageStats": False,
        "client.toolbarMode": "minimal",
        "client.showErrorDetails": "none",
        "client.showErrorLinks": False,
        "client.allowedOrigins": [],
        "logger.hideWelcomeMessage": True,
        "logger.level": "warning",
        **look.THEME,
    }


def run_customer(settings: Settings, build: Build | None = None) -> None:
    """Serve the customer page; returns when the server has ended."""
    store = Store.open(settings.database)
    if build is None:
        from assistant.assembly import build_engine

        build = build_engine
    engine = build(settings, store)
    if warm := getattr(engine, "warm", None):
        warm()
    move_in(House(settings, store, Replies(engine, store)))
    publish = getattr(engine, "publish_pending", None)
    if publish:
        threading.Thread(target=_keep_publishing, args=(publish,), daemon=True).start()
    _run(HERE / "app.py", settings, "customer")


def run_desk(settings: Settings) -> None:
    """Serve the desk; returns when the server has ended."""
    move_in(House(settings, Store.open(settings.database)))
    _run(HERE / "desk.py", settings, "desk")


def _keep_publishing(publish: Callable[[], object]) -> None:
    """Make what the desk saved searchable, twice a second; a failure is told once, then retried."""
    told = ""
    while True:
        try:
            publish()
            told = ""
        except Exception as error:
            if str(error) != told:
                log.exception("New knowledge could not be published; trying again")
            told = str(error)
        time.sleep(PUBLISH_EVERY if not told else 5.0)


def _no_closed_page(record: logging.LogRecord) -> bool:
    """Keep a page that was closed while it was written to out of the log: nothing is wrong then."""
    return not (record.exc_info and type(record.exc_info[1]).__name__ == "WebSocketDisconnected")


def _run(script: Path, settings: Settings, page: str) -> None:
    import streamlit as st
    from starlette.middleware import Middleware

    logging.getLogger("uvicorn.error").addFilter(_no_closed_page)

    from ui.doors import Desk, Guard
    from ui.house import house

    app = st.App(
        script,
        routes=Desk(house()).routes() if page == "desk" else [],
        middleware=[Middleware(Guard, visitors=page == "customer")],
        on_script_error=_polite,
    )
    app.run(config=streamlit_options(settings, page))


def _polite(error: Exception) -> bool:
    """Log a page's error and show a sentence instead of its traceback."""
    import streamlit as st

    from ui.wording import say as sentence

    log.error("A page failed", exc_info=error)
    locale = str(getattr(st.context, "locale", "") or "")
    st.error(sentence("sorry", "zh" if locale.startswith("zh") else "en"))
    return True


def _die_with_parent() -> None:
    def wait() -> None:
        sys.stdin.buffer.read()
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(GRACE)
        os._exit(1)

    if os.environ.get(_WATCHED):
        threading.Thread(target=wait, daemon=True).start()


def main(arguments: Sequence[str], build: Build | None = None) -> int:
    """Be a child: `customer` or `desk`. Returns the exit code."""
    if list(arguments) not in (["customer"], ["desk"]):
        print(
            "Use: python -m ui.server customer|desk (or `assistant serve` for both)",
            file=sys.stderr,
        )
        return 2
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s: %(message)s")
    _die_with_parent()
    try:
        settings = load()
        offline(settings)
        if arguments[0] == "customer":
            run_customer(settings, build)
        else:
            run_desk(settings)
    except KefuError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
