"""An encoder adapted to a home: what it may learn, what is held out, hard negatives, early stopping, the folder."""

import json

import numpy as np
import pytest
import torch
from click.testing import CliRunner

from assistant.errors import BadInput, Damaged
from assistant.knowledge.embedders import SentenceEmbedder, identify, load_embedder, starter_package
from assistant.manifest import seal
from assistant.records import Faq, PastReply, Review
from assistant.registry import encoder_settings
from assistant.store import Store
from finetune.cli import main
from finetune.dataset import current, split_of
from finetune.encoder import adapt
from finetune.encoder.confused import Confused
from finetune.encoder.measure import found_at_home
from finetune.encoder.questions import (
    Lessons,
    Question,
    Topic,
    approved,
    divide,
    gather,
    past_questions,
)
from finetune.encoder.train import embed
from tests.finetune import tiny_encoder
from tests.finetune.learning import WordVectors, open_home, talk


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return tiny_encoder.folder(tmp_path_factory.mktemp("model") / "tiny")


@pytest.fixture
def home(tmp_path, model):
    settings = tiny_encoder.settings_with(model, tmp_path / "home")
    store = Store.open(settings.database)
    embedder = load_embedder(settings)
    tiny_encoder.fill_home(store, embedder)
    yield settings, store, embedder
    store.close()


# What may be learned


def test_held_out_texts_are_learned_nowhere(home):
    settings, store, _ = home
    lessons = gather(store, current(settings, store))
    taught = {text for t in lessons.topics for text in t.texts()}
    held = {q.text for q in (*lessons.validation, *lessons.test)}
    assert len(lessons.test) >= 10 and len(lessons.validation) >= 10
    assert not taught & held and not {q.text for q in lessons.validation} & {q.text for q in lessons.test}
    assert all(tiny_encoder.SECRET[t.id] in t.phrasings for t in lessons.topics)


def test_both_languages_of_a_faq_are_one_topic_and_a_repeated_text_is_not_held_out():
    held = next(f"wording {n}" for n in range(100) if split_of(f"wording {n}") == "test")
    both = [
        Faq("a-en", "refund", "In 3 days.", "en", "a", (held,)), Faq("a-zh", "退款", "三天。", "zh", "a"),
        Faq("b-en", "invoice", "By mail.", "en", "b"),
    ]
    past = {"train": [Question("asked once", "a", "en")], "validation": [], "test": [Question("asked once", "a", "en")]}
    lessons = divide(both, past)
    assert lessons.topics[0] == Topic("a", ("refund", "退款"), ("In 3 days.", "三天。"), ("asked once",))
    assert lessons.test == (Question(held, "a", "en"),)
    assert lessons.pairs == 3 + 1  # three texts of topic a that have an answer, and one of b


def test_an_answer_judged_wrong_teaches_nothing_of_its_faq_and_contacts_are_masked(tmp_path):
    settings, store = open_home(tmp_path)
    store.knowledge.save_faqs([Faq("a-en", "refund", "In 3 days.", "en", "a")], "")
    talk(store, "c1", ("customer", "where is my refund, mail me at li@example.com"), ("agent", "Soon.", (), ("a-en",)))
    talk(store, "c2", ("customer", "the colour of my new screen"), ("bot", "In 3 days.", (), ("a-en",)))
    store.conversations.review(Review("c2/2", "lin", "wrong", "It is black."), kind="staff")
    dataset = current(settings, store)
    found = past_questions(dataset.taught + dataset.test, store.knowledge.faqs())
    assert found == [Question("where is my refund, mail me at [email]", "a", "en")]


def test_an_approved_reply_beside_the_faqs_is_a_topic_unless_its_conversation_is_held_out():
    train, test = (next(c for c in map(str, range(100)) if split_of(c) == split) for split in ("train", "test"))
    replies = [
        PastReply("r1", "Is it black?", "It is black.", "en", conversation=train),
        PastReply("r2", "Is it red?", "No.", "en", conversation=test), PastReply("r3", "And blue?", "", "en", "a-en"),
    ]
    assert approved(replies) == [Topic("r1", ("is it black?",), ("It is black.",))]


def test_thinned_lessons_keep_one_text_of_each_topic_evenly_taken():
    lessons = Lessons((Topic("a", tuple("abcdef"), (), ("x", "y")), Topic("b", ("k",))))
    few = lessons.thinned(4)
    assert few.topics == (Topic("a", ("a", "d"), (), ("x",)), Topic("b", ("k",)))
    assert lessons.thinned(1).topics[0].phrasings == ("a",)


# Batches


def test_a_batch_holds_the_faqs_that_are_confused_and_none_with_the_same_answer():
    topics = [Topic(f"t{n}", (f"q{n}", f"p{n}"), (f"answer {n % 9}",)) for n in range(10)]
    angles = np.arange(10) * 0.3
    vectors = {f"{kind}{n}": np.array([np.cos(a), np.sin(a)]) for n, a in enumerate(angles) for kind in "qp"}
    source = Confused(topics, 4, 7, {True: "Q: ", False: "P: "})
    source.mine(vectors)
    assert set(source._near[5][:2]) == {4, 6}
    batches = [batch for batch, _ in zip(source.batches(), range(40), strict=False)]
    for batch in batches:
        numbers = sorted({int(a[-1]) for a in batch.a})
        assert len(batch.a) == len(numbers) == 4 and not {0, 9} <= set(numbers)
        assert all(a.startswith("Q: ") and b.startswith("P: ") for a, b in zip(batch.a, batch.b, strict=True))
        assert all(a[3:] != b[3:] and (a[-1] == b[-1] or "answer" in b) for a, b in zip(batch.a, batch.b, strict=True))
        assert all(text == teacher and text.startswith("P: ") for text, teacher in batch.anchors)
    assert {int(a[-1]) for batch in batches for a in batch.a} == set(range(10))


# Figures


def test_figures_count_places_by_the_best_text_of_a_topic():
    lessons = Lessons((Topic("a", ("red apple",), (), ("green pear",)), Topic("b", ("blue sky",)), Topic("c", ("deep sea",))))
    asked = [
        Question("green pear now", "a", "en"), Question("blue apple sky", "a", "en"), Question("blue sky", "b", "zh"),
        Question("deep sea", "gone", "zh"),
    ]
    figures = found_at_home(WordVectors(dimension=512), lessons, asked)
    assert (figures["n"], figures["hit@1"], figures["hit@5"], figures["mrr"]) == (4, 0.5, 0.75, 0.625)
    assert figures["languages"]["zh"] == {"n": 2, "hit@1": 0.5, "hit@5": 0.5, "mrr": 0.5}
    assert found_at_home(WordVectors(), lessons, [])["hit@1"] is None


# Training


def test_training_occurring_rows_alone_moves_what_training_all_would(model):
    from sentence_transformers import SentenceTransformer

    one, other = (SentenceTransformer(str(model), device="cpu") for _ in range(2))
    with adapt.trainable(one, ["where is my parcel"]) as groups:
        embed(one, ["where is my parcel"]).pow(3).sum().backward()
        gradient, = (rows.grad for rows in groups["rows"])
        with torch.no_grad():
            groups["rows"][0] += 1.0
    other.requires_grad_(True)
    embed(other, ["where is my parcel"]).pow(3).sum().backward()
    whole = other[0].model.embeddings.word_embeddings.weight
    ids = sorted(other[0].tokenizer("where is my parcel")["input_ids"])
    assert torch.allclose(whole.grad[ids], gradient, atol=1e-2)
    moved = one[0].model.embeddings.word_embeddings.weight - whole
    assert torch.allclose(moved[ids], torch.ones(len(ids), 32)) and moved.abs().sum(1).count_nonzero() == len(ids)


@pytest.mark.parametrize("pooling", ["mean", "cls"])
def test_embedding_with_gradients_pools_as_the_model_does(tmp_path, pooling):
    from sentence_transformers import SentenceTransformer

    made = SentenceTransformer(str(tiny_encoder.folder(tmp_path / "m", pooling=pooling)), device="cpu").eval()
    texts = ["where is my parcel", "refund", "the invoice again please"]
    assert np.allclose(embed(made, texts).detach().numpy(), made.encode(texts, normalize_embeddings=True), atol=2e-2)


def test_an_encoder_with_characters_added_as_the_starters_are_is_saved_whole(tmp_path):
    from assistant.knowledge.starter import assembled

    bilingual = assembled(starter_package(), ["退", "款"])
    with torch.no_grad():
        bilingual[0].model.embeddings.word_embeddings.weight[-2:] = torch.randn(2, 384)
    made = SentenceEmbedder(bilingual, "starter-x", query_prompt="ask: ")
    adapt.save(bilingual, made, tmp_path / "encoder-1")
    seal(tmp_path / "encoder-1", "encoder")
    again = load_embedder(tiny_encoder.settings_with(tmp_path / "encoder-1", tmp_path))
    texts = ["退款", "where is my 退款"]
    assert again.name == "encoder-1" and again.coverage("退款") == 1.0
    assert np.allclose(again.encode(texts, query=True), made.encode(texts, query=True), atol=1e-5)
    assert not np.allclose(again.encode(texts), again.encode(texts, query=True), atol=1e-2)


def test_a_home_is_learned_and_the_version_is_what_was_measured(home):
    settings, store, embedder = home
    untouched = embedder.encode(["where is my parcel"])
    made = adapt.train_candidate(settings, store, embedder, seconds=60)
    assert made.after["hit@1"] >= made.before["hit@1"] + 0.3 and made.after["n"] == made.before["n"]
    assert np.array_equal(embedder.encode(["where is my parcel"]), untouched)
    assert made.version.base == embedder.name and made.version.metrics["hit@1"] == made.after["hit@1"]
    assert store.releases.current() is None
    served = encoder_settings(settings, store, made.version.id)
    assert identify(served)[1] == made.version.id
    lessons = gather(store, current(settings, store))
    assert found_at_home(load_embedder(served), lessons, lessons.test) == made.after
    folder = settings.models_folder / made.version.id
    assert list(folder.glob("*.safetensors")) and not list(folder.rglob("*.bin"))
    assert embedder.name in (folder / "README.md").read_text()
    (folder / "README.md").write_text("changed")
    with pytest.raises(Damaged):
        load_embedder(served)


def test_it_stops_when_nothing_gets_better_and_keeps_nothing(home, monkeypatch):
    settings, store, embedder = home
    monkeypatch.setattr(adapt, "Plan", lambda **given: adapt_plan(rate=0.0, row_rate=0.0, passes=50, **given))
    made = adapt.train_candidate(settings, store, embedder, seconds=120)
    assert made.version is None and made.after == made.before
    assert made.training["best_step"] == 0 and len(made.training["curve"]) == 1 + adapt_plan().patience
    assert store.releases.versions() == [] and not list(settings.models_folder.glob("*"))


adapt_plan = adapt.Plan


def test_the_time_limit_ends_training(home):
    settings, store, embedder = home
    lessons = gather(store, current(settings, store))
    _, told = adapt.adapt(embedder, lessons, adapt.searched(embedder, lessons), adapt.Plan(seconds=0.01, passes=1000))
    assert told["steps"] <= 1


def test_too_little_to_learn_from_is_refused_in_a_sentence(tmp_path):
    settings, store = open_home(tmp_path)
    store.knowledge.save_faqs([Faq("a-en", "refund", "In 3 days.", "en", "a", ("money back",))], "")
    with pytest.raises(BadInput, match=r"at least 200 pairs of 20 FAQs to learn from; found 2 of 1\. Add similar questions"):
        adapt.train_candidate(settings, store, WordVectors())


def test_the_command_trains_from_the_home_and_promotes_nothing(home, monkeypatch):
    settings, store, _ = home
    monkeypatch.setenv("KEFU_ENCODER_MODEL", settings.encoder.model)
    run = lambda *words: CliRunner().invoke(main, [*words, "--home", str(settings.home), "--json"])  # noqa: E731
    done = json.loads(run("encoder", "--minutes", "0.5").stdout)
    assert done["promoted"] is False and done["version"].startswith("encoder-") and store.releases.current() is None
    assert done["after"]["hit@1"] > done["before"]["hit@1"] and set(done["after"]["languages"]) == {"en"}
    assert run("encoder", "--share", "0.5").exit_code == 2
