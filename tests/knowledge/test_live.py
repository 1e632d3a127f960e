import numpy as np
import pytest

from assistant.knowledge import forms
from assistant.knowledge.forms import CELLS, EXACT
from assistant.knowledge.index import read_manifest
from assistant.knowledge.live import LiveIndex
from assistant.records import Faq
from ingest.pipeline import import_faqs
from tests.knowledge.vectors import sentences


class Given:
    """An encoder whose texts are the numbers of given vectors."""

    name, dimension = "given", 16

    def __init__(self):
        self.vectors = sentences(4_000, self.dimension, topics=80)

    def encode(self, texts, *, query=False, progress=None):
        return self.vectors[[int(t) for t in texts]]


@pytest.fixture
def given():
    return Given()


def faqs(numbers):
    return [Faq(f"f{n}", str(n), "", "en") for n in numbers]


def opened(store, given, folder):
    live = LiveIndex(store, given.name, given.dimension, folder)
    live.open()
    return live


def owners(store, live, vector, k=5):
    found = live.search(vector, k)
    passages = store.knowledge.passages(id for id, _ in found)
    return [(int(passages[id].text), score) for id, score in found]


def test_many_vectors_are_searched_in_cells_and_the_best_compared_in_full(store, given, tmp_path, monkeypatch):
    monkeypatch.setattr(forms, "EXACT_UP_TO", 1_000)
    import_faqs(store, faqs(range(3_000)), given)
    live = opened(store, given, tmp_path / "i")
    assert (live.form, len(live)) == (CELLS, 3_000) and 0.5 < live.recall <= 1.0
    for vector in given.vectors[3_000:3_040]:
        found = owners(store, live, vector)
        assert [s for _, s in found] == pytest.approx([float(given.vectors[n] @ vector) for n, _ in found], abs=1e-6)
        assert [s for _, s in found] == sorted((s for _, s in found), reverse=True)
    manifest = live.rebuild()
    assert (manifest.form, manifest.recall) == (CELLS, round(live.recall, 4))
    again = opened(store, given, tmp_path / "i")
    assert again.form == CELLS and owners(store, again, given.vectors[7]) == owners(store, live, given.vectors[7])


def test_one_change_among_cells_is_followed_and_the_rest_stays(store, given, tmp_path, monkeypatch):
    monkeypatch.setattr(forms, "EXACT_UP_TO", 1_000)
    import_faqs(store, faqs(range(3_000)), given)
    live = opened(store, given, tmp_path / "i")
    store.knowledge.set_status(["f5"], "retired", given.name)
    import_faqs(store, faqs([3_500]), given)
    assert live.refresh() and not live.refresh()
    assert len(live) == 3_000 and live.verify() == {"missing": [], "surplus": []}
    assert owners(store, live, given.vectors[3_500])[0] == (3_500, pytest.approx(1.0))
    assert 5 not in [n for n, _ in owners(store, live, given.vectors[5], 50)]


def test_an_index_that_has_grown_changes_its_form_with_the_next_snapshot(store, given, tmp_path, monkeypatch):
    monkeypatch.setattr(forms, "EXACT_UP_TO", 1_000)
    import_faqs(store, faqs(range(900)), given)
    live = opened(store, given, tmp_path / "i")
    assert live.snapshot().form == EXACT
    import_faqs(store, faqs(range(2_500)), given)
    live.refresh()
    assert live.form == EXACT and len(live) == 2_500
    assert live.snapshot().form == CELLS and read_manifest(tmp_path / "i").count == 2_500
    assert opened(store, given, tmp_path / "i").verify() == {"missing": [], "surplus": []}


def test_an_old_snapshot_of_a_store_that_outgrew_it_is_made_anew_when_opened(store, given, tmp_path, monkeypatch):
    import_faqs(store, faqs(range(900)), given)
    opened(store, given, tmp_path / "i").snapshot()
    import_faqs(store, faqs(range(2_500)), given)
    monkeypatch.setattr(forms, "EXACT_UP_TO", 1_000)
    live = opened(store, given, tmp_path / "i")
    assert (live.form, len(live)) == (CELLS, 2_500)


def test_drops_whose_tombstones_were_forgotten_are_still_followed(store, given, tmp_path):
    import_faqs(store, faqs(range(20)), given)
    live = opened(store, given, tmp_path / "i")
    store.knowledge.set_status(["f5", "f6"], "retired", given.name)
    store.knowledge.forget_dropped()
    live.refresh()
    assert len(live) == 18 and live.verify() == {"missing": [], "surplus": []}


def test_vectors_pass_by_in_batches(store, given, tmp_path, monkeypatch):
    from assistant.knowledge import live as module

    monkeypatch.setattr(module, "BATCH", 7)
    import_faqs(store, faqs(range(30)), given)
    live = opened(store, given, tmp_path / "i")
    assert len(live) == 30
    ids, vectors = store.knowledge.vectors(given.name, [3, 1, 999])
    assert ids.tolist() == [1, 3] and np.allclose(vectors, given.vectors[[0, 2]])
