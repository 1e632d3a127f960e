"""The sample company: complete, paired, and measured on questions that nobody trained on."""

from __future__ import annotations

import csv
import json
from collections import Counter

import pytest

from assistant.settings import SAMPLE
from assistant.text import jaccard, trigrams

FAQS = list(csv.DictReader((SAMPLE / "faqs.csv").open(encoding="utf-8")))
TESTS = [json.loads(line) for line in (SAMPLE / "test.jsonl").open(encoding="utf-8")]
DIALOGUES = [json.loads(line) for line in (SAMPLE / "dialogues.jsonl").open(encoding="utf-8")]


def test_faqs_are_pairs_in_both_languages_with_enough_phrasings():
    languages: dict[str, set] = {}
    for row in FAQS:
        languages.setdefault(row["pair"], set()).add(row["language"])
        assert len(row["similar_questions"].split("|")) >= 8, row["id"]
    assert len(languages) >= 160 and all(v == {"zh", "en"} for v in languages.values())
    assert len({row["category"] for row in FAQS}) >= 12


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_test_set_is_large_enough(language):
    kinds = Counter(t["kind"] for t in TESTS if t["language"] == language)
    assert sum(kinds.values()) >= 500
    everything = Counter(t["kind"] for t in TESTS)
    assert everything["unanswerable"] >= 150 and everything["followup"] >= 80
    assert everything["cross"] >= 60


def test_relevant_ids_exist_and_follow_ups_have_their_history():
    known = {row["id"] for row in FAQS}
    for t in TESTS:
        assert set(t["relevant_ids"]) <= known and bool(t["relevant_ids"]) == t["answerable"]
        assert ("history" in t) == (t["kind"] == "followup")
        if t["kind"] == "cross":
            assert all(not id.endswith(t["language"]) for id in t["relevant_ids"])


def test_no_test_question_nearly_equals_a_phrasing_elsewhere():
    """Character 3-grams after normalising: Jaccard at most 0.6 against all FAQs and dialogues."""
    elsewhere = [
        trigrams(p) for row in FAQS for p in (row["question"], *row["similar_questions"].split("|"))
    ]
    elsewhere += [
        trigrams(m["content"]) for d in DIALOGUES for m in d["messages"] if m["role"] == "user"
    ]
    by_gram: dict[str, set[int]] = {}
    for n, grams in enumerate(elsewhere):
        for g in grams:
            by_gram.setdefault(g, set()).add(n)
    for t in TESTS:
        if t["kind"] == "followup":
            continue
        own = trigrams(t["query"])
        shared = Counter(n for g in own for n in by_gram.get(g, ()))
        for n, count in shared.items():
            if count > 0.5 * len(own):
                assert jaccard(own, elsewhere[n]) <= 0.6, t["id"]


def test_dialogues_are_enough_and_labelled():
    languages = Counter(d["metadata"]["language"] for d in DIALOGUES)
    assert languages["zh"] >= 300 and languages["en"] >= 300
    lengths = [len(d["messages"]) for d in DIALOGUES]
    assert min(lengths) >= 4 and max(lengths) <= 14
    labels = {i for d in DIALOGUES for m in d["messages"] for i in m.get("intents", ())}
    assert len(labels) >= 35
