"""Versions on disk, releases, the gate, and the whole retraining."""

import json

import pytest
from click.testing import CliRunner

from assistant import gate, manifest, registry
from assistant.errors import BadInput, Damaged, NotFound
from assistant.records import IntentSpec
from finetune.cli import main
from finetune.intent import train_candidate
from finetune.retrain import LEARNED, retrain
from tests.finetune.learning import INTENTS, WordVectors, fill, open_home, rows


@pytest.fixture
def home(tmp_path):
    return open_home(tmp_path)


def made(home, part="intent", base="words", text="x"):
    settings, store = home
    id, folder = registry.new_folder(settings, part)
    (folder / "weights").write_text(text)
    return registry.keep(settings, store, id, folder, base=base).id


def serve(home, **parts):
    settings, store = home
    return registry.promote(store, parts, "test", "because", settings)


def test_a_version_is_there_as_a_whole_or_not_at_all(home):
    settings, store = home
    id, folder = registry.new_folder(settings, "intent")
    assert not (settings.models_folder / id).exists() and store.releases.versions() == []
    (folder / "weights").write_text("x")
    registry.keep(settings, store, id, folder)
    manifest.verify(settings.models_folder / id)
    assert not folder.exists()


@pytest.mark.parametrize("harm", ["change", "remove", "manifest"])
def test_a_damaged_version_is_refused_by_name(home, harm):
    settings, _ = home
    id = made(home)
    path = settings.models_folder / id / ("manifest.json" if harm == "manifest" else "weights")
    path.write_text("{") if harm != "remove" else path.unlink()
    with pytest.raises(Damaged, match="finetune versions"):
        serve(home, encoder="words", intent=id)


def test_a_manifest_can_not_reach_outside_its_folder(home):
    settings, _ = home
    id = made(home)
    folder = settings.models_folder / id
    told = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**told, "files": {"../../kefu.sqlite": "0"}}))
    with pytest.raises(Damaged):
        manifest.verify(folder)


def test_a_version_that_can_not_be_recorded_leaves_no_folder(home, monkeypatch):
    settings, store = home

    def full(version):
        raise BadInput("the disk is full")

    monkeypatch.setattr(store.releases, "add_version", full)
    with pytest.raises(BadInput):
        made(home)
    assert list(settings.models_folder.iterdir()) == []


def test_a_home_without_anything_is_told_to_begin_with_init(home):
    settings, store = home
    with pytest.raises(BadInput, match="assistant init"):
        retrain(settings, store, WordVectors())
    assert len(store.releases.datasets()) == 1


def test_parts_that_disagree_are_refused_and_named(home):
    id = made(home, base="other-encoder")
    with pytest.raises(BadInput, match=f"{id} was fitted on the encoder other-encoder, but .* words"):
        serve(home, encoder="words", intent=id)
    with pytest.raises(BadInput, match="can't serve as response"):
        serve(home, response=id)
    with pytest.raises(NotFound):
        serve(home, intent="intent-nobody")


def test_rolling_back_goes_one_release_further_back_each_time(home):
    settings, store = home
    a, b, c = made(home), made(home), made(home)
    for id in (a, b, c):
        serve(home, encoder="words", intent=id)
    assert registry.rollback(store, "test", settings).intent == b
    assert registry.rollback(store, "test", settings).intent == a
    with pytest.raises(BadInput, match="nothing to roll back to"):
        registry.rollback(store, "test", settings)
    assert [r.intent for r in store.releases.history()] == [a, b, c, b, a]


GOOD = {"n": 200, "accuracy": 0.9, "in_scope_accuracy": 0.88, "macro_f1": 0.85, "oos_recall": 0.7}


def test_the_gate_explains_every_figure():
    ruling = gate.rule(GOOD, {**GOOD, "accuracy": 0.92})
    assert ruling.promoted
    assert any("90.0% before, 92.0% now (+2.0 points): better" in r for r in ruling.reasons)
    assert sum("the same" in r for r in ruling.reasons) == 3


def test_the_gate_allows_what_the_tolerance_says_and_no_more():
    assert gate.rule(GOOD, {**GOOD, "macro_f1": 0.831}).promoted
    refused = gate.rule(GOOD, {**GOOD, "macro_f1": 0.82, "accuracy": 0.99})
    assert not refused.promoted
    assert any("worse by more than the tolerance of 2.0 points" in r for r in refused.reasons)


@pytest.mark.parametrize(
    ("current", "candidate", "said"),
    [
        (GOOD, {**GOOD, "n": 29}, "Only 29 held-out examples"),
        (None, {"n": 0}, "Only 0 held-out"),
        ({**GOOD, "n": 199}, GOOD, "must be the same ones"),
        (GOOD, {k: v for k, v in GOOD.items() if k != "oos_recall"}, "not comparable"),
    ],
)
def test_the_gate_refuses_what_it_can_not_judge(current, candidate, said):
    ruling = gate.rule(current, candidate)
    assert not ruling.promoted and any(said in r for r in ruling.reasons)


def test_one_example_of_many_is_no_reason_to_refuse():
    few = {**GOOD, "n": 40}
    assert gate.rule(few, {**few, "accuracy": 0.9 - 1 / 40}).promoted


@pytest.fixture
def taught(home):
    _settings, store = home
    store.meaning.save_intents([IntentSpec(label, examples=tuple(("en", t) for t in texts)) for label, texts in INTENTS.items()])
    fill(store, 400)
    return home


def test_a_first_retraining_promotes_and_a_second_has_nothing_to_do(taught):
    settings, store = taught
    done = retrain(settings, store, WordVectors())
    assert done.release.intent == done.outcomes[0].version.id
    assert done.release.encoder == "words" and done.outcomes[0].compared.current is None
    again = retrain(settings, store, WordVectors())
    assert not again.news.enough and again.outcomes == () and "At least 20" in again.news.reason
    assert len(store.releases.history()) == 1


def test_a_worse_candidate_is_kept_with_reasons(taught, monkeypatch):
    settings, store = taught
    first = retrain(settings, store, WordVectors())
    fill(store, 60, start=400)
    compared = {"n": 40, "accuracy": 0.2, "in_scope_accuracy": 0.2, "macro_f1": 0.1}

    def worse(*args, **kwargs):
        from finetune.measure import Compared

        return Compared("intent", {**compared, "accuracy": 0.9}, compared)

    monkeypatch.setattr("finetune.retrain.compare", worse)
    done = retrain(settings, store, WordVectors())
    assert done.release is None and not done.outcomes[0].ruling.promoted
    assert store.releases.current().intent == first.release.intent
    assert len(store.releases.versions("intent")) == 2 and store.note(LEARNED) == done.dataset


def test_candidate_and_current_are_measured_on_the_same_questions(taught):
    settings, store = taught
    retrain(settings, store, WordVectors())
    fill(store, 100, start=400)
    compared = retrain(settings, store, WordVectors()).outcomes[0].compared
    assert compared.current["n"] == compared.candidate["n"] >= 30


def test_changed_intents_are_a_reason_to_retrain(taught):
    settings, store = taught
    retrain(settings, store, WordVectors())
    store.meaning.save_intents([IntentSpec("goodbye", examples=(("en", "bye"), ("en", "see you")))])
    assert retrain(settings, store, WordVectors()).news.intents_changed


def test_commands_roll_back_and_list(taught):
    settings, store = taught
    serve(taught, encoder="words", intent=made(taught))
    second = train_candidate(settings, store, WordVectors()).id
    home = str(settings.home)
    run = lambda *words: CliRunner().invoke(main, [*words, "--home", home, "--json"])  # noqa: E731
    assert json.loads(run("promote", second).stdout)["release"]["intent"] == second
    assert run("rollback").exit_code == 0
    listed = json.loads(run("versions").stdout)
    assert [v["serves"] for v in listed["versions"]] == [True, False]
    assert run("rollback").exit_code == 1
    assert "nothing to roll back" in json.loads(run("rollback").stdout)["error"]


def test_measuring_two_files_keeps_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr("finetune.cli._embedder", lambda settings: WordVectors())
    for name, tails in (("train", ("", "today", "please")), ("test", ("again",))):
        lines = [json.dumps({"text": t, "intent": i}) for t, i in rows(tails=tails)]
        (tmp_path / f"{name}.jsonl").write_text("\n".join([*lines, "{not json"]) + "\n", encoding="utf-8")
    home = tmp_path / "home"
    words = ["intent", "--train", str(tmp_path / "train.jsonl"), "--test", str(tmp_path / "test.jsonl"), "--json"]
    result = CliRunner().invoke(main, [*words, "--home", str(home)])
    told = json.loads(result.stdout)
    assert result.exit_code == 3 and len(told["rejected"]) == 2 and "line 76" in told["rejected"][0]
    assert {"accuracy", "macro_f1", "mcc", "in_scope_accuracy", "oos_recall", "train_seconds", "ms"} <= set(told)
    assert told["n"] == 25 and told["oos_recall"] is None and "p50" in told["ms"] and not home.exists()


def test_half_a_pair_of_files_is_wrong_use(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "a", "intent": "b"}\n')
    assert CliRunner().invoke(main, ["intent", "--train", str(path)]).exit_code == 2
