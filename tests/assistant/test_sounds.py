import pytest

from assistant.sounds import sounds, spoken_language, syllables, written_in_pinyin


@pytest.mark.parametrize("text", ["退款", "退宽", "退kuan", "tui款", "tuikuan", "退 款", "TUIKUAN", "退欵"])
def test_what_sounds_alike_shares_a_sound(text):
    assert "tuikuan" in sounds(text)


def test_words_are_cut_by_the_rules_of_spelling():
    assert syllables("zhejiang") == ("zhe", "jiang")
    assert syllables("fangan") == ("fan", "gan")
    assert syllables("xian") == ("xian",)
    assert syllables("refund") == () == syllables("")


def test_english_words_are_not_joined_with_their_neighbours():
    assert sounds("can he change it") == ["change"]
    assert "canhe" in sounds("可以 can he 吗")


@pytest.mark.parametrize(
    ("text", "spelt"),
    [("zenme tuikuan", True), ("fapiao zenme kai?", True), ("can he change it", False), ("refund please", False),
     ("tuikuan", False), ("退款 zenme ban", False), ("", False)],
)
def test_a_question_spelt_out_is_told_from_english(text, spelt):
    assert written_in_pinyin(text) == spelt


def test_a_message_in_pinyin_is_answered_in_chinese():
    assert spoken_language("wo de kuaidi zai nali") == "zh"
    assert spoken_language("where is my parcel") == "en"
    assert spoken_language("12345", default="zh") == "zh"
