from hypothesis import given
from hypothesis import strategies as st

from assistant import text


def test_normalise_folds_width_case_and_traditional_characters():
    assert text.normalise("  怎麼退貨？ＡＢＣ　Ｄ ") == "怎么退货?abc d"


def test_terms_cut_words_and_pairs():
    assert text.terms("退货 refunds 7天") == (["退", "货", "refund", "7", "天"], ["退货"])


def test_language_by_share_of_han():
    assert text.detect_language("怎么cancel order") == "zh"
    assert text.detect_language("please cancel my order 谢") == "en"
    assert text.detect_language("123", default="zh") == "zh"


@given(st.text())
def test_sentences_lose_nothing_but_blanks(value):
    cut = "".join(text.sentences(value))
    assert "".join(cut.split()) == "".join(value.split())


def test_sentences_keep_decimals_and_ends():
    assert text.sentences("Costs 2.5 yuan. Thanks!") == ["Costs 2.5 yuan.", " Thanks!"]


@given(st.text(), st.text())
def test_jaccard_is_symmetric_and_bounded(a, b):
    one, other = text.trigrams(a), text.trigrams(b)
    assert text.jaccard(one, other) == text.jaccard(other, one)
    assert 0.0 <= text.jaccard(one, other) <= 1.0


def test_fingerprint_ignores_control_characters_at_the_ends():
    assert text.fingerprint("退货\u200b") == text.fingerprint("退货")
    assert text.fingerprint("退货") != text.fingerprint("退款")
