import random

import pytest

from finetune.confidence import held_out


def row(right, signal, language="en"):
    return language, [signal, *[0.5] * 7], right


def test_held_out_figures_tell_a_signal_from_noise():
    chance = random.Random(5)
    clear = [row(n % 2 == 0, float(n % 2 == 0)) for n in range(100)]
    noise = [row(chance.random() < 0.5, chance.random()) for _ in range(400)]
    assert held_out(clear)["en"] == {"n": 100, "auroc": 1.0, "brier": pytest.approx(0.0, abs=0.05)}
    blind = held_out(noise)["en"]
    assert blind["auroc"] == pytest.approx(0.5, abs=0.12) and blind["brier"] == pytest.approx(0.25, abs=0.02)


def test_languages_are_judged_apart():
    rows = [row(n % 2 == 0, float(n % 2 == 0)) for n in range(100)]
    rows += [row(n % 2 == 0, float(n % 2 == 1), "zh") for n in range(60)]
    found = held_out(rows)
    assert (found["en"]["n"], found["zh"]["n"]) == (100, 60)
    assert found["zh"]["auroc"] == 1.0
