import pytest

from assistant.understanding.followup import (
    LEANING,
    STANDING,
    leans_on_history,
    make_whole,
    readings,
)
from assistant.wording import is_fixed, sentence

HISTORY = [("customer", "How much is shipping to Chengdu?"), ("agent", "Free from 99 yuan.")]


@pytest.mark.parametrize("text", ["and internationally?", "what if I opened it", "how long?"])
def test_english_follow_ups_take_the_question_along(text):
    assert make_whole(text, HISTORY) == f"How much is shipping to Chengdu? {text}"


@pytest.mark.parametrize("text", ["那国际件呢？", "价格多少?", "如果已经拆封了还能退吗"])
def test_chinese_follow_ups_take_the_question_along(text):
    assert make_whole(text, [("customer", "运费怎么算的啊，成都这边"), ("agent", "…")]).endswith(text)
    assert leans_on_history(text, "zh")


def test_a_whole_question_stays_as_it_is():
    text = "Which documents are needed for a VAT invoice of my company?"
    assert make_whole(text, HISTORY) == text
    assert make_whole("and internationally?", []) == "and internationally?"


def test_a_chain_goes_back_to_the_question_that_stands_alone():
    history = [*HISTORY, ("customer", "and to Tibet?"), ("agent", "20 yuan.")]
    assert make_whole("how long?", history).startswith("How much is shipping to Chengdu?")


def test_a_message_without_a_question_before_it_has_no_readings():
    assert readings("and internationally?", []) == ()
    assert readings("and internationally?", [("bot", "Hello, how can I help?")]) == ()


def test_a_follow_up_is_read_alone_after_the_question_and_after_the_reply():
    alone, asked, replied = readings("and internationally?", HISTORY)
    assert (alone.text, alone.weight) == ("and internationally?", 1.0)
    assert (asked.text, asked.weight) == ("How much is shipping to Chengdu? and internationally?", LEANING)
    assert replied.text == "Free from 99 yuan. and internationally?" and replied.weight < asked.weight


def test_a_message_that_stands_alone_takes_less_of_the_history():
    text = "Which documents are needed for a VAT invoice of my company?"
    assert readings(text, HISTORY)[1].weight == STANDING < LEANING


def test_what_the_assistant_says_when_it_has_no_answer_is_no_topic():
    declined = ("bot", sentence("decline", "en"))
    assert [r.text for r in readings("how long?", [*HISTORY, declined])][-1] == "Free from 99 yuan. how long?"
    assert len(readings("how long?", [HISTORY[0], declined])) == 2
    assert is_fixed(sentence("greeting", "zh", "栗子数码")) and not is_fixed("Free from 99 yuan.")


def test_a_question_spelt_out_in_pinyin_stands_by_its_syllables():
    assert not leans_on_history("tuikuan yao duojiu daozhang", "zh")
    assert leans_on_history("duojiu daozhang", "zh")
