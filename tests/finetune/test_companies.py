import pytest

from assistant.errors import BadInput
from assistant.text import jaccard, trigrams
from finetune.companies import read_firms, with_roles
from finetune.curriculum import Asked, company_of

ENTRY = """Q zh 多久到账？
Q en How long does it take?
A zh 两小时到账。周末顺延。
A en It takes 2 hours. At weekends it takes longer.
S zh 钱呢 | 多久到
S en where is my money | how long
R zh 一般两小时。
R en About 2 hours.
N zh 能加急吗
F en can I withdraw > Yes, any time. > and when is it there
"""


def written(tmp_path, text):
    (tmp_path / "a.txt").write_text(text, encoding="utf-8")
    return tmp_path


def test_companies_of_one_name_are_joined_over_files(tmp_path):
    (tmp_path / "b.txt").write_text("@ pay | 甲付 | Jia Pay\n" + ENTRY, encoding="utf-8")
    (firm,) = read_firms(written(tmp_path, "@ pay | 甲付 | Jia Pay\n" + ENTRY))
    assert (firm.trade, firm.name_zh, len(firm.entries)) == ("pay", "甲付", 2)
    entry = firm.entries[0]
    assert entry.zh.asked() == ("多久到账？", "钱呢", "多久到")
    assert entry.side("en").reply == "About 2 hours." and entry.zh.unanswered == ("能加急吗",)
    (talk,) = entry.en.followups
    assert talk[-1] == "and when is it there"
    assert with_roles(talk) == [("customer", "can I withdraw"), ("agent", "Yes, any time.")]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("@ pay | x\n", r":1: expected '@ trade \| Chinese name \| English name'"),
        (ENTRY, ":1: expected a line '@ ...'"),
        ("@ a | b | c\nQ fr quoi\n", ":2: expected a line"),
        ("@ a | b | c\n" + ENTRY + "F zh 能退吗 > 能\n", "a line 'F zh' of the entry that ends here: expected 'customer > agent"),
        ("@ a | b | c\nQ zh 问\n", "has 0 lines 'A zh', expected one"),
    ],
)
def test_a_broken_text_is_named_by_line(tmp_path, text, sentence):
    with pytest.raises(BadInput, match=sentence):
        read_firms(written(tmp_path, text))


def test_the_first_phrasing_is_answered_in_an_agents_words_others_by_the_whole_answer(tmp_path):
    (firm,) = read_firms(written(tmp_path, "@ pay | 甲付 | Jia Pay\n" + ENTRY))
    (record,) = company_of(firm, "en").records
    assert record.passage == "It takes 2 hours. At weekends it takes longer."
    assert record.asked[0] == Asked("where is my money", "About 2 hours.")
    assert all(a.reply == record.passage for a in record.asked[1:])


def test_the_shipped_companies_are_many_and_their_questions_differ():
    firms = read_firms()
    entries = [e for f in firms for e in f.entries]
    assert len(entries) >= 3000 and len({f.trade for f in firms}) >= 8
    assert 0.03 < sum(len(f.entries) for f in firms if f.held_out) / len(entries) < 0.25
    for entry in entries:
        for side in (entry.zh, entry.en):
            assert len(set(side.phrasings)) == len(side.phrasings) >= 4, side.question
    near = sum(jaccard(trigrams(e.zh.question), trigrams(p)) > 0.6 for e in entries for p in e.zh.phrasings)
    assert near < 0.02 * sum(len(e.zh.phrasings) for e in entries)
