"""An encoder version in service: promoted with its heads in one row, followed by a running engine, rolled back."""

import json
import random

import numpy as np
import pytest
from click.testing import CliRunner

from assistant import doctor, registry
from assistant.assembly import Serving
from assistant.dialogue.engine import Engine
from assistant.errors import BadInput, Damaged, NotFound
from assistant.knowledge.confidence import FEATURES, Confidence, Logistic
from assistant.knowledge.embedders import load_embedder
from assistant.knowledge.fusion import PLAIN
from assistant.knowledge.live import LiveIndex
from assistant.knowledge.retriever import Retriever
from assistant.records import Faq, IntentSpec
from assistant.settings import Retrieval
from assistant.store import Store
from finetune import home_confidence, intent, promotion
from finetune.cli import main
from finetune.dataset import current
from finetune.encoder import adapt
from finetune.encoder.questions import unlearned
from ingest.pipeline import encode_pending, import_faqs
from tests.fakes import BagEmbedder
from tests.finetune import tiny_encoder
from tests.finetune.learning import INTENTS


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return tiny_encoder.folder(tmp_path_factory.mktemp("model") / "tiny")


@pytest.fixture(scope="module")
def other(tmp_path_factory):
    return tiny_encoder.folder(tmp_path_factory.mktemp("model") / "other", seed=1)


def version_of(settings, store, folder, base) -> str:
    """Keep the model in `folder` as an encoder version that was adapted from `base`."""
    made = load_embedder(tiny_encoder.settings_with(folder, settings.home))
    id, place = registry.new_folder(settings, "encoder")
    adapt.save(made.model, made, place)
    return registry.keep(settings, store, id, place, base=base, metrics={"dataset": "d"}).id


def confidence_of(settings, store) -> str:
    id, folder = registry.new_folder(settings, "confidence")
    PLAIN.save(folder)
    Confidence({"en": Logistic((4.0, *[0.0] * (len(FEATURES) - 1)), -1.0)}).save(folder)
    return registry.keep(settings, store, id, folder).id


@pytest.fixture
def home(tmp_path, model, other):
    """Return (settings, store, adapted version); a first release serves with the settings' encoder."""
    settings = tiny_encoder.settings_with(model, tmp_path / "home")
    store = Store.open(settings.database)
    embedder = load_embedder(settings)
    tiny_encoder.fill_home(store, embedder, past=30)
    specs = [IntentSpec(label, examples=tuple(("en", t) for t in texts)) for label, texts in INTENTS.items()]
    store.meaning.save_intents(specs)
    parts = {
        "encoder": embedder.name, "intent": intent.train_candidate(settings, store, embedder).id,
        "confidence": confidence_of(settings, store),
    }
    registry.promote(store, parts, "test", "first", settings)
    yield settings, store, version_of(settings, store, other, embedder.name)
    store.close()


@pytest.fixture
def shell(home, monkeypatch):
    settings, _, _ = home
    monkeypatch.setenv("KEFU_ENCODER_MODEL", settings.encoder.model)
    return lambda *words: CliRunner().invoke(main, [*words, "--home", str(settings.home), "--json"])


def promoted(home):
    settings, store, version = home
    return promotion.promote_encoder(settings, store, {"encoder": version}, "test", "better")


def top(serving: Serving, text: str) -> str:
    retriever = serving().retriever
    return retriever.search(retriever.query(text))[0].passage.owner


def test_a_running_engine_follows_a_promotion_and_a_rollback_with_index_and_heads(home):
    settings, store, version = home
    serving = Serving(settings, store)
    engine = Engine(settings, store, serving)
    before, old_index = engine.consider("where is my parcel"), serving().retriever._index
    done = promoted(home)
    after, parts = engine.consider("where is my parcel"), serving()
    assert parts.versions["encoder"] == parts.classifier.base == version
    assert not np.allclose(before.query.vector, after.query.vector)
    assert len(parts.retriever._index) == len(old_index) and parts.retriever._index.encoder == version
    assert np.allclose(after.query.vector, load_embedder(registry.as_released(settings, store)).encode(["where is my parcel"]))
    assert done.release.id == 2 and done.encoded == len(store.knowledge.missing("nobody")) and len(store.releases.history()) == 2
    promotion.roll_back(settings, store, "test")
    assert np.allclose(engine.consider("where is my parcel").query.vector, before.query.vector)
    assert serving().versions["encoder"] == store.releases.history()[0].encoder


def test_the_heads_of_the_release_are_fitted_on_its_encoder(home):
    settings, store, version = home
    done = promoted(home)
    assert store.releases.version(done.release.intent).base == version
    assert done.release.confidence == store.releases.history()[0].confidence
    assert len(done.cautions) == 1 and "serves on" in done.cautions[0]
    registry.check(settings, store, done.release.parts())
    with pytest.raises(BadInput, match="was fitted on the encoder"):
        registry.promote(store, {"intent": store.releases.history()[0].intent}, "test", "old head", settings)
    with pytest.raises(BadInput, match="can't serve as encoder"):
        registry.promote(store, {"encoder": done.release.intent}, "test", "no encoder", settings)


@pytest.mark.parametrize("place", ["assistant.registry.promote", "finetune.intent.train_candidate"])
def test_an_interrupted_promotion_leaves_what_serves_and_the_next_one_goes_on(home, monkeypatch, place):
    settings, store, version = home
    serving = Serving(settings, store)
    found, release = top(serving, "where is my parcel"), store.releases.current()

    def interrupt(*args, **kwargs):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(place, interrupt)
        promoted(home)
    assert store.releases.current() == release and top(serving, "where is my parcel") == found
    assert serving().versions["encoder"] == release.encoder
    done = promoted(home)
    assert done.encoded == 0 and done.release.encoder == version
    heads = [v for v in store.releases.versions("intent") if v.base == version]
    assert len(heads) == 1


def test_a_rollback_loads_nothing_unless_something_came_in_since(home, monkeypatch):
    settings, store, _version = home
    promoted(home)
    loaded = []
    monkeypatch.setattr(promotion, "load_embedder", lambda s: loaded.append(s) or load_embedder(s))
    done = promotion.roll_back(settings, store, "test")
    assert done.encoded == 0 and loaded == []
    promoted(home)
    serving = Serving(settings, store)
    new = Faq("new-en", "gift card points", "Yes.", "en", "new")
    import_faqs(store, [new], load_embedder(registry.as_released(settings, store)))
    assert top(serving, "gift card points") == "new-en"
    loaded.clear()
    done = promotion.roll_back(settings, store, "test")
    assert done.encoded == 2 and len(loaded) == 1 and top(serving, "gift card points") == "new-en"
    assert len(serving().retriever._index) == len(store.knowledge.missing("nobody"))


def test_what_another_encoder_made_searchable_is_told_to_this_ones_index(store, tmp_path):
    one, two = BagEmbedder(), BagEmbedder()
    two.name = "two"
    index = LiveIndex(store, "two", two.dimension, tmp_path / "index")
    index.open()
    import_faqs(store, [Faq("a", "refund", "", "en", "a")], one)
    index.refresh()
    assert len(index) == 0
    encode_pending(store, two)
    index.refresh()
    assert len(index) == 1
    import_faqs(store, [Faq("b", "invoice", "", "en", "b")], one)
    index.refresh()
    Retriever(store, two, index, Retrieval()).publish_pending()
    index.refresh()
    assert len(index) == 2


def test_where_the_settings_name_another_encoder_theirs_serves_and_the_head_goes_by_words(home, other):
    settings, store, _ = home
    changed = tiny_encoder.settings_with(other, settings.home)
    parts = Serving(changed, store)()
    name = load_embedder(changed).name
    assert parts.versions["encoder"] == name and parts.classifier.readable == ()
    assert parts.classifier.classify("refund my money", np.ones(32, np.float32)).label == "refund"
    told = next(f for f in doctor.examine(changed)["findings"] if f["name"] == "encoder that serves")
    assert told["state"] == "note" and told["remedy"].endswith(f"finetune promote {name}") and "words alone" in told["text"]


def test_doctor_tells_of_a_release_that_is_not_what_the_settings_name(home, other):
    settings, _store, version = home
    find = lambda s: next(f for f in doctor.examine(s)["findings"] if f["name"] == "encoder that serves")  # noqa: E731
    assert find(settings)["state"] == "ok"
    promoted(home)
    assert find(settings)["state"] == "ok" and f"{version}, adapted from tiny-" in find(settings)["text"]
    told = find(tiny_encoder.settings_with(other, settings.home))
    assert told["state"] == "note" and "does not serve" in told["text"]


def test_ingest_uses_the_encoder_that_serves(home, monkeypatch):
    from ingest.cli import main as ingest

    settings, store, version = home
    monkeypatch.setenv("KEFU_ENCODER_MODEL", settings.encoder.model)
    promoted(home)
    words = ["faq", "add", "--question", "gift card points", "--answer", "Yes indeed.", "--id", "new"]
    done = CliRunner().invoke(ingest, [*words, "--home", str(settings.home), "--json"], catch_exceptions=False)
    assert done.exit_code == 0, done.stderr
    assert store.knowledge.missing(version) == {}
    assert len(store.knowledge.missing(store.releases.history()[0].encoder)) == 2
    verified = CliRunner().invoke(ingest, ["verify", "--home", str(settings.home), "--json"])
    assert json.loads(verified.stdout)["encoder"] == version and verified.exit_code == 0


def test_commands_compare_promote_and_roll_back_an_encoder(home, shell):
    _settings, store, version = home
    first = store.releases.current()
    compared = json.loads(shell("compare", version).stdout)["parts"]["encoder"]
    assert compared["candidate"]["n"] == compared["current"]["n"] >= 30 and "hit@1" in compared["candidate"]
    assert any("find their FAQ first" in r for r in compared["reasons"])
    assert json.loads(shell("promote", version).stdout)["release"]["encoder"] == version
    assert json.loads(shell("rollback").stdout)["release"]["encoder"] == first.encoder
    assert json.loads(shell("promote", version).stdout)["encoded"] == 0
    back = json.loads(shell("promote", first.encoder).stdout)["release"]
    assert (back["encoder"], back["intent"]) == (first.encoder, first.intent)
    nobody = shell("promote", "encoder-nobody")
    assert nobody.exit_code == 1 and "no version 'encoder-nobody'" in json.loads(nobody.stdout)["error"]


def test_a_damaged_or_missing_version_is_refused_before_anything_is_encoded(home):
    settings, store, version = home
    folder = settings.models_folder / version
    (folder / "config.json").write_text("{}")
    with pytest.raises(Damaged, match="finetune versions"):
        promoted(home)
    folder.rename(folder.with_name("away"))
    with pytest.raises(Damaged):
        promoted(home)
    with pytest.raises(Damaged, match="finetune rollback"):
        registry.encoder_settings(settings, store, version)
    with pytest.raises(NotFound, match=r"Known: encoder-.*tiny-"):
        registry.settings_of(settings, store, "nobody")
    assert len(store.releases.history()) == 1 and len(store.knowledge.missing(version)) > 300


# The confidence


def test_a_confidence_that_the_gate_finds_no_worse_serves_and_another_is_kept_aside(home, monkeypatch):
    settings, store, version = home
    folder = settings.models_folder / store.releases.current().confidence
    monkeypatch.setattr(home_confidence, "_shipped", lambda settings, store: (Confidence.load(folder), PLAIN))
    figures = {"n": 40, "auroc": 0.9, "calibrated": 0.8}
    with monkeypatch.context() as patch:
        told = iter([figures, {**figures, "auroc": 0.7}])
        patch.setattr(home_confidence, "measure", lambda *args: next(told))
        worse = promoted(home)
    assert worse.release.confidence == store.releases.history()[0].confidence
    assert any("is kept" in c and "worse by more than" in c for c in worse.cautions)
    promotion.roll_back(settings, store, "test")
    monkeypatch.setattr(home_confidence, "measure", lambda *args: figures)
    better = promoted(home)
    assert store.releases.version(better.release.confidence).base == version and better.cautions == ()
    registry.check(settings, store, better.release.parts())
    assert not settings.index_folder.with_name("index.damaged").exists()


def test_beside_an_adapted_encoder_the_confidence_asks_only_what_it_has_not_learned(home):
    settings, store, _version = home
    promoted(home)
    dataset = current(settings, store)
    new = unlearned(store, dataset)
    embedder = load_embedder(registry.as_released(settings, store))
    retriever = home_confidence.retriever_of(settings, store, embedder, PLAIN)
    asked = home_confidence._asked(store, retriever, embedder, dataset, random.Random(1))
    assert 20 < len(asked) < len(store.knowledge.missing("nobody")) / 2 and {a.query.whole for a in asked} <= new
    plain = load_embedder(settings)
    encode_pending(store, plain)
    assert len(home_confidence._asked(store, retriever, plain, dataset, random.Random(1))) > 2 * len(asked)
