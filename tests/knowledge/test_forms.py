import json

import numpy as np
import pytest

from assistant.errors import Damaged
from assistant.knowledge import forms
from assistant.knowledge.forms import (
    CELLS,
    DEAD,
    EXACT,
    Cells,
    Exact,
    cells_for,
    fitting,
    load_faiss,
    probe_steps,
    still_fits,
)
from assistant.knowledge.index import VectorIndex
from assistant.knowledge.recall import Neighbours, found_share, questions_from
from tests.knowledge.test_index import FakeGpu
from tests.knowledge.vectors import sentences

DIMENSION = 32
IDS = np.arange(3_000) * 2 + 5


@pytest.fixture(scope="module")
def vectors():
    return sentences(3_000, DIMENSION, topics=60)


def made(name, vectors, ids=IDS):
    faiss = load_faiss()
    form = Exact(faiss, DIMENSION) if name == EXACT else Cells.trained(faiss, vectors, len(vectors))
    if name == CELLS:
        form.probes = form.cells
    form.add(ids, vectors)
    return form


def test_the_form_follows_size_and_device():
    assert [fitting(n, False) for n in (0, 100_000, 100_001)] == [EXACT, EXACT, CELLS]
    assert [fitting(n, True) for n in (100_001, 2_000_000, 2_000_001)] == [EXACT, EXACT, CELLS]


def test_a_form_is_left_only_when_it_is_well_off():
    assert still_fits(EXACT, 200_000, 0, False) and not still_fits(EXACT, 200_001, 0, False)
    assert still_fits(CELLS, 50_000, 250_000, False) and not still_fits(CELLS, 49_999, 250_000, False)
    assert still_fits(CELLS, 1_000_000, 250_000, False) and not still_fits(CELLS, 1_000_001, 250_000, False)


def test_cells_are_as_many_as_four_times_the_root_or_near():
    assert [cells_for(n) for n in (1, 10_000, 250_000, 1_000_000)] == [4, 512, 2048, 4096]
    assert probe_steps(256) == [8, 12, 16, 24, 32] and probe_steps(4) == [1]


@pytest.mark.parametrize("name", [EXACT, CELLS])
def test_what_is_found_is_what_plain_arithmetic_finds(name, vectors):
    form, questions = made(name, vectors), questions_from(vectors, 20)
    ids, scores = form.search(questions, 10)
    wanted = questions @ vectors.T
    best = np.argsort(-wanted, axis=1)[:, :10]
    if name == EXACT:
        assert ids.tolist() == IDS[best].tolist()
        assert np.allclose(scores, np.take_along_axis(wanted, best, 1), atol=1e-6)
    else:
        assert found_share(ids, IDS[best]) > 0.97
        assert np.allclose(scores, wanted[np.arange(20)[:, None], (ids - 5) // 2], atol=0.01)


@pytest.mark.parametrize("name", [EXACT, CELLS])
def test_a_removed_vector_is_gone_and_the_others_stay(name, vectors):
    form = made(name, vectors)
    gone = IDS[: DEAD + 50]  # more than `Exact` carries along, in two steps
    assert form.remove(gone[:200]) == 200 and form.remove(gone) == DEAD - 150
    assert form.remove(gone) == 0 and form.remove(np.array([10**12])) == 0
    left = sorted(i for i in form.ids().tolist() if i >= 0)
    assert len(form) == len(left) == 3_000 - len(gone) and left == IDS[len(gone) :].tolist()
    found, _ = form.search(vectors[:50], 3_000)
    assert not set(found.ravel().tolist()) & set(gone.tolist())
    assert (found[:, len(left) :] == -1).all() and (found[:, : len(left)] >= 0).all()
    assert form.search(vectors[-1:], 1)[0][0, 0] == IDS[-1]


@pytest.mark.parametrize("name", [EXACT, CELLS])
def test_an_id_given_again_is_replaced_by_the_last(name, vectors):
    form = made(name, vectors)
    form.add(np.array([IDS[3], 9_999, 9_999, IDS[3]]), vectors[[10, 11, 12, 13]])
    assert len(form) == 3_001
    assert form.known(np.array([IDS[3], 9_999, 4])).tolist() == [True, True, False]
    kept = form.vectors(np.array([IDS[3], 9_999]))
    assert np.allclose(kept, vectors[[13, 12]], atol=1e-6 if name == EXACT else 0.02)
    assert sorted(form.search(vectors[13:14], 2)[0][0].tolist()) == sorted([IDS[3], IDS[13]])


def test_removing_one_moves_no_other(vectors):
    form = made(EXACT, vectors)
    before = form.ids().copy()
    form.remove(IDS[:1])
    after = form.ids()
    assert after[0] == -1 and after[1:].tolist() == before[1:].tolist()


@pytest.fixture(scope="module")
def many():
    return sentences(20_000, DIMENSION, topics=400)


def tuned(many):
    ids = np.arange(len(many))
    index = VectorIndex.trained(many[::2], len(many), use_gpu=False)
    index.add(ids, many)
    truth = Neighbours(questions_from(many))
    truth.show(ids, many)
    index.tune(truth.questions, truth.ids)
    return index, truth


def test_no_more_cells_are_opened_than_the_wanted_recall_needs(many):
    index, truth = tuned(many)
    probes, steps = index._form.probes, probe_steps(index._form.cells)
    share = found_share(index.search(truth.questions, 32)[0], truth.ids)
    assert share == index.recall and probes in steps
    assert share >= 0.99 or probes == steps[-1]
    if probes > steps[0]:
        index._form.probes = steps[steps.index(probes) - 1]
        assert found_share(index.search(truth.questions, 32)[0], truth.ids) < 0.99


def test_training_is_the_same_every_time(many):
    one, two = (tuned(many)[0] for _ in range(2))
    assert one._form.probes == two._form.probes and one.recall == two.recall
    assert one.search(many[:20], 10)[0].tolist() == two.search(many[:20], 10)[0].tolist()


def test_a_snapshot_of_cells_says_what_it_is_and_goes_on_changing(many, tmp_path):
    index, _ = tuned(many)
    manifest = index.save(tmp_path / "i", "enc", 3)
    assert (manifest.form, manifest.probes, manifest.recall) == (CELLS, index._form.probes, round(index.recall, 4))
    again, read = VectorIndex.load(tmp_path / "i", "enc", use_gpu=False)
    assert read == manifest and again.recall == manifest.recall and not again.exact
    assert again.search(many[:9], 5)[0].tolist() == index.search(many[:9], 5)[0].tolist()
    assert again.remove(np.array([4, 4, 10**6])) == 1 and len(again) == len(many) - 1
    again.add(np.array([4, 20_001]), many[[4, 4]])
    assert set(again.search(many[4], 2)[0][0].tolist()) == {4, 20_001}


def test_a_manifest_from_before_there_were_forms_means_exact(vectors, tmp_path):
    index = VectorIndex(DIMENSION, use_gpu=False)
    index.add(IDS, vectors)
    index.save(tmp_path / "i", "enc", 3)
    path = tmp_path / "i" / "manifest.json"
    held = json.loads(path.read_text())
    path.write_text(json.dumps({k: v for k, v in held.items() if k not in ("form", "recall", "probes")}))
    assert VectorIndex.load(tmp_path / "i", "enc", use_gpu=False)[0].exact


@pytest.mark.parametrize("claimed", [CELLS, "graph", ["exact"]])
def test_a_snapshot_of_another_form_than_it_claims_is_damaged(vectors, tmp_path, claimed):
    index = VectorIndex(DIMENSION, use_gpu=False)
    index.add(IDS, vectors)
    index.save(tmp_path / "i", "enc", 3)
    path = tmp_path / "i" / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "form": claimed}))
    with pytest.raises(Damaged):
        VectorIndex.load(tmp_path / "i", "enc", use_gpu=False)


def test_on_a_gpu_cells_keep_their_own_ids_and_follow_changes(many, monkeypatch):
    index, _ = tuned(many)
    index._use_gpu, index._faiss = True, FakeGpu(index._faiss)
    index._form.probes = index._form.cells
    assert index.search(many[4], 1)[0][0, 0] == 4
    index.search(many[5], 1)
    assert index._faiss.copies == 1
    index.remove(np.array([4]))
    assert 4 not in index.search(many[4], 50)[0][0] and index._faiss.copies == 2


def test_every_form_has_a_name_that_a_manifest_may_hold():
    assert {name: made.name for name, made in forms.FORMS.items()} == {EXACT: EXACT, CELLS: CELLS}
