"""The reader's lessons and its training: who stands beside a question, and a loss that teaches to choose or refuse."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from assistant.errors import Damaged
from assistant.knowledge.reader import FILE, load_reader, shares
from assistant.manifest import MANIFEST, seal
from finetune.companies import Entry, Firm, Side
from finetune.encoder.pairs import CANDIDATES, Case, Cases, exam, questions_of
from finetune.encoder.reader import loss_of, measured
from tests.fakes import BagEmbedder


def firm(name: str, trade: str, n: int = 14) -> Firm:
    def side(i: int) -> Side:
        talk = (f"{name} talk about {i}", "ok", f"and {name} {i}")
        return Side(f"{name} topic {i}", f"answer {name} {i}", (f"ask {name} {i}",), "", (f"near {name} {i}",), (talk,))

    return Firm(trade, name, name, tuple(Entry(side(i), side(i)) for i in range(n)))


FIRMS = [firm("alpha", "one"), firm("beta", "two")]


def test_a_question_stands_beside_its_passage_and_others_of_its_company_or_its_own_is_missing():
    drawn = Cases(FIRMS, BagEmbedder().encode, size=8)
    cases = [c for _ in range(100) for c in drawn.batch()]
    for case in cases:
        assert len(case.passages) == CANDIDATES == len(set(case.passages))
        companies = {"alpha" if "alpha" in p else "beta" for p in case.passages}
        assert len(companies) == 1
        if case.right is not None:
            assert case.passages[case.right].split(" answer")[0] == f"{companies.pop()} topic {case.question.split()[-1]}"
        elif case.question.startswith("near"):
            assert companies.pop() in case.question
    missing = np.mean([c.right is None for c in cases if not c.question.startswith("near")])
    assert 0.1 < missing < 0.3 and all(c.right is None for c in cases if c.question.startswith("near"))
    assert any("answer" not in c.passages[0] for c in cases) and any("answer" in c.passages[0] for c in cases)
    assert any(c.question.startswith("alpha talk about") for c in cases)  # a follow-up, joined


def test_the_exam_shows_the_nearest_and_marks_a_right_one_that_is_not_among_them():
    cases, cosines = exam(FIRMS, BagEmbedder().encode, "en", 40, 4)
    assert len(cases) == len(cosines) == 40 and (np.diff(cosines, axis=1) <= 1e-6).all()
    assert {c.right is None for c in cases if c.question.startswith("near")} == {True}
    assert questions_of(FIRMS[0].entries[0], "en")[-1] == ("near alpha 0", False)


def test_none_of_them_is_an_answer_and_probabilities_leave_room_for_it():
    assert shares(torch.zeros(3)).tolist() == pytest.approx([0.25] * 3)
    assert float(shares(torch.tensor([9.0, -9.0])).sum()) < 1.0 and float(shares(torch.tensor([-9.0])).sum()) < 0.001


class Fixed:
    """Gives passage "yes" 3, any other -3."""

    head = SimpleNamespace(weight=torch.zeros(1))

    def logits(self, questions, passages):
        return torch.tensor([3.0 if p == "yes" else -3.0 for p in passages])


def test_the_loss_is_that_of_the_right_passage_or_of_none():
    found, refused = Case("q", ("yes", "no"), 0), Case("q", ("no", "no"), None)
    total = 1 + math.exp(3) + math.exp(-3)
    assert float(loss_of(Fixed(), [found])) == pytest.approx(-math.log(math.exp(3) / total), rel=1e-5)
    assert float(loss_of(Fixed(), [refused])) == pytest.approx(math.log(1 + 2 * math.exp(-3)), rel=1e-5)


def test_what_is_measured_is_hit_at_one_and_the_auroc_of_the_best():
    cases = [Case("q", ("no", "yes"), 1), Case("q", ("no", "no"), None), Case("q", ("yes", "no"), 2)]
    told = measured(Fixed(), cases, np.array([[0.5, 0.4], [0.5, 0.4], [0.5, 0.4]]))
    assert told == {"vectors": 0.0, "read": 0.5, "both": 0.5, "auroc": 1.0}


def test_a_reader_of_another_encoder_is_refused(tmp_path):
    (tmp_path / "encoder").mkdir()
    (tmp_path / "encoder" / MANIFEST).write_text("{}")
    (tmp_path / "reader").mkdir()
    (tmp_path / "reader" / FILE).write_text('{"encoder": "abcdef", "layers": 2}')
    seal(tmp_path / "reader", "reranker")
    with pytest.raises(Damaged, match="was trained on an encoder with the hash abcdef"):
        load_reader(tmp_path, tmp_path / "encoder", tmp_path / "reader")
