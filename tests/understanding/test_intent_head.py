"""The served head alone: what a saved folder must hold, and what is refused."""

import numpy as np
import pytest

from assistant.errors import BadInput, Damaged
from assistant.understanding.intent import (
    OOS,
    SIGNALS,
    Grams,
    IntentHead,
    Judge,
    character_grams,
    combine,
    count_grams,
    neighbour_votes,
    word_grams,
)


def tiny(**changes) -> IntentHead:
    """`parcel` counts for label 0, `refund` for label 1; the judge trusts a wide gap."""
    coef = np.zeros((3, len(SIGNALS)))
    coef[0, SIGNALS.index("gap")] = 4.0
    values = {
        "labels": ("parcel", "refund"), "base": "words",
        "grams": Grams({"parcel": 0, "refund": 1}, np.ones(2, np.float32), 1.0),
        "sparse": np.eye(2, dtype=np.float32), "dense": np.zeros((3, 2), np.float32),
        "intercept": np.zeros(2, np.float32), "readable": ("en",), "near": np.zeros((0, 3), np.float32),
        "near_label": np.zeros(0, int), "near_weight": 0.5, "temperature": 0.2, "threshold": 0.6,
        "judge": Judge(np.zeros(len(SIGNALS)), np.ones(len(SIGNALS)), coef, np.zeros(3)),
    }
    return IntentHead(**{**values, **changes})


def test_the_gap_decides_between_a_label_and_out_of_scope():
    vector = np.zeros(3, np.float32)
    assert tiny().classify("my parcel", vector).label == "parcel"
    refused = tiny().classify("something else", vector)
    assert refused.label == OOS and 0 < refused.confidence < 1 and refused.ranked


def test_neighbours_vote_by_nearness():
    near = np.eye(3, dtype=np.float32)
    votes, cosines = neighbour_votes(np.array([1, 0, 0], np.float32), near, np.array([1, 0, 0]), 2)
    expected = 1 / (1 + 2 * np.exp(-10))
    assert votes == pytest.approx([1 - expected, expected], abs=1e-6) and list(cosines) == [1, 0, 0]


def test_the_vector_is_ignored_where_the_encoder_can_not_read():
    pull = tiny(dense=np.array([[0, 5], [0, 0], [0, 0]], np.float32))
    vector = np.array([1, 0, 0], np.float32)
    assert pull.score("parcel", vector)[0].argmax() == 1
    assert pull.score("快递 parcel 快递到哪里了呀", vector)[0].argmax() == 0


def test_signals_name_what_they_hold():
    total, signals = combine(
        np.array([1.0, 0.2, 0.7]), np.array([0.0, 1.0, 0.0]), np.array([0.9, 0.5]), 0.25, 3, True, ("a", "b", OOS), 0.5
    )
    found = dict(zip(SIGNALS, signals, strict=True))
    assert total == pytest.approx([1.0, 0.7, 0.7])
    assert found["gap"] == pytest.approx(0.3) and found["over_oos"] == pytest.approx(0.3)
    assert (found["nearest"], found["near_five"], found["vote"], found["known"]) == pytest.approx((0.9, 0.7, 0.0, 0.25))


def test_a_text_without_letters_is_out_of_scope():
    assert tiny().classify("?!", np.zeros(3, np.float32)).label == OOS


def test_grams_of_both_scripts():
    assert {"退", "退款", "refund"} <= set(word_grams("退款 refunds"))
    assert "# ab" in set(character_grams("ABC")) and "#退款" in set(character_grams("退款吗"))
    words, characters = count_grams("a a")
    assert words["a"] == 2 and characters["# a "] == 2


def test_known_share_falls_with_unknown_words():
    grams = tiny().grams
    assert grams.encode("parcel")[2] == 1.0 and grams.encode("parcel volcano")[2] < 0.6 and grams.encode("")[2] == 0.0


def test_another_encoders_vector_is_refused_with_the_name_of_the_right_one():
    with pytest.raises(BadInput, match="from the encoder words"):
        tiny().classify("parcel", np.zeros(5, np.float32))


@pytest.mark.parametrize("harm", ["head.json", "head.safetensors"])
def test_a_damaged_folder_says_what_to_do(tmp_path, harm):
    tiny().save(tmp_path)
    assert IntentHead.load(tmp_path).labels == ("parcel", "refund")
    (tmp_path / harm).write_bytes(b"{}")
    with pytest.raises(Damaged, match="finetune"):
        IntentHead.load(tmp_path)
