"""The FAQ form: what may be saved, and the sentence for what may not."""

from assistant.records import Faq
from ui.editing import Draft, Side, faqs_of, matching, opened, pairs, problems

ZH = Faq("ship-zh", "几天能发货？", "48 小时内。", "zh", pair="ship", similar=("多久发货",))
EN = Faq("ship-en", "When will it ship?", "Within 48 hours.", "en", pair="ship")
SIDES = {"zh": Side("能开发票吗", "可以。"), "en": Side("Can I get an invoice?", "Yes.")}


def test_a_new_pair_is_saved_in_both_languages_under_one_pair():
    saved = faqs_of(Draft(sides=SIDES, category=" 发票 "), {}, "Li Lei")
    assert [f.language for f in saved] == ["zh", "en"]
    assert len({f.pair for f in saved}) == 1
    assert saved[0].category == "发票"
    assert saved[0].author == "Li Lei"
    assert problems(Draft(sides=SIDES), "en", {}) == []


def test_one_language_is_enough_and_an_edit_keeps_the_ids():
    assert len(faqs_of(Draft(sides={"en": SIDES["en"]}), {}, "x")) == 1
    before = {"zh": ZH, "en": EN}
    assert [f.id for f in faqs_of(opened("ship", before), before, "x")] == ["ship-zh", "ship-en"]
    assert problems(opened("ship", before), "en", before, [ZH, EN]) == []


def test_other_phrasings_lose_doubles_and_the_question_itself():
    side = Side("How much?", "10", "how much?\nPrice?\n\nprice?\nWhat does it cost")
    assert side.phrasings() == ("price?", "What does it cost")


def test_refusals_say_what_is_missing():
    def said(**values):
        return problems(Draft(**values), "en", {"zh": ZH}, [ZH])

    assert said() == ["Fill in question and answer in at least one language."]
    half = said(sides={"zh": Side("问"), "en": Side()})
    assert half == [
        "The 中文 side is half filled: the answer is missing. Complete it, or clear that side."
    ]
    assert "can't be emptied" in said(pair="ship", sides={"en": SIDES["en"]})[0]
    assert "300 is the most" in said(sides={"zh": Side("问" * 301, "答")})[0]
    assert said(sides=SIDES, valid_from="tomorrow")[0].startswith("'tomorrow' is not a date")
    assert "lies before" in said(sides=SIDES, valid_from="2026-02-01", valid_until="2026-01-01")[0]
    assert "http://" in said(sides=SIDES, url="javascript:alert(1)")[0]


def test_the_same_question_twice_is_refused_unless_it_is_a_draft():
    twin = {"zh": Side("几天能发货 ？".replace(" ", ""), "x")}
    assert "ship-zh" in problems(Draft(sides=twin), "en", {}, [ZH])[0]
    assert problems(Draft(sides=twin, status="draft"), "en", {}, [ZH]) == []


def test_a_search_finds_a_pair_by_either_language_and_every_word_counts():
    grouped = pairs([ZH, EN, Faq("x", "Alone", "b", "en", status="retired")])
    assert matching(grouped, search="WHEN ship") == ["ship"]
    assert matching(grouped, search="多久发货") == ["ship"]
    assert matching(grouped, search="when invoice") == []
    assert matching(grouped, status="retired") == ["x"]
