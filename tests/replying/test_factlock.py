"""The lock: what it lets out, and each reason against a sentence."""

import pytest

from assistant.replying.factlock import allowed, denies, verbatim

RETURNS = "You may return unopened items within 7 days. We refund to the card you paid with in 3-5 working days. Gift cards, vouchers and e-books are not refundable."
SHIPPING = "Standard delivery is free from £45; below that it costs £4.90. Call 0800 114 772, Monday to Friday 8:00 to 18:30."
退货 = "签收后7天内可以退货，商品须保持完好。退款在3到5个工作日内原路退回。耳机拆封后不支持退货。满299元包邮，不足收20元。"


def kind(sentence, passages=(RETURNS, SHIPPING), customer=(), language="en", said=()):
    refusal = allowed(sentence, passages, customer, language, said)
    return refusal.kind if refusal else None


@pytest.mark.parametrize(
    "sentence",
    [
        "You may return unopened items within 7 days.",
        "You have seven days to return unopened items.",
        "The refund goes to the card you paid with in 3 to 5 business days.",
        "Delivery is free from £45.",
        "Ring us on 0800-114-772 until 6:30 pm, Monday to Friday.",
        "Sorry to hear that!",
        "Gift cards can't be refunded.",
    ],
)
def test_true_sentences_pass(sentence):
    assert kind(sentence) is None


@pytest.mark.parametrize(
    "sentence", ["七天内可以退货的。", "退款3-5个工作日原路退回。", "满299元包邮，不足的话收20元。", "耳机拆封后不能退货。", "您好！"]
)
def test_true_chinese_sentences_pass(sentence):
    assert kind(sentence, (退货,), language="zh") is None


@pytest.mark.parametrize(
    ("sentence", "why"),
    [
        ("You may return items within 14 days.", "fact"),
        ("We refund 7 % to your card.", "fact"),
        ("The refund takes 3 days.", "fact"),
        ("See https://evil.example/returns for it.", "fact"),
        ("Call 0800 114 773.", "fact"),
        ("We are there on Saturdays.", "fact"),
        ("We guarantee your refund in 3-5 working days.", "promise"),
        ("The refund is paid immediately.", "promise"),
        ("All items can be returned.", "promise"),
        ("I've cancelled your order.", "action"),
        ("Let me check that for you.", "action"),
        ("Gift cards are refundable.", "negation"),
        ("Gift cards and vouchers can be refunded.", "negation"),
        ("You may not return unopened items.", "negation"),
        ("退款会退到您的卡上。", "language"),
        ("", "empty"),
        ("...", "empty"),
        ("It is <|customer|> free.", "leftover"),
    ],
)
def test_refused(sentence, why):
    assert kind(sentence) == why


@pytest.mark.parametrize(
    ("sentence", "why"),
    [
        ("十五天内可以退货。", "fact"),
        ("退款3天内到账。", "fact"),
        ("满199元包邮。", "fact"),
        ("耳机拆封后也支持退货。", "negation"),
        ("签收后7天内不可以退货。", "negation"),
        ("退款我们保证原路退回。", "promise"),
        ("退款马上到账。", "promise"),
        ("我已经帮您取消了订单。", "action"),
        ("运费由我们承担。", "promise"),
        ("You may return it.", "language"),
    ],
)
def test_refused_in_chinese(sentence, why):
    assert kind(sentence, (退货,), language="zh") == why


def test_the_customers_own_words_count_as_support_for_facts_alone():
    assert kind("Order CE2026-3391 can be returned within 7 days.") == "fact"
    assert kind("Order CE2026-3391 can be returned within 7 days.", customer=("it's CE2026-3391",)) is None
    assert kind("We guarantee it.", customer=("do you guarantee it?",)) == "promise"


def test_a_fact_in_one_language_bears_out_the_other():
    assert kind("You can return it within 7 days.", (退货,)) is None


def test_repeats_are_refused():
    first = "You may return unopened items within 7 days."
    assert kind(first, said=(first,)) == "repeat"
    assert kind("You may return unopened items within 7 days!", said=(first,)) == "repeat"


def test_every_approved_sentence_passes_in_its_own_language():
    from assistant.text import sentences

    for text, language in ((RETURNS, "en"), (SHIPPING, "en"), (退货, "zh")):
        for part in sentences(text):
            assert allowed(part, [text], [], language) is None, part


def test_verbatim_is_a_whole_sentence_never_a_part():
    assert verbatim("We refund to the card you paid with in 3-5 working days", [RETURNS])
    assert verbatim(RETURNS, [RETURNS])
    assert not verbatim("e-books are not refundable.", [RETURNS])
    assert not verbatim("", [RETURNS])


def test_a_clipped_denial_is_no_licence():
    text = "耳机拆封后不支持退货。"
    assert kind("支持退货。", (text,), language="zh") == "negation"


@pytest.mark.parametrize("text", ["不客气，没问题", "不超过3天", "No problem, don't worry", "不管哪天，非常欢迎"])
def test_polite_negatives_deny_nothing(text):
    assert not denies(text)


@pytest.mark.parametrize("text", ["We can't", "we can’t do it", "We don't", "closed on Sundays", "不支持", "无法办理", "谢绝入内"])
def test_denials(text):
    assert denies(text)
