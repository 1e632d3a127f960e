"""The speaker: sentence by sentence, nothing taken back, the approved text where the model fails."""

import threading
import time

import pytest

from assistant.errors import KefuError
from assistant.records import Prompt
from assistant.replying.speaker import speak

TEXT = "Returns take 7 days. Refunds take 3 working days. Opened items stay yours."
PROMPT = Prompt("how long?", (TEXT, "Delivery costs £5."), (), "en")


class Echo:
    """Writes a text in pieces of a few characters, as long as nobody stops it."""

    name = "echo"

    def __init__(self, text: str, size: int = 3, wait: float = 0.0, error: Exception | None = None):
        self.text, self.size, self.wait, self.error = text, size, wait, error
        self.written, self.ended = "", threading.Event()

    def generate(self, prompt, on_token=None, stop=None):
        try:
            for start in range(0, len(self.text), self.size):
                if stop and stop():
                    return
                time.sleep(self.wait)
                piece = self.text[start : start + self.size]
                self.written += piece
                yield piece
            if self.error:
                raise self.error
        finally:
            self.ended.set()


def run(generator, prompt=PROMPT, **options):
    pieces = []
    spoken = speak(prompt, generator, pieces.append, **options)
    assert spoken.text == "".join(pieces)
    return spoken, pieces


@pytest.mark.parametrize("size", [1, 2, 7, 100])
def test_supported_sentences_leave_one_by_one(size):
    spoken, pieces = run(Echo("Returns take 7 days. Refunds take 3 working days.", size))
    assert pieces == ["Returns take 7 days.", " Refunds take 3 working days."]
    assert (spoken.origin, spoken.sentences, spoken.reason) == ("model", 2, "")
    assert spoken.first_word_ms is not None


def test_a_false_first_sentence_is_never_shown():
    spoken, pieces = run(Echo("Returns take 9 days. Refunds take 3 working days."))
    assert pieces == [TEXT]
    assert spoken.origin == "verbatim"
    assert spoken.refused.strip() == "Returns take 9 days."
    assert spoken.reason.startswith("fact: ")


def test_a_false_later_sentence_ends_it_and_the_approved_text_follows():
    spoken, pieces = run(Echo("Returns take 7 days. Refunds are instant. Opened items stay yours."), title="Returns")
    assert pieces[0] == "Returns take 7 days."
    assert pieces[1:] == [f"\n\nOur full text on “Returns”:\n“{TEXT}”"]
    assert (spoken.origin, spoken.sentences) == ("model", 1)
    assert "instant" not in spoken.text


def test_the_approved_text_is_not_said_twice():
    spoken, _ = run(Echo(TEXT + " We guarantee it."))
    assert spoken.text == TEXT
    assert spoken.reason.startswith("promise: ")


def test_generation_is_stopped_at_the_first_failure():
    echo = Echo("Returns take 9 days. " + "And more. " * 500, wait=0.001)
    run(echo)
    assert echo.ended.wait(5)
    assert len(echo.written) < 1000


def test_a_silent_generator_gives_way_in_time():
    began = time.monotonic()
    spoken, pieces = run(Echo("Returns take 7 days. Yes.", size=100, wait=2.0), first_words_within=0.2)
    assert time.monotonic() - began < 1.0
    assert pieces == [TEXT] and spoken.reason.startswith("late: ")


def test_a_generator_that_never_ends_its_first_sentence_gives_way():
    spoken, _ = run(Echo("and so on " * 1000, wait=0.01), first_words_within=0.3)
    assert spoken.text == TEXT and spoken.reason.startswith("late: ")


def test_after_a_first_sentence_there_is_no_hurry():
    spoken, _ = run(Echo("Returns take 7 days. Refunds take 3 working days.", 25, wait=0.25), first_words_within=0.6)
    assert spoken.sentences == 2


def test_a_failure_before_and_after_the_first_sentence():
    spoken, _ = run(Echo("", error=KefuError("no server")))
    assert spoken.text == TEXT and spoken.reason == "failed: The generator failed: no server"
    spoken, _ = run(Echo("Returns take 7 days. Refu", error=ValueError("cut")))
    assert spoken.text.startswith("Returns take 7 days.\n\nOur full text:")
    assert "Refu" in spoken.text.split("“")[1] and spoken.sentences == 1


def test_a_model_that_says_nothing():
    spoken, _ = run(Echo("  "))
    assert spoken.text == TEXT and spoken.reason.startswith("empty: ")


def test_the_customers_words_of_the_whole_conversation_count():
    echo = Echo("Order AB12 takes 7 days to return.")
    assert run(echo)[0].origin == "verbatim"
    assert run(echo, customer_texts=["my order is AB12"])[0].origin == "model"
    history = (("customer", "my order is AB12"), ("bot", "AC99"))
    assert run(echo, Prompt("how long?", (TEXT,), history, "en"))[0].origin == "model"
    agent_only = Prompt("how long?", (TEXT,), (("bot", "AB12"),), "en")
    assert run(echo, agent_only)[0].origin == "verbatim"


def test_chinese_sentences_join_without_blanks():
    prompt = Prompt("多久", ("7天内可退。退款3个工作日到账。拆封不退。",), (), "zh")
    spoken, pieces = run(Echo("7天内可退。退款3个工作日到账。", 1), prompt)
    assert pieces == ["7天内可退。", "退款3个工作日到账。"]
    assert spoken.text == "7天内可退。退款3个工作日到账。"


def test_a_decimal_point_does_not_end_a_sentence():
    prompt = Prompt("fee?", ("The fee is £4.90 for all.",), (), "en")
    _, pieces = run(Echo("The fee is £4.90 for all.", 1), prompt)
    assert pieces == ["The fee is £4.90 for all."]


def test_a_reply_that_says_next_to_nothing_is_followed_by_the_approved_text():
    prompt = Prompt("退货要几天", ("支持。签收后7天内可以退货。",), (), "zh")
    spoken, _ = run(Echo("支持。"), prompt, title="能退货吗？")
    assert spoken.text == "支持。\n\n关于“能退货吗？”的完整说明：\n“支持。签收后7天内可以退货。”"
    assert spoken.reason.startswith("thin:")
    short = Prompt("退吗", ("支持。",), (), "zh")
    assert run(Echo("支持。"), short)[0].reason == ""
