"""The company's model: what is taught, a candidate that is kept whole and better, and the measures."""

import dataclasses

import pytest

from assistant.errors import BadInput, MissingPart
from assistant.manifest import verify
from assistant.records import Example, Faq, Prompt
from finetune import base, response
from finetune.curriculum import Lesson
from finetune.dataset import SPLITS, Dataset, split_of
from finetune.scores import chrf, rouge_l
from ingest.pipeline import import_faqs
from tests.replying import tiny


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    """Tiny matrices gain nothing from threads that wait for each other."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


RETURNS = "You may return it within 7 days. Opened items stay yours."
SHIPPING = "Delivery takes 2 working days and costs £5."


@pytest.fixture
def shop(store, embedder):
    import_faqs(store, [
        Faq("ret-en", "Can I return it?", RETURNS, "en", pair="ret"),
        Faq("ret-zh", "可以退货吗", "签收后7天内可以退货。", "zh", pair="ret"),
        Faq("del-en", "How long is delivery of a return parcel?", SHIPPING, "en", pair="del"),
        Faq("old-en", "Can I return it in the old way?", "Not any more.", "en", status="retired"),
    ], embedder)
    return store


def example(number: int, reply="You have 7 days to return it.", faqs=("ret-en",), language="en", question="can i return it"):
    return Example(f"c{number}", question, language, (), (), faqs, reply)


def test_a_lesson_has_the_faq_of_the_customers_language_and_others(shop):
    taught = response.to_lessons(shop, [example(1, "7天内可以退货。", ("ret-en",), "zh", "能退吗")])
    assert taught[0].own.prompt.passages[0] == "签收后7天内可以退货。"
    many = response.to_lessons(shop, [example(n) for n in range(30)])
    passages = {p for t in many for p in t.own.prompt.passages}
    assert passages == {RETURNS, SHIPPING}
    first = sum(t.own.prompt.passages[0] == RETURNS for t in many)
    assert 20 <= first < 30


def test_only_what_the_faq_bears_out_is_taught(shop):
    mixed = example(1, "Mia speaking! You have 7 days to return it. I've extended it to 14 days.")
    (taught,) = response.to_lessons(shop, [mixed])
    assert "7 days" in taught.own.reply and "14" not in taught.own.reply
    assert taught.copied.reply == "You may return it within 7 days."
    assert response.to_lessons(shop, [example(2, "You have 30 days.")]) == []
    assert response.to_lessons(shop, [example(3, faqs=("gone",))]) == []


def test_nothing_masked_is_taught(shop):
    told = example(1, "Please write to [email]. You have 7 days to return it.")
    assert response.to_lessons(shop, [told])[0].own.reply == "You have 7 days to return it."


def dataset(examples) -> Dataset:
    by = {split: tuple(e for e in examples if split_of(e.conversation) == split) for split in SPLITS}
    return Dataset("dataset-x", None, **by)


def test_the_exam_is_the_test_split_alone(shop):
    data = dataset([example(n, question=f"can i return {n}") for n in range(60)])
    questions = {lesson.prompt.question for lesson in response.exam_of(shop, data)}
    assert questions == {e.question for e in data.test} and questions


@pytest.fixture(scope="module")
def base_folder(tmp_path_factory):
    return tiny.folder(tmp_path_factory.mktemp("base"))


def test_a_candidate_learns_is_kept_whole_and_serves(shop, settings, base_folder):
    settings = dataclasses.replace(settings, training=dataclasses.replace(settings.training, seconds=8))
    shares = []
    version = response.train_candidate(
        settings, shop, dataset([example(n) for n in range(80)]), shares.append, base_folder=base_folder,
        plan=response.Plan(rate=2e-2, own_words=1.0, batch_tokens=1024),
    )
    folder = settings.models_folder / version.path
    verify(folder)
    assert shop.releases.version(version.id).metrics["loss"] < version.metrics["loss_before"]
    assert version.metrics["train"] > 40 and version.metrics["validation"] > 0
    assert (version.metrics["dataset"], version.base) == ("dataset-x", base_folder.name)
    assert shares == sorted(shares) and 0.5 < shares[-1] <= 1.0
    assert not list(folder.glob("adapter*"))
    assert not list(settings.models_folder.glob(".*"))
    from assistant.replying.generators.local import LocalGenerator

    model, tokenizer = response.load_base(folder)
    taught = response.to_lessons(shop, [example(1)])[0]
    loss = base.teacher_forced(model, [base.encode(taught.own, tokenizer)])["held_out_loss"]
    assert loss < version.metrics["loss_before"]
    assert LocalGenerator(folder).name == version.id


def test_too_little_to_learn_from_is_said(shop, settings, base_folder):
    with pytest.raises(BadInput, match=r"at least 20 replies .* found 0"):
        response.train_candidate(settings, shop, dataset([]), base_folder=base_folder)


def test_without_a_base_the_message_says_how_to_make_one(tmp_path):
    with pytest.raises(MissingPart, match="finetune response --starter"):
        response.load_base(tmp_path)


class Says:
    """A generator that says what a table holds for the question."""

    name = "says"

    def __init__(self, table):
        self.table = table

    def generate(self, prompt, on_token=None, stop=None):
        text = self.table[prompt.question]
        if text is None:
            raise ValueError
        yield from text.split(" ") if " " not in text else [w + " " for w in text.split(" ")]


def test_measures():
    def lesson(question):
        return Lesson(Prompt(question, (RETURNS,), (), "en"), "You may return it within 7 days.")

    table = {
        "copies": "You may return it within 7 days.", "invents": "You may return it within 9 days.",
        "half": "You may return it within 7 days. We guarantee it.", "silent": "", "breaks": None,
        "chinese": "七天内可以退货。",
    }
    figures = response.measure(Says(table), [lesson(q) for q in table])
    assert figures["n"] == 6
    assert figures["supported"] == pytest.approx(1 / 6, abs=1e-3)
    assert figures["shown"] == pytest.approx(2 / 6, abs=1e-3)
    assert figures["copied"] == pytest.approx(1 / 6, abs=1e-3)
    assert figures["silent"] == figures["failed"] == pytest.approx(1 / 6, abs=1e-3)
    assert figures["right_language"] == pytest.approx(3 / 6, abs=1e-3)
    assert response.measure(Says(table), []) == {"n": 0}


def test_scores_against_values_counted_by_hand():
    assert rouge_l("the cat sat", "the cat sat") == 1.0
    assert rouge_l("the cat sat down", "the dog sat") == pytest.approx(2 * 2 / 7)
    assert rouge_l("退款三天", "退款七天") == pytest.approx(2 * 3 / 8)
    assert rouge_l("", "x") == 0.0
    assert chrf("abc", "abc") == 1.0
    # n=1: 2 of 3 shared both ways; n=2: 1 of 2; n=3: 0 of 1
    assert chrf("abd", "abc") == pytest.approx((2 / 3 + 1 / 2 + 0) / 3)
    assert chrf("xyz", "abc") == 0.0
