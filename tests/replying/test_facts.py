"""Facts of both languages in one normal form."""

import time

import pytest

from assistant.replying.facts import Fact, facts, keys


def read(text: str) -> set[tuple[str, str, str]]:
    return {(f.kind, f.value, f.unit) for f in facts(text)}


SAME = [
    ("7天", "七天", "seven days", "7 days", "７天", "7个自然日"),
    ("24小时", "二十四小时", "twenty-four hours", "24 hrs"),
    ("3个工作日", "三个工作日", "3 working days", "three business days"),
    ("￥1000", "1,000元", "RMB 1000", "一千元", "1000 yuan", "1000.00元", "人民币1000元"),
    ("5万元", "50000元", "50,000 yuan", "五万元"),
    ("10%", "百分之十", "10 percent", "ten per cent", "１０％"),
    ("£62.50", "62.5 pounds"),
    ("9.5折", "95折", "九五折"),
    ("2026-04-18", "2026年4月18日", "18 April 2026", "April 18, 2026", "18th of April, 2026"),
    ("18:30", "6:30 pm", "下午6点半", "18点30分", "下午六点半"),
    ("周一", "星期一", "Monday", "Mondays"),
    ("400-820-1234", "400 820 1234", "4008201234"),
    ("https://www.kefu.example/returns", "kefu.example/returns.", "www.kefu.example/returns"),
    ("半年", "half a year"),
]


@pytest.mark.parametrize("forms", SAME, ids=lambda forms: forms[0])
def test_forms_of_one_fact(forms):
    first = read(forms[0])
    assert first
    for other in forms[1:]:
        assert read(other) == first, other


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3-5 working days", {("number", "3", "working day"), ("number", "5", "working day")}),
        ("3到5天", {("number", "3", "day"), ("number", "5", "day")}),
        ("三四天", {("number", "3", "day"), ("number", "4", "day")}),
        ("一万两千三百元", {("number", "12300", "cny")}),
        ("一千零五元", {("number", "1005", "cny")}),
        ("一万二元", {("number", "12000", "cny")}),
        ("订单CE20260418-3391", {("code", "ce202604183391", "")}),
        ("每周二、四下午", {("weekday", "2", ""), ("weekday", "4", "")}),
        ("call +44 20 7946 0331.", {("phone", "442079460331", "")}),
        ("help@shop.example", {("e-mail", "help@shop.example", "")}),
        ("within a week", {("number", "1", "week")}),
        ("满299元包邮，不足收20元", {("number", "299", "cny"), ("number", "20", "cny")}),
        ("aged 13 to 17 may ride", {("number", "13", ""), ("number", "17", "")}),
        ("256GB", {("number", "256", "gb")}),
    ],
)
def test_one_text(text, expected):
    assert read(text) == expected


@pytest.mark.parametrize(
    "text",
    ["请稍等一下，我们一般会尽快处理", "十分抱歉，千万别急", "one of our people will help", "进一步了解", "提前一点来",
     "no number at all", "once a year"],
)
def test_words_that_state_no_number(text):
    assert not read(text)


def test_a_unit_tells_facts_apart():
    known = keys(facts("You have 7 days and pay 5 % or 30 元."))
    assert Fact("number", "7", "day").supported_by(known)
    assert not Fact("number", "7", "%").supported_by(known)
    assert not Fact("number", "5", "day").supported_by(known)
    assert Fact("number", "30").supported_by(known)
    assert not Fact("number", "8").supported_by(known)


def test_working_days_are_not_days():
    assert not Fact("number", "3", "day").supported_by(keys(facts("3 working days")))


@pytest.mark.parametrize("text", ["-" * 20000, "1" * 20000, "a.b." * 4000, "半" * 5000, "1,000," * 3000, "a1-" * 5000])
def test_hostile_texts_are_read_in_time(text):
    began = time.perf_counter()
    facts(text)
    assert time.perf_counter() - began < 4


@pytest.mark.parametrize(
    ("said", "known", "same"),
    [
        ("within a week", "7天内", True), ("168 hours", "seven days", True), ("半小时", "30 minutes", True),
        ("two years", "24个月", True), ("打九折", "10% off", True), ("便宜一成", "10%", True), ("半年", "6 months", True),
        ("1.5公斤", "1500 g", True), ("7 hours", "7天", False), ("3 working days", "3天", False),
        ("九折", "9%", False), ("30 days", "1 month", False), ("90折", "10%", True),
    ],
)
def test_one_measure_in_other_units_is_the_same_fact(said, known, same):
    assert all(f.supported_by(keys(facts(known))) for f in facts(said)) is same
