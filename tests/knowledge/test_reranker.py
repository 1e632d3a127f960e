"""The second look: what is read counts beside the search, only the best are read, and what is missing is told."""

from dataclasses import replace

import pytest

from assistant.errors import MissingPart
from assistant.knowledge.fusion import READING
from assistant.knowledge.reranker import LONGEST, READ, Reranker, load_reranker, passage_of
from assistant.records import Hit, Kind, Passage
from assistant.settings import load


def reads(question, passages):
    """Finds a passage right that begins with the question's last word."""
    return [float(p.startswith(question.split()[-1])) for p in passages]


def hits(n: int) -> list[Hit]:
    return [
        Hit(Passage(i, Kind.FAQ, f"f{i}", "question", "t", f"answer{i}", f"title{i}", "en"), 0.6 - 0.02 * i, {"dense": 0.5})
        for i in range(n)
    ]


def test_the_passage_that_reads_right_comes_first_and_what_was_not_read_counts_as_wrong():
    found = Reranker(reads, "r").rerank("where is title4", hits(READ + 2))
    assert [h.passage.id for h in found] == [4, 0, 1, 2, 3, *range(5, READ + 2)]
    assert found[0].score == pytest.approx((1 - READING) * 0.52 + READING) and found[0].why == {"dense": 0.5, "read": 1.0}
    assert found[1].score == pytest.approx((1 - READING) * 0.6) and found[-1].why["read"] == 0.0


def test_only_the_best_are_read_title_first_and_cut():
    seen = []
    Reranker(lambda q, some: seen.extend(some) or [0.0] * len(some), "r").rerank("q", hits(20))
    assert len(seen) == READ and seen[0] == "title0 answer0"
    assert len(passage_of("title", "x" * 5000)) == LONGEST and passage_of("title", "") == "title"
    assert Reranker(reads, "r").rerank("q", []) == []


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
    assert load_reranker(named("")) is None
    found = load_reranker(named(tmp_path / "1")).rerank("where", hits(3))
    assert len(found) == 3 and all(0 < h.why["read"] < 1 for h in found)
    with pytest.raises(MissingPart, match="has 2 outputs, expected one score"):
        load_reranker(named(tmp_path / "2"))
    with pytest.raises(MissingPart, match="no folder on this machine"):
        load_reranker(named("some/model"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(MissingPart, match="can't be loaded"):
        load_reranker(named(tmp_path / "empty"))
