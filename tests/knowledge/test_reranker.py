"""The second look: half the score is the cross-encoder's, only the first ten are read, and what is missing is told."""

from dataclasses import replace

import numpy as np
import pytest

from assistant.errors import MissingPart
from assistant.knowledge.reranker import Reranker, load_reranker
from assistant.records import Hit, Kind, Passage
from assistant.settings import load


class Reads:
    """Finds a passage right that holds the question's last word."""

    def predict(self, pairs, **options):
        self.pairs = pairs
        return np.array([float(question.split()[-1] in text) for question, text in pairs], np.float32)


def hits(n: int) -> list[Hit]:
    return [
        Hit(Passage(i, Kind.FAQ, f"f{i}", "question", "t", f"answer{i}", f"title{i}", "en"), 0.9 - 0.05 * i, {"dense": 0.5})
        for i in range(n)
    ]


def test_the_passage_that_reads_right_comes_first_and_what_was_not_read_stays_behind():
    model = Reads()
    found = Reranker(model).rerank("where is title4\n", hits(12))
    assert len(model.pairs) == 10 and model.pairs[4] == ("where is title4\n", "title4\nanswer4")
    assert [h.passage.id for h in found] == [4, 0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 11]
    assert found[0].score == pytest.approx(0.5 * 0.7 + 0.5) and found[0].why == {"dense": 0.5, "read": 1.0}
    assert found[1].score == pytest.approx(0.45)
    assert found[10].score == found[11].score == found[9].score == pytest.approx(0.225)


def test_one_hit_is_not_read():
    model = Reads()
    assert Reranker(model).rerank("x", hits(1)) == hits(1) and not hasattr(model, "pairs")


def test_a_cross_encoder_from_a_folder_is_read_and_others_are_refused_with_what_to_do(tmp_path):
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    (tmp_path / "vocab.txt").write_text("\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "title", "where"]))
    tokenizer = BertTokenizerFast(vocab=str(tmp_path / "vocab.txt"))
    for labels in (1, 2):
        size = dict(vocab_size=len(tokenizer), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16)
        BertForSequenceClassification(BertConfig(**size, num_labels=labels)).save_pretrained(tmp_path / str(labels))
        tokenizer.save_pretrained(tmp_path / str(labels))
    settings = load(tmp_path, environ={})
    named = lambda name: replace(settings, retrieval=replace(settings.retrieval, reranker=str(name)))  # noqa: E731
    assert load_reranker(settings) is None
    found = load_reranker(named(tmp_path / "1")).rerank("where", hits(3))
    assert len(found) == 3 and all(0 < h.why["read"] < 1 for h in found)
    with pytest.raises(MissingPart, match="has 2 outputs, expected one score"):
        load_reranker(named(tmp_path / "2"))
    with pytest.raises(MissingPart, match="no folder on this machine"):
        load_reranker(named("some/model"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(MissingPart, match="can't be loaded"):
        load_reranker(named(tmp_path / "empty"))
