import shutil

import numpy as np
import pytest

from assistant.knowledge.confidence import FEATURES, Confidence, Logistic, features
from assistant.knowledge.index import VectorIndex
from assistant.knowledge.live import LiveIndex
from assistant.knowledge.retriever import Retriever, pooled
from assistant.records import Faq
from assistant.settings import Retrieval
from ingest.pipeline import import_faqs

FAQS = [
    Faq("ret-zh", "怎么退货？", "七天内可以申请退货。", "zh", pair="ret", similar=("东西不想要了",)),
    Faq("ret-en", "How do I return an item?", "You may return goods for 7 days.", "en", pair="ret"),
    Faq("inv-zh", "怎么开发票？", "在订单里申请发票。", "zh", pair="inv"),
    Faq("inv-en", "How do I get an invoice?", "Ask for the invoice in your order.", "en", pair="inv"),
]


@pytest.fixture
def index(store, embedder, tmp_path):
    made = LiveIndex(store, embedder.name, embedder.dimension, tmp_path / "index")
    made.open()
    return made


@pytest.fixture
def retriever(store, embedder, index):
    import_faqs(store, FAQS, embedder)
    return Retriever(store, embedder, index, Retrieval())


def owners(retriever, text, **options):
    return [h.passage.owner for h in retriever.search(retriever.query(text), **options)]


def test_the_right_faq_comes_first_in_the_customers_language(retriever):
    assert owners(retriever, "怎么退货呢")[0] == "ret-zh"
    assert owners(retriever, "return an item please")[0] == "ret-en"
    assert owners(retriever, "請問怎麼開發票")[0] == "inv-zh"


def test_each_pair_appears_once(retriever):
    assert sorted(owners(retriever, "退货 发票")) == ["inv-zh", "ret-zh"]


def test_excluded_passages_are_not_seen(retriever, store):
    ids = {id for id, pair in store.knowledge.faq_passage_ids() if pair == "ret"}
    assert "ret-zh" not in owners(retriever, "怎么退货", exclude=ids)


def test_a_change_is_followed_without_reopening(retriever, store, embedder):
    import_faqs(store, [Faq("gift-zh", "能送礼品包装吗？", "可以，每件12元。", "zh")], embedder)
    assert owners(retriever, "礼品包装")[0] == "gift-zh"
    store.knowledge.set_status(["gift-zh"], "retired", embedder.name)
    assert "gift-zh" not in owners(retriever, "礼品包装")


def test_a_foreign_or_missing_snapshot_is_made_again_from_the_store(retriever, store, embedder, tmp_path):
    import_faqs(store, FAQS, embedder)
    live = LiveIndex(store, embedder.name, embedder.dimension, tmp_path / "snap")
    live.open()
    count = live.rebuild().count
    (tmp_path / "snap" / "index.faiss").write_bytes(b"broken")
    again = LiveIndex(store, embedder.name, embedder.dimension, tmp_path / "snap")
    assert "does not match its manifest" in again.open()
    assert len(again) == count and again.verify() == {"missing": [], "surplus": []}
    assert (tmp_path / "snap.damaged").exists()
    shutil.rmtree(tmp_path / "snap.damaged")


def test_pooled_counts_unseen_phrasings_with_the_floor():
    assert pooled([0.9], 0.3) == pytest.approx(0.6 * 0.9 + 0.4 * (0.9 + 0.3 + 0.3) / 3)
    assert pooled([], 0.3) == 0.0
    assert pooled([0.1, 0.9, 0.8, 0.7], 0.0) == pytest.approx(0.54 + 0.4 * 0.8)


def test_no_hit_means_no_confidence(retriever):
    query = retriever.query("x")
    assert Confidence({"en": Logistic((0.0,) * len(FEATURES), 5.0)}).of(query, []) == 0.0
    assert features(query, []) == [0.0] * len(FEATURES)


def test_an_index_ahead_of_the_store_is_set_aside(store, embedder, tmp_path):
    ahead = VectorIndex(embedder.dimension, use_gpu=False)
    ahead.add(np.array([1]), embedder.encode(["a passage of another time"]))
    ahead.save(tmp_path / "snap", embedder.name, store.knowledge.revision() + 5)
    live = LiveIndex(store, embedder.name, embedder.dimension, tmp_path / "snap")
    assert "the store of" in live.open()
    assert len(live) == 0 and (tmp_path / "snap.damaged").exists()


def test_vectors_of_pinyin_count_by_half_and_of_long_pinyin_not_at_all(retriever):
    assert retriever.query("zenmetuihuo").coverage == 0.5 == retriever.query("ni men duo jiu fa huo").coverage
    assert retriever.query("shoudaotixingshuoyourenzaiwaididenglewodehao").coverage == 0.0
    assert retriever.query("how do I return this").coverage == retriever.query("怎么退货").coverage == 1.0
