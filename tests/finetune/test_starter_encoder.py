"""The starter encoder: characters and words with a first meaning, slips that stay readable, losses that teach."""

import math
import random
from types import SimpleNamespace

import pytest
import torch

from finetune.companies import Entry, Firm, Side
from finetune.encoder.augment import Slips
from finetune.encoder.measure import found_in_firms, joined, twins_found
from finetune.encoder.texts import Lessons
from finetune.encoder.train import Pieces, apart, contrast, split_rows
from finetune.encoder.vocabulary import Word, choose_characters, choose_words, cut, first_vectors
from tests.fakes import BagEmbedder

WORDS = [
    Word("钱", "qian2", ("money",)), Word("前", "qian2", ("before",)), Word("退款", "tui4 kuan3", ("refund",)),
    Word("款", "kuan3", ("sum of money",)),
]


def entry(n: int) -> Entry:
    zh = Side(f"问题{n}", f"答案{n}", (f"说法{n}甲", f"说法{n}乙"), "", (f"别的{n}",))
    return Entry(zh, Side(f"question {n}", f"answer {n}", (f"phrase {n} one", f"phrase {n} two"), ""))


FIRMS = [Firm("t", f"公司{f}", f"Company {f}", tuple(entry(100 * f + n) for n in range(12))) for f in range(3)]


def test_characters_come_from_texts_and_often_used_words():
    assert choose_characters(WORDS, ["退货"], {"货"}) == ["退"]
    assert choose_characters([*WORDS, Word("款式", "", ("style",)), Word("罚款", "", ("fine",))], [], set()) == ["款"]


def test_a_character_begins_at_the_mean_of_its_glosses():
    meaning = {"money": torch.tensor([1.0, 0.0]), "sum of money": torch.tensor([0.0, 1.0]), "refund": torch.tensor([3.0, 3.0])}
    default = torch.tensor([9.0, 9.0])
    rows = first_vectors(["钱", "退", "丁"], WORDS, meaning.__getitem__, default)
    assert rows.tolist() == [[1.0, 0.0], [3.0, 3.0], [9.0, 9.0]]


def test_words_come_from_texts_and_then_from_those_that_other_words_hold():
    words = [Word(t, "", ("x",)) for t in ("手续费", "手续", "信用卡", "信用", "借记", "退款", "人民共和国")]
    assert choose_words(words, ["退款的手续费", "手续费"], 2) == ["手续费", "退款"]
    assert choose_words(words, [], 2) == ["信用", "手续"]
    assert cut("办手续费用", {"手续", "手续费", "费用"}) == ["手续费"]


def test_slips_are_homophones_pinyin_or_a_character_more_or_less():
    slips = Slips(WORDS, {"钱", "前", "款", "退"})
    rng = random.Random(3)
    seen = {slips.slip(rng, "退钱款") for _ in range(200)}
    assert {"退前款", "退qian款", "退款", "退退钱款"} <= seen
    assert "我要 refund 钱" in {slips.slip(rng, "我要退款钱") for _ in range(200)}
    assert all(len(s) <= 20 and s for s in seen)
    assert slips.slip(random.Random(1), "where is my refund") != ""


def test_a_meaning_batch_draws_two_texts_of_one_entry_and_hard_negatives_of_its_company():
    lessons = Lessons([], [], FIRMS, [], Slips([], set()), size=24, weights=(0, 0, 1, 0))
    batch = next(lessons.batches())
    assert batch.kind == "meaning" and len(batch.a) == 24
    number = lambda text: "".join(c for c in text if c.isdigit())  # noqa: E731
    assert all(number(a) == number(b) and a != b for a, b in zip(batch.a, batch.b, strict=True))
    assert len({number(a) for a in batch.a}) == 24
    assert len(batch.others) == 8 and all(o.startswith("别的") and number(o) in map(number, batch.a) for o in batch.others)


def test_a_follow_up_is_drawn_joined_with_what_was_said_before():
    talk = ("do you deliver to islands at all", "Yes, we do.", "and how much")
    side = Side("What does delivery cost?", "It costs 9.", ("delivery fee",), "", (), (talk,))
    firm = Firm("t", "甲", "A", tuple(Entry(side, side) for _ in range(9)))
    lessons = Lessons([], [], [firm], [], Slips([], set()), size=90, weights=(0, 0, 1, 0))
    drawn = {text for _ in range(20) for text in next(lessons.batches()).a}
    assert {"do you deliver to islands at all and how much", "yes, we do. and how much"} <= drawn
    assert "and how much" not in drawn
    assert joined(side) == ["do you deliver to islands at all and how much"]


def test_words_are_drawn_first_among_the_tokens():
    words = [Word(f"词{n}", "", (f"word {n}",)) for n in range(100)]
    batch = next(Lessons([], words, [], [], Slips([], set()), ["词7", "词8"], size=24, weights=(0, 1, 0, 0)).batches())
    assert batch.a[:2] in (["词7", "词8"], ["词8", "词7"]) and len(batch.a) == 18
    assert all(b == "word " + a[1:] for a, b in zip(batch.a, batch.b, strict=True))


def test_contrast_rewards_the_own_row_and_spares_twins():
    one = torch.eye(3)
    assert contrast(one, one, 0.05, "abc") < 1e-6
    assert contrast(one, one.roll(1, 0), 0.05, "abc") > 10
    same = torch.tensor([[1.0, 0.0], [1.0, 0.0]])
    assert contrast(same, same, 0.05, "aa") < 1e-6 < contrast(same, same, 0.05, "ab")
    unanswered = contrast(one, one, 0.05, "abc", one[:1])
    assert float(unanswered) == pytest.approx(math.log(2) / 6, abs=1e-6)
    assert apart(one, one) == pytest.approx(0.0) and apart(one, one.roll(1, 0)) == pytest.approx(1.0)


def test_words_are_taken_apart_into_their_characters():
    added = {9: "退款", 10: "手续费"}
    tokenizer = SimpleNamespace(
        get_vocab=lambda: {"退": 1, "款": 2, "手": 3, "费": 4, "退款": 9, "手续费": 10}, unk_token_id=0,
        added_tokens_decoder={n: SimpleNamespace(content=t, special=False) for n, t in added.items()},
    )
    assert Pieces(tokenizer, 1.0)([5, 9, 10]) == [5, 1, 2, 3, 0, 4]
    assert Pieces(tokenizer, 0.0)([5, 9, 10]) == [5, 9, 10]


def test_only_new_rows_get_gradients():
    table = torch.nn.Embedding(6, 2)
    split = split_rows(table, 4)
    ids = torch.tensor([[0, 4, 5, 3]])
    assert torch.equal(split(ids), table(ids))
    split(ids).sum().backward()
    assert split.new.grad.tolist() == [[1.0, 1.0], [1.0, 1.0]] and [n for n, _ in split.named_parameters()] == ["new"]


def test_measures_count_what_is_found():
    encode = BagEmbedder().encode
    assert twins_found(encode, [("red apple", "apple red"), ("blue sky", "the sky blue")]) == 1.0
    assert twins_found(encode, [("red apple", "blue sky"), ("blue sky", "red apple")]) == 0.0
    firm = Firm("t", "", "", (entry(1), entry(2)))
    assert found_in_firms(encode, [firm], "en", "en") == 1.0
