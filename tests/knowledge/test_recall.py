import numpy as np

from assistant.knowledge.recall import Neighbours, found_share, questions_from
from tests.knowledge.vectors import sentences


def test_neighbours_seen_in_batches_are_those_of_all_at_once():
    vectors, ids = sentences(500, 16, topics=20), np.arange(500) * 3
    questions = questions_from(vectors, 12)
    truth = Neighbours(questions)
    for start in range(0, 500, 70):
        truth.show(ids[start : start + 70], vectors[start : start + 70])
    best = np.argsort(-(questions @ vectors.T), axis=1)[:, :10]
    assert np.sort(truth.ids, axis=1).tolist() == np.sort(ids[best], axis=1).tolist()


def test_fewer_vectors_than_neighbours_leave_places_empty():
    truth = Neighbours(np.eye(3, dtype=np.float32))
    truth.show(np.array([7, 9]), np.eye(3, dtype=np.float32)[:2])
    assert [sorted(row) for row in truth.ids.tolist()] == [[-1] * 8 + [7, 9]] * 3
    assert found_share(np.array([[7], [7], [3]]), truth.ids) == 2 / 6


def test_questions_are_the_same_each_time_of_length_one_and_on_no_vector():
    vectors = sentences(400, 16, topics=20)
    one, two = questions_from(vectors, 50), questions_from(vectors, 50)
    assert np.array_equal(one, two) and np.allclose(np.linalg.norm(one, axis=1), 1)
    nearest = (one @ vectors.T).max(axis=1)
    assert 0.75 < nearest.mean() < 0.999
