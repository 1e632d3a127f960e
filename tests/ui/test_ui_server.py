"""Serving: ports, the environment of the children, what the desk must not load."""

import dataclasses
import json
import os
import socket
import subprocess
import sys

import pytest

from assistant.errors import BadInput, Busy, UsageError
from assistant.settings import ROOT, load
from ui.server import address, check_ports, environment, main, serve, streamlit_options


def with_chat(settings, **changes):
    return dataclasses.replace(settings, chat=dataclasses.replace(settings.chat, **changes))


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for s in sockets:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def test_a_taken_port_is_named_with_what_to_do(settings):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        [other] = free_ports(1)
        with pytest.raises(Busy, match=rf"Port {port} is taken.*assistant serve --port \d+"):
            serve(with_chat(settings, port=port, desk_port=other))
        with pytest.raises(Busy, match=r"assistant serve --desk-port \d+"):
            check_ports(with_chat(settings, port=other, desk_port=port))


def test_impossible_ports_and_hosts_are_refused(settings):
    with pytest.raises(UsageError, match="can't share port 9000"):
        check_ports(with_chat(settings, port=9000, desk_port=9000))
    with pytest.raises(UsageError, match="70000 is no port"):
        check_ports(with_chat(settings, port=70000))
    one, two = free_ports(2)
    with pytest.raises(BadInput, match=r"chat\.host"):
        check_ports(with_chat(settings, host="203.0.113.7", port=one, desk_port=two))


def test_children_get_exactly_these_settings(settings, tmp_path):
    wanted = with_chat(settings, port=9001, allow_hub=True)
    wanted = dataclasses.replace(
        wanted, company=dataclasses.replace(wanted.company, suggestions_en=("One?", "Two?"))
    )
    assert load(environ=environment(wanted)) == wanted


def test_addresses_can_be_opened(settings):
    assert address(with_chat(settings, host="0.0.0.0"), "desk") == "http://127.0.0.1:8502"
    assert address(with_chat(settings, host="::1"), "customer") == "http://[::1]:8501"


def test_streamlit_knows_every_option_and_sends_nothing(settings):
    from streamlit import config

    options = streamlit_options(settings, "desk")
    assert set(options) <= set(config._config_options_template)
    assert options["browser.gatherUsageStats"] is False
    assert options["server.address"] == "127.0.0.1"
    assert options["server.maxUploadSize"] == 20


def test_a_child_that_can_not_start_ends_all_with_a_sentence(settings, capfd):
    one, two = free_ports(2)
    command = (sys.executable, "-c", "import sys; sys.exit(3)")
    assert serve(with_chat(settings, port=one, desk_port=two), command) == 1
    said = " ".join(capfd.readouterr().err.split())
    assert "ended by itself (exit 3)" in said


def test_wrong_use_of_a_child_is_2(capsys):
    assert main(["kitchen"]) == 2
    assert "assistant serve" in capsys.readouterr().err


def test_the_desk_loads_no_model_library():
    code = (
        "import sys, json; from streamlit.testing.v1 import AppTest; import ui.server, ui.doors;"
        "import ui.desk_conversations, ui.desk_knowledge, ui.desk_figures, ui.access;"
        "print(json.dumps(sorted(m for m in sys.modules if '.' not in m)))"
    )
    out = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    loaded = set(json.loads(out.stdout.splitlines()[-1]))
    assert not loaded & {"torch", "faiss", "transformers", "sentence_transformers", "langchain"}
