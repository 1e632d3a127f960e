import json
import shutil

import numpy as np
import pytest

from assistant.errors import Damaged, KefuError
from assistant.knowledge.index import VectorIndex


def unit(n, d=16, seed=0):
    v = np.random.default_rng(seed).normal(size=(n, d)).astype(np.float32)
    return v / np.linalg.norm(v, axis=1, keepdims=True)


def reference(vectors, ids, query, k):
    scores = vectors @ query
    order = np.argsort(-scores)[:k]
    return ids[order].tolist(), scores[order]


def filled(n=50, **options):
    vectors, ids = unit(n), np.arange(n) * 3 + 7
    index = VectorIndex(16, **options)
    index.add(ids, vectors)
    return index, vectors, ids


def test_search_equals_plain_arithmetic():
    index, vectors, ids = filled()
    query = unit(1, seed=9)[0]
    want_ids, want = reference(vectors, ids, query, 5)
    got_ids, got = index.search(query, 5)
    assert got_ids[0].tolist() == want_ids
    assert np.allclose(got[0], want, atol=1e-6)


def test_missing_hits_have_the_id_minus_one():
    index, _, _ = filled(3)
    assert index.search(unit(1)[0], 5)[0][0].tolist()[3:] == [-1, -1]
    assert VectorIndex(16).search(unit(1)[0], 2)[0].tolist() == [[-1, -1]]


def test_an_id_added_again_is_replaced_and_a_removed_one_is_gone():
    index, vectors, ids = filled()
    index.add(ids[:1], vectors[1:2])
    assert len(index) == 50
    assert set(index.search(vectors[1], 2)[0][0]) == {ids[0], ids[1]}
    assert index.remove(ids[:2]) == 2
    assert not set(index.search(vectors[1], 48)[0][0]) & set(ids[:2])


def test_a_snapshot_comes_back_the_same(tmp_path):
    index, vectors, ids = filled()
    index.save(tmp_path / "i", "enc", 12)
    again, manifest = VectorIndex.load(tmp_path / "i", "enc")
    assert (manifest.revision, manifest.count) == (12, 50)
    assert again.search(vectors[4], 1)[0][0][0] == ids[4]
    assert again.ids().tolist() == ids.tolist()


@pytest.mark.parametrize("harm", ["flip", "cut", "manifest", "gone", "encoder", "words", "file", "folder"])
def test_a_damaged_or_foreign_snapshot_is_refused(tmp_path, harm):
    folder = tmp_path / "i"
    filled()[0].save(folder, "enc", 1)
    path = folder / "index.faiss"
    data = bytearray(path.read_bytes())
    if harm == "flip":
        data[200] ^= 1
        path.write_bytes(data)
    elif harm == "cut":
        path.write_bytes(data[:-9])
    elif harm == "manifest":
        (folder / "manifest.json").write_text(json.dumps({"encoder": "enc"}))
    elif harm == "gone":
        path.unlink()
    elif harm == "words":
        manifest = json.loads((folder / "manifest.json").read_text())
        (folder / "manifest.json").write_text(json.dumps({**manifest, "revision": "abc"}))
    elif harm == "file":
        shutil.rmtree(folder)
        folder.write_text("no folder")
    elif harm == "folder":
        (folder / "manifest.json").unlink()
        (folder / "manifest.json").mkdir()
    with pytest.raises(Damaged):
        VectorIndex.load(folder, "other" if harm == "encoder" else "enc")


def test_a_snapshot_takes_the_place_of_whatever_stands_there(tmp_path):
    (tmp_path / "i").write_text("no folder")
    filled()[0].save(tmp_path / "i", "enc", 1)
    assert VectorIndex.load(tmp_path / "i", "enc")[1].revision == 1


def test_a_full_disk_is_a_sentence_and_keeps_the_old_snapshot(tmp_path, monkeypatch):
    index = filled()[0]
    index.save(tmp_path / "i", "enc", 1)

    def full(*_):
        raise RuntimeError("Error in write_index\nNo space left on device")

    monkeypatch.setattr(index._faiss, "write_index", full)
    with pytest.raises(KefuError, match="No space left"):
        index.save(tmp_path / "i", "enc", 2)
    assert [p.name for p in tmp_path.iterdir()] == ["i"]
    assert VectorIndex.load(tmp_path / "i", "enc")[1].revision == 1


class FakeGpu:
    """What faiss-gpu adds: an index without ids that remembers that it was asked."""

    def __init__(self, faiss):
        self._faiss = faiss
        self.copies = 0

    def __getattr__(self, name):
        return getattr(self._faiss, name)

    def StandardGpuResources(self):
        return object()

    def index_cpu_to_gpu(self, resources, device, flat):
        assert not isinstance(flat, self._faiss.IndexIDMap2), "a GPU index knows no ids"
        self.copies += 1
        return self._faiss.clone_index(flat)


def test_the_gpu_path_returns_the_same_ids_and_follows_changes():
    index, vectors, ids = filled(use_gpu=True)
    index._faiss = FakeGpu(index._faiss)
    assert index.search(vectors[4], 1)[0][0][0] == ids[4]
    index.search(vectors[5], 1)
    assert index._faiss.copies == 1
    index.remove(ids[4:5])
    assert index.search(vectors[4], 50)[0][0][-1] == -1
    assert index._faiss.copies == 2


@pytest.mark.gpu
def test_a_real_gpu_agrees_with_the_cpu():
    from assistant.knowledge.forms import gpu_count

    if not gpu_count():
        pytest.skip("no GPU that faiss can use")
    on, vectors, _ = filled(use_gpu=True)
    off, _, _ = filled(use_gpu=False)
    assert on.search(vectors, 3)[0].tolist() == off.search(vectors, 3)[0].tolist()
