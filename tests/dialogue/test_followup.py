import pytest

from assistant.understanding.followup import leans_on_history, make_whole

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
