"""The server generator against a real chat-completions server on this machine, and its failures."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from assistant.errors import KefuError, MissingPart
from assistant.records import Prompt
from assistant.replying.generators.server import ServerGenerator
from assistant.settings import Generator

PROMPT = Prompt("多久", ("3天到账。",), (("customer", "退款"), ("bot", "好的")), "zh")


class Handler(BaseHTTPRequestHandler):
    """Streams the last message of the request back, word by word; answers 500 for the model `broken`."""

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append((self.path, request))
        if request["model"] == "broken":
            self.send_error(500)
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        for piece in list(request["messages"][-1]["content"]):
            delta = {"choices": [{"index": 0, "delta": {"role": "assistant", "content": piece}}]}
            chunk = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "m", **delta}
            self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())
        self.wfile.write(b"data: [DONE]\n\n")

    def log_message(self, *arguments):
        pass


@pytest.fixture(scope="module")
def server():
    made = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.requests = []
    threading.Thread(target=made.serve_forever, daemon=True).start()
    yield made
    made.shutdown()


def settings(server, model="qwen3:0.6b") -> Generator:
    return Generator(kind="server", model=model, base_url=f"http://127.0.0.1:{server.server_port}/v1", timeout=10)


def test_the_reply_streams_and_the_prompt_arrives_as_messages(server):
    generator = ServerGenerator(settings(server), lambda language: "某店")
    assert list(generator.generate(PROMPT)) == ["多", "久"]
    path, request = server.requests[-1]
    assert path == "/v1/chat/completions"
    assert request["model"] == "qwen3:0.6b" and request["stream"] is True and request["temperature"] == 0.0
    assert [m["role"] for m in request["messages"]] == ["system", "user", "assistant", "user"]
    assert "3天到账。" in request["messages"][0]["content"] and "某店" in request["messages"][0]["content"]


def test_stop_ends_the_stream(server):
    seen = []
    assert list(ServerGenerator(settings(server)).generate(PROMPT, seen.append, lambda: bool(seen))) == ["多"]


def test_a_failing_server_is_one_sentence(server):
    with pytest.raises(KefuError, match=r"model server for 'broken' failed .*Check generator.base_url"):
        list(ServerGenerator(settings(server, "broken")).generate(PROMPT))


def test_a_server_that_is_not_there():
    choice = Generator(kind="server", model="m", base_url="http://127.0.0.1:9/v1", timeout=2)
    with pytest.raises(KefuError, match="failed"):
        list(ServerGenerator(choice).generate(PROMPT))


def test_missing_settings_are_named(monkeypatch):
    with pytest.raises(MissingPart, match=r"generator\.model is empty"):
        ServerGenerator(Generator(kind="server"))
    monkeypatch.delenv("NO_SUCH_KEY", raising=False)
    with pytest.raises(MissingPart, match="NO_SUCH_KEY holds no key"):
        ServerGenerator(Generator(kind="server", model="m", api_key_env="NO_SUCH_KEY"))
