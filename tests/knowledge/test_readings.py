import pytest

from assistant.knowledge.readings import KIN, weighed
from assistant.records import Hit, Kind, Passage


def hit(owner, score, category="", id=None):
    number = id or sum(map(ord, owner))
    passage = Passage(number, Kind.FAQ, owner, "question", owner, owner, owner, "en", category)
    return Hit(passage, score, {"dense": score})


def ranked(hits):
    return [h.passage.owner for h in hits]


def test_the_message_alone_keeps_its_order_and_scores():
    assert weighed([[hit("fee", 0.6), hit("time", 0.2)]], [1.0]) == [hit("fee", 0.6), hit("time", 0.2)]


def test_the_evidence_of_all_readings_is_averaged_by_weight():
    alone = [hit("fee", 0.6), hit("time", 0.4)]
    whole = [hit("time", 0.9), hit("fee", 0.3)]
    got = weighed([alone, whole], [1.0, 1.0])
    assert ranked(got) == ["time", "fee"]
    assert got[0].score == pytest.approx(0.65) and got[0].why["dense"] == pytest.approx(0.65)
    assert ranked(weighed([alone, whole], [1.0, 0.2])) == ["fee", "time"]


def test_an_owner_that_a_reading_did_not_find_counts_there_as_its_weakest():
    got = weighed([[hit("fee", 0.6), hit("time", 0.2)], [hit("far", 0.8)]], [1.0, 1.0])
    scores = {h.passage.owner: h.score for h in got}
    assert scores == pytest.approx({"fee": 0.7, "far": 0.5, "time": 0.5})


def test_the_category_that_the_history_leads_to_gains_a_little():
    alone = [hit("invoice post", 0.50, "invoices"), hit("fee", 0.49, "delivery")]
    whole = [hit("time", 0.8, "delivery"), hit("invoice post", 0.3, "invoices"), hit("fee", 0.3, "delivery")]
    got = weighed([alone, whole], [1.0, 0.7])
    scores = {h.passage.owner: h.score for h in got}
    assert ranked(got).index("fee") < ranked(got).index("invoice post")
    assert scores["fee"] == pytest.approx((0.49 + 0.7 * 0.3) / 1.7 + KIN * 0.7 / 1.7)
    assert scores["invoice post"] == pytest.approx((0.50 + 0.7 * 0.3) / 1.7)


def test_readings_that_found_nothing_do_no_harm():
    assert weighed([[], []], [1.0, 0.5]) == []
    assert ranked(weighed([[hit("fee", 0.6)], []], [1.0, 0.5])) == ["fee"]
