"""Readers of FAQs: formats, encodings, bad rows, ids and languages."""

import json
import os

import openpyxl
import pytest

from assistant.errors import BadInput
from ingest.readers.faqs import join_similar, question_id, read_faqs, split_similar
from ingest.readers.tables import decode


def file(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def reasons(read):
    return {r.line: r.reason for r in read.rejected}


CHINESE = "问题,答案,相似问,分类,语言\n如何退货,七天内可以退,怎么退|退货流程,售后,中文\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_chinese_headers_are_read_in_every_encoding(tmp_path, encoding):
    (faq,) = read_faqs(file(tmp_path, "a.csv", CHINESE.encode(encoding))).faqs
    assert (faq.question, faq.answer, faq.similar) == ("如何退货", "七天内可以退", ("怎么退", "退货流程"))
    assert (faq.category, faq.language, faq.source) == ("售后", "zh", "a.csv")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.tsv", "question\tanswer\tsimilar_questions\nHow long?\tThree, or four\tWhen|How soon\n"),
        ("a.csv", "question;answer;similar\nHow long?;Three, or four;When|How soon\n"),
        ("a.jsonl", '{"Question":"How long?","answer":"Three, or four","alt_questions":["When","How soon"]}\n'),
        ("a.json", '[{"q":"How long?","a":"Three, or four","alt_questions":"When|How soon"}]'),
    ],
)
def test_tables_of_every_form_give_the_same(tmp_path, name, content):
    (faq,) = read_faqs(file(tmp_path, name, content)).faqs
    assert (faq.question, faq.answer, faq.similar) == ("How long?", "Three, or four", ("When", "How soon"))


def test_excel_numbers_and_dates_become_text(tmp_path):
    import datetime

    book = openpyxl.Workbook()
    book.active.append(["编号", "问题", "答案", "生效日期"])
    book.active.append([17.0, "电话多少", 4008201188, datetime.datetime(2026, 1, 31)])
    book.save(tmp_path / "a.xlsx")
    (faq,) = read_faqs(tmp_path / "a.xlsx").faqs
    assert (faq.id, faq.answer, faq.valid_from) == ("17", "4008201188", "2026-01-31")


def test_a_broken_byte_costs_only_its_row(tmp_path):
    text = "question,answer\n如何退货,七天内可以退\n怎么换货,十五天\n电话,有\n".encode()
    read = read_faqs(file(tmp_path, "a.csv", text.replace("换".encode(), b"\xff")))
    assert [f.question for f in read.faqs] == ["如何退货", "电话"]
    assert "the byte 0xFF" in reasons(read)[3]


def test_western_bytes_are_not_taken_for_chinese():
    assert decode("question,answer\nWhere is the café?,résumé\n".encode("latin-1")).count("\udce9") == 3


def test_wrong_columns_are_named(tmp_path):
    with pytest.raises(BadInput, match=r"expected the columns question and answer, found the columns 'foo', '内容'"):
        read_faqs(file(tmp_path, "a.csv", "foo,内容\n1,2\n"))


def test_each_bad_row_is_named_and_the_others_are_kept(tmp_path):
    rows = [
        "question,answer,language,valid_from,valid_until,url",
        "Good one?,yes,,,,",
        ",no question,,,,",
        "No answer?,,,,,",
        f"{'x' * 2001},yes,,,,",
        f"Long?,{'y' * 20001},,,,",
        "French?,oui,fr,,,",
        "Date?,yes,,2026-13-01,,",
        "Order?,yes,,2026-05-01,2026-01-01,",
        "Script?,yes,,,,javascript:alert(1)",
        "Cells?,yes,,,,,,surplus",
        "Last one?,yes,,2026年1月5日,2026/12/31,https://x.example",
    ]
    read = read_faqs(file(tmp_path, "a.csv", "\n".join(rows)))
    assert [f.question for f in read.faqs] == ["Good one?", "Last one?"]
    assert (read.faqs[1].valid_from, read.faqs[1].valid_until) == ("2026-01-05", "2026-12-31")
    found = reasons(read)
    assert sorted(found) == list(range(3, 12))
    assert found[5] == "question has 2,001 characters, at most 2,000 are allowed."
    assert found[6] == "answer has 20,001 characters, at most 20,000 are allowed."
    assert found[7] == "language is 'fr', expected zh or en."
    assert "8 cells under 6 columns" in found[11]


def test_lines_are_counted_where_quoted_texts_hold_line_breaks(tmp_path):
    read = read_faqs(file(tmp_path, "a.csv", 'question,answer\nOne?,"a\nb\nc"\n,x\n'))
    assert read.faqs[0].answer == "a\nb\nc"
    assert list(reasons(read)) == [5]


def test_a_quote_that_is_never_closed_swallows_nothing_silently(tmp_path):
    read = read_faqs(file(tmp_path, "a.csv", 'question,answer\nOne?,yes\nTwo?,"no\nThree?,yes\nFour?,yes\n'))
    assert [f.question for f in read.faqs] == ["One?"]
    assert "never closed" in reasons(read)[3]


def test_broken_json_lines_are_named(tmp_path):
    lines = ['{"question":"a b","answer":"c"}', '{"question":', "[1]", '{"x":"y"}', '{"question":"\\ud800","answer":"x"}',
             '{"question":{"a":1},"answer":"x"}', '{"question":"n\\u0000ul","answer":"b\\u0007ell"}']
    read = read_faqs(file(tmp_path, "a.jsonl", "\n".join(lines)))
    assert [(f.question, f.answer) for f in read.faqs] == [("a b", "c"), ("n ul", "b ell")]
    assert sorted(reasons(read)) == [2, 3, 4, 5, 6]
    assert "not valid JSON" in reasons(read)[2] and "found the keys 'x'" in reasons(read)[4]


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b" \n\n", b"\x00\x00"])
def test_an_empty_file_says_so(tmp_path, content):
    with pytest.raises(BadInput, match="is empty"):
        read_faqs(file(tmp_path, "a.csv", content))


def test_an_unknown_ending_is_answered_with_the_known_ones(tmp_path):
    with pytest.raises(BadInput, match=r"the ending \.doc is not known\. Known: \.csv, \.tsv"):
        read_faqs(file(tmp_path, "a.doc", "x"))


def test_answers_may_be_missing_only_where_allowed(tmp_path):
    path = file(tmp_path, "kb.jsonl", '{"id":"EMI","question":"EMI?","alt_questions":["0% EMI"],"answer":null}\n')
    assert read_faqs(path).faqs == ()
    assert read_faqs(path, require_answers=False).faqs[0].answer == ""


def test_one_id_in_two_languages_becomes_a_pair(tmp_path):
    text = "id,question,answer\nr1,How to return?,Seven days\nr1,怎么退货？,七天\nr2,Pay?,Card\n"
    read = read_faqs(file(tmp_path, "a.csv", text))
    assert [(f.id, f.pair, f.language) for f in read.faqs] == [
        ("r1-en", "r1", "en"), ("r1-zh", "r1", "zh"), ("r2", "", "en"),
    ]


def test_the_same_id_or_question_twice(tmp_path):
    text = "id,question,answer\na,One?,x\na,One?,x\na,Other?,x\n,Two?,1\n,two?,2\n"
    read = read_faqs(file(tmp_path, "a.csv", text))
    assert [f.question for f in read.faqs] == ["One?", "Two?"]
    assert [str(w) for w in read.warnings] == ["a.csv:3: the same as line 2; left out."]
    assert "'a' stands on line 2 already, with another question" in reasons(read)[4]
    assert "line 5 asks the same and has another answer" in reasons(read)[6]


def test_an_id_made_of_the_question_is_stable():
    assert question_id("How LONG？") == question_id("how long?") != question_id("how far?")
    assert len(question_id("x")) == len("faq-") + 10


@pytest.mark.parametrize("items", [["a", "b c"], ["a|b", "c"], ["[1]"], ["｜"], [], ["a"], ['["x"]', "y"]])
def test_similar_questions_survive_a_cell(items):
    assert split_similar(join_similar(items)) == (items or [""])


def test_markdown_headings(tmp_path):
    text = (
        "# FAQ\nWelcome.\n## Delivery\n### How long?\nThree days.\n\n```\n# no heading\n```\n"
        "### 多久？ {#d1}\n三天。\n## Contact\nCall us.\n## Empty\n"
    )
    read = read_faqs(file(tmp_path, "a.md", text))
    found = [(f.question, f.category, f.language) for f in read.faqs]
    assert found == [("How long?", "Delivery", "en"), ("多久？", "Delivery", "zh"), ("Contact", "", "en")]
    assert read.faqs[0].answer.startswith("Three days.") and "# no heading" in read.faqs[0].answer
    assert read.faqs[1].id == "d1"
    assert reasons(read) == {14: "the answer is empty."}


def test_schema_org_pages(tmp_path):
    page = {"@graph": [{"@type": ["WebPage", "FAQPage"], "mainEntity": [
        {"@type": "Question", "name": "Do you <b>ship</b>?", "acceptedAnswer": {"text": "<p>Yes &amp; fast.</p><p>Daily.</p>"}},
        {"@type": "Question", "name": "", "acceptedAnswer": {"text": "x"}},
    ]}]}
    html = f'<script type="application/ld+json">{json.dumps(page)}</script>'
    for name, content in (("a.html", html), ("a.jsonld", json.dumps(page)), ("a.json", json.dumps(page))):
        read = read_faqs(file(tmp_path, name, content))
        assert [(f.question, f.answer) for f in read.faqs] == [("Do you ship?", "Yes & fast.\nDaily.")]
        assert list(reasons(read)) == [2]


def test_a_page_without_questions_points_to_documents(tmp_path):
    with pytest.raises(BadInput, match=r"ingest docs add a\.html"):
        read_faqs(file(tmp_path, "a.html", "<p>Hello</p>"))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_may_end_in_any_way(tmp_path, end):
    text = end.join(["question;answer", "One?;1", "Two?;2", ""])
    assert [f.answer for f in read_faqs(file(tmp_path, "a.csv", text)).faqs] == ["1", "2"]


@pytest.mark.parametrize("name", ["faqs.jsonl", "faqs.json"])
def test_a_number_without_end_is_a_reason(tmp_path, name):
    row = '{"question": ' + "9" * 6000 + ', "answer": "x"}'
    path = tmp_path / name
    path.write_text(f"[{row}]" if name.endswith("json") else row)
    try:
        said = str(read_faqs(path).rejected[0])
    except BadInput as error:
        said = str(error)
    assert "too many digits" in said


def test_a_cell_that_is_not_a_number_is_empty(tmp_path):
    path = tmp_path / "faqs.jsonl"
    path.write_text('{"question": NaN, "answer": "x"}\n{"question": "How?", "answer": "So.", "category": NaN}\n')
    read = read_faqs(path)
    assert [f.category for f in read.faqs] == [""]
    assert "the question is empty" in read.rejected[0].reason


def test_half_a_character_in_a_page_costs_a_sentence(tmp_path):
    page = tmp_path / "page.html"
    page.write_bytes(b"<html>\n\xc7\x9d\xff</html>")
    with pytest.raises(BadInput, match=r"page.html:2: holds a byte"):
        read_faqs(page)
    page = tmp_path / "page.jsonld"
    page.write_text(
        '{"@type": "FAQPage", "mainEntity": [{"name": "<b>\\ud800</b>", "acceptedAnswer": {"text": "x"}}]}'
    )
    assert "half a character" in read_faqs(page).rejected[0].reason


def test_a_pipe_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "faqs.csv")
    with pytest.raises(BadInput, match="pipe or a device"):
        read_faqs(tmp_path / "faqs.csv")
