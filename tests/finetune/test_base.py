"""The base: records read, lessons that keep their promise, a step that learns, a folder that loads."""

import json
import random
import re

import pytest

from assistant.errors import BadInput, Damaged
from assistant.manifest import verify
from assistant.records import Prompt
from assistant.text import sentences
from finetune import base
from finetune.curriculum import (
    Asked,
    Company,
    Curriculum,
    Lesson,
    Sources,
    authored_lesson,
    copy_lesson,
    examination,
    extract,
    gather,
    held_out,
    read_companies,
    substitute,
)
from tests.replying import tiny


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    """Tiny matrices gain nothing from threads that wait for each other."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


RECORDS = """@ Quay Dental, dentist
P: A check-up costs £62. Patients under 16 pay £28.
Q: how much is a check-up
R: It's £62.
H: how much is a check-up || It's £62.
Q: and for my son, 11
R: For him it is £28.
N: do you do braces?

P: We open at 8:00. On Fridays we close at 14:00.
Q: until when on friday
R: We close at 14:00 on Fridays.

@ Hill Post, courier
P: Parcels up to 5 kg cost £7. They arrive in 2 days.
Q: how long does it take
R: 2 days.
"""


@pytest.fixture
def texts(tmp_path):
    folder = tmp_path / "texts"
    folder.mkdir()
    (folder / "base_en.txt").write_text(RECORDS, encoding="utf-8")
    zh = "@ 江东银行, 银行\nP: 挂失拨打962018。补卡费10元，7天可领。\nQ: 补卡多少钱\nR: 补卡10元。\n"
    (folder / "base_zh.txt").write_text(zh, encoding="utf-8")
    return folder


def test_records_are_read_with_their_history(texts):
    dental, post = read_companies(texts / "base_en.txt", "en")
    assert (dental.name, len(dental.records), len(post.records)) == ("Quay Dental, dentist", 2, 1)
    first, second = dental.records[0].asked
    assert first.history == ()
    assert second == Asked(
        "and for my son, 11", "For him it is £28.", (("customer", "how much is a check-up"), ("agent", "It's £62."))
    )
    assert dental.records[0].unanswered == ("do you do braces?",)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("@ A, b\nP: x\nZ: what\n", ":3: expected a line '@ company'"),
        ("P: x\nQ: y\n", ":1: expected a line '@ company'"),
        ("@ A, b\nP: x\nR: reply\n", r":3: a reply \(R:\) must follow"),
        ("@ A, b\nQ: x\nR: y\n", ":2: a record must begin with its passage"),
    ],
)
def test_a_broken_record_is_named_by_line(tmp_path, text, said):
    path = tmp_path / "x_en.txt"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match=said):
        read_companies(path, "en")


def test_a_folder_without_records_is_refused(tmp_path):
    with pytest.raises(BadInput, match="holds no records"):
        gather(tmp_path, None)


def test_a_copy_lesson_can_be_answered_from_its_passages():
    rng = random.Random(3)
    sources = Sources((), {"en": [f"Sentence {n} is here." for n in range(50)], "zh": []})
    for _ in range(50):
        lesson = copy_lesson(rng, sources, "en")
        assert sum(lesson.reply in p for p in lesson.prompt.passages) == 1 or len(lesson.prompt.passages) > 1
        assert any(lesson.reply in p for p in lesson.prompt.passages)
        assert set(lesson.prompt.question.split()) <= set(lesson.reply.split())


def test_the_extract_is_the_sentence_that_holds_the_reply():
    passage = "A check-up costs £62. Patients under 16 pay £28. We are closed on Sundays."
    assert extract(passage, Asked("for my son?", "For him it is £28."), "en") == "Patients under 16 pay £28."
    both = extract(passage, Asked("prices?", "A check-up is £62, and patients under 16 pay £28."), "en")
    assert both == "A check-up costs £62. Patients under 16 pay £28."


def test_authored_lessons_put_the_right_passage_first_as_asked(texts):
    dental = read_companies(texts / "base_en.txt", "en")[0]
    rng = random.Random(1)
    for _ in range(30):
        lesson = authored_lesson(rng, dental, own_words=0.0, first=1.0, none=0.0)
        assert all(s.strip() in lesson.prompt.passages[0] for s in sentences(lesson.reply))
    assert any(authored_lesson(rng, dental, own_words=0.0, first=1.0, none=1.0).reply == "" for _ in range(5))


def test_substitution_is_the_same_in_every_text():
    lesson = Lesson(Prompt("is 62 all?", ("It costs 62 pounds, room 907.",), (("customer", "62"),), "en"), "It costs 62 pounds.")
    seen = set()
    for seed in range(20):
        other = substitute(random.Random(seed), lesson, ["Zebra"], 1.0)
        number = re.search(r"\d+", other.reply).group()
        seen.add(number)
        assert number in other.prompt.passages[0] and other.prompt.question == f"is {number} all?"
        assert other.prompt.history == (("customer", number),)
        assert other.reply[:-1] in other.prompt.passages[0]
    assert len(seen) > 5


def test_held_out_companies_are_never_taught(texts):
    companies = tuple(
        Company(f"Company {n}", "en", read_companies(texts / "base_en.txt", "en")[0].records) for n in range(40)
    )
    assert 0 < sum(map(held_out, companies)) < 12
    sources = Sources(companies, {"en": ["one two three four"] * 5, "zh": ["一二三四五"] * 5})
    taught = Curriculum(sources)._companies["en"]
    assert not any(map(held_out, taught)) and len(taught) == 40 - sum(map(held_out, companies))
    exam = examination(sources)
    assert len(exam) == 3 * sum(map(held_out, companies))
    assert all(right in lesson.prompt.passages and lesson.reply in right for lesson, right in exam)


def test_a_number_is_cut_digit_by_digit_and_chinese_by_character(texts, tmp_path):
    made = base.train_tokenizer(gather(texts, None), tmp_path / "tokenizer.json", size=400)
    ids = made.encode("补卡费10元", add_special_tokens=False).ids
    assert made.decode(ids) == "补卡费10元"
    tokens = [made.decode([i]) for i in made.encode(" costs £62", add_special_tokens=False).ids]
    assert tokens[-2:] == ["6", "2"]
    assert made.encode("<|reply|>", add_special_tokens=False).ids == [made.token_to_id("<|reply|>")]


def test_loss_is_taken_at_the_reply_alone():
    import torch

    batch = [base.Encoded((5, 6, 7, 8), ((2, 4),)), base.Encoded((5, 6, 7, 8, 9, 9), ((2, 3), (4, 6)))]
    ids, reply = base.pad(batch)
    assert ids.tolist() == [[5, 6, 7, 8, 0, 0], [5, 6, 7, 8, 9, 9]]
    targets = [ids[r, 1:][reply[r]].tolist() for r in range(2)]
    assert targets == [[7, 8], [7, 9, 9]]
    assert torch.equal(reply.sum(1), torch.tensor([2, 3]))


def test_steps_learn_a_lesson_and_teacher_forcing_sees_it():
    made = tiny.tokenizer()
    model = tiny.model(made.get_vocab_size())
    lesson = Lesson(Prompt("how long?", ("You have 7 days.",), (), "en"), "You have 7 days.")
    encoded = base.encode(lesson, made)
    before = base.teacher_forced(model, [encoded])
    optimizers = base._optimizers(model, base.Recipe(rate=1e-2))
    for _ in range(60):
        base.step(model, optimizers, [encoded], 0.0)
    after = base.teacher_forced(model, [encoded])
    assert before["exact"] == 0.0 and after["exact"] == 1.0
    assert after["held_out_loss"] < 0.2 < before["held_out_loss"]
    # What teacher forcing calls exact is what greedy decoding writes.
    from assistant.replying.generators.local import LocalGenerator

    model.eval()
    written = "".join(LocalGenerator.of(model, base.as_transformers(made)).generate(lesson.prompt))
    assert written == lesson.reply


def test_the_schedule_rises_stays_and_falls():
    assert base.schedule(0.0, 0, 10) == pytest.approx(0.1)
    assert base.schedule(0.29, 100, 10) == 1.0
    assert base.schedule(0.65, 100, 10) == pytest.approx(0.515)
    assert base.schedule(1.0, 100, 10) == pytest.approx(0.03)


def test_a_short_training_writes_a_whole_folder_with_its_card(texts, tmp_path, monkeypatch):
    import torch

    threads = torch.get_num_threads()
    monkeypatch.setattr(base, "VOCABULARY", 400)
    small = {
        "hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2,
        "head_dim": 16, "intermediate_size": 48,
    }
    new_model = base.new_model
    monkeypatch.setattr(base, "new_model", lambda vocabulary: new_model(vocabulary, **small))
    monkeypatch.setattr("finetune.curriculum.held_out", lambda company: company.name.startswith("Hill"))
    out, lines = tmp_path / "out", []
    recipe = base.Recipe(minutes=0.03, batch_tokens=512, threads=threads)
    figures = base.train_base(texts, None, out, say=lines.append, recipe=recipe)
    verify(out)
    assert figures["n"] == 1 and 0.0 <= figures["copied"] <= 1.0
    card = (out / "README.md").read_text(encoding="utf-8")
    assert "license: apache-2.0" in card and "3 invented companies with 5 questions" in card
    training = json.loads((out / "training.json").read_text(encoding="utf-8"))
    assert training["curve"][-1]["step"] > 0
    assert not (out / "checkpoint").exists()
    from assistant.replying.generators.local import LocalGenerator

    assert LocalGenerator(out)._own_form
    (out / "config.json").write_text("{}", encoding="utf-8")
    with pytest.raises(Damaged, match=r"config\.json differ"):
        verify(out)


def test_an_interrupted_training_goes_on(texts, tmp_path):
    made = tiny.tokenizer()
    model, other = tiny.model(made.get_vocab_size(), 1), tiny.model(made.get_vocab_size(), 2)
    recipe = base.Recipe()
    first, second = base._optimizers(model, recipe), base._optimizers(other, recipe)
    encoded = base.encode(Lesson(Prompt("q", ("p",), (), "en"), "p"), made)
    base.step(model, first, [encoded], 0.0)
    state = {"step": 7, "seconds": 3.0, "curve": [{"step": 7}]}
    base._checkpoint(model, first, state, tmp_path / "checkpoint")
    assert base._resume(other, second, tmp_path / "checkpoint", lambda text: None) == state
    for one, two in zip(model.parameters(), other.parameters(), strict=True):
        assert one.equal(two)
