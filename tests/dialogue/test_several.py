import pytest

from assistant.understanding.several import questions_in


@pytest.mark.parametrize(("text", "questions"), [
    ("how long is delivery and can I pay by card?", ("how long is delivery", "can I pay by card?")),
    ("Do you ship abroad? Who pays the duty?", ("Do you ship abroad?", "Who pays the duty?")),
    ("what does a repair cost, how long does it take, and do you lend me a phone", (
        "what does a repair cost", "how long does it take", "do you lend me a phone")),
    ("退货要几天？另外运费谁出", ("退货要几天？", "运费谁出")),
    ("想寄到美国，要多久，运费多少", ("想寄到美国，要多久", "运费多少")),
    ("能退吗，还有货吗", ("能退吗", "还有货吗")),
    ("能退吗，还有运费谁出", ("能退吗", "运费谁出")),
    ("我想知道什么时候发货以及怎么付款", ("我想知道什么时候发货", "怎么付款")),
    ("一次问完：1 怎么退货 2 钱多久到", ("怎么退货", "钱多久到")),
    ("两个问题：一、发票怎么开？二、我找不到电子票了。", ("发票怎么开？", "我找不到电子票了。")),
    ("Questions: 1) how many days to return 2) who pays", ("how many days to return", "who pays")),
])
def test_several_questions_are_told_apart(text, questions):
    assert questions_in(text).questions == questions


@pytest.mark.parametrize("text", [
    "", "以及", "What is your return policy?", "when I return it, who pays?", "还有别的颜色吗",
    "if I order today, when will it arrive?", "Can you help me? my tablet won't charge",
    "你好，请问怎么退货？", "在吗？怎么退货", "Hi! how do I return an item?", "Can my colleague also order here?",
    "I bought 2. Is it ok? 3 days ago it broke", "修了两次，第一次换屏，第二次换主板", "Pad 11 has 1.5 GB or 2.5 GB?",
    "怎么退货？" * 200, "I opened the box and the cable is missing. What now?", "手机摔了，屏幕裂了，怎么修",
])
def test_one_question_stays_as_it_is(text):
    assert questions_in(text).questions == (text,)


def test_what_asks_nothing_stays_with_its_question():
    text = "I bought a lamp. Can I return it? And who pays the courier? It weighs two kilos."
    assert questions_in(text).questions == (
        "I bought a lamp. Can I return it?", "And who pays the courier? It weighs two kilos."
    )


def test_more_than_three_stay_with_the_third():
    text = "1. How do I pay? 2. Where is my invoice? 3. Who ships? 4. What about points?"
    assert questions_in(text).questions == (
        "How do I pay?", "Where is my invoice?", "Who ships? What about points?"
    )


def test_numbers_and_adding_words_are_plain_and_commas_a_guess():
    assert questions_in("退货要几天？另外运费谁出").plainly
    assert questions_in("1) how do I pay 2) who ships").plainly
    assert not questions_in("要多久，运费多少").plainly and not questions_in("怎么退货").plainly
