"""Documents: formats to sections, and sections to pieces that end where sentences end."""

import re

import docx
import pytest

from assistant.errors import BadInput
from ingest.readers.documents import Section, read_document
from ingest.split import pieces_of, split, to_document


def pieces(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    source = read_document(path, name)
    return source.title, [(p.heading, p.language, p.text) for p in to_document(source).pieces]


def test_markdown_keeps_heading_paths_and_languages(tmp_path):
    text = (
        "---\nx: 1\n---\n# Air 2\nIntro. <!-- secret -->\n\n## Use\n### Pairing\nHold for **3** seconds, see"
        " [help](https://x.example).\n\n```\n# no heading\n```\n\n## 配对\n打开盒盖，长按按钮三秒就可以了。\n"
    )
    title, found = pieces(tmp_path, "a.md", text)
    assert title == "Air 2"
    assert found == [
        ("", "en", "Intro."),
        ("Use › Pairing", "en", "Hold for 3 seconds, see help (https://x.example).\n\n# no heading"),
        ("配对", "zh", "打开盒盖，长按按钮三秒就可以了。"),
    ]


def test_html_leaves_out_what_is_not_content(tmp_path):
    page = (
        "<html lang='en'><head><title>T</title><style>p{}</style></head><body><header>Logo</header><nav>Home</nav>"
        "<main><h1>Returns</h1><p>You have <b>7</b>\n days.</p><ul><li>Keep the box</li><li>Keep the slip</li></ul>"
        "<section lang='zh-CN'><h2>退货</h2><p>ABC 7</p></section><table><tr><th>Item</th><th>Fee</th></tr></table>"
        "<p hidden>secret</p><script>alert(1)</script></main><footer>Copyright</footer></body></html>"
    )
    title, found = pieces(tmp_path, "a.html", page)
    assert title == "Returns"
    assert found == [
        ("", "en", "You have 7 days.\n\n- Keep the box\n- Keep the slip"),
        ("退货", "zh", "ABC 7"),
        ("", "en", "Item | Fee"),
    ]


def test_html_in_a_chinese_code_page(tmp_path):
    page = '<meta charset="gbk"><h1>保修</h1><p>电池保修六个月。</p>'.encode("gbk")
    assert pieces(tmp_path, "a.html", page) == ("保修", [("", "zh", "电池保修六个月。")])


def test_word_documents(tmp_path):
    document = docx.Document()
    document.add_heading("Care+", 0)
    document.add_heading("Claims", 1)
    document.add_paragraph("One repair a year.")
    row = document.add_table(1, 2).rows[0]
    row.cells[0].text, row.cells[1].text = "Fee", "¥99"
    document.save(tmp_path / "a.docx")
    source = read_document(tmp_path / "a.docx", "a.docx")
    assert (source.title, source.sections) == ("Care+", (Section("Claims", "One repair a year.\n\nFee | ¥99"),))


def pdf(*lines_of_pages):
    """Return the bytes of a small PDF with the given lines on its pages."""
    objects, kids = [], []
    count = len(lines_of_pages)
    for n, lines in enumerate(lines_of_pages):
        text = "BT /F1 12 Tf 50 700 Td 14 TL " + " ".join(f"({line}) Tj T*" for line in lines) + " ET"
        page, stream = 4 + 2 * n, 5 + 2 * n
        kids.append(f"{page} 0 R")
        objects.append((page, f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents {stream} 0 R"
                              "/Resources<</Font<</F1 3 0 R>>>>>>"))
        objects.append((stream, f"<</Length {len(text)}>>stream\n{text}\nendstream"))
    head = [(1, "<</Type/Catalog/Pages 2 0 R>>"), (2, f"<</Type/Pages/Kids[{' '.join(kids)}]/Count {count}>>"),
            (3, "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>")]
    out, places = b"%PDF-1.4\n", {}
    for number, body in [*head, *objects]:
        places[number] = len(out)
        out += f"{number} 0 obj\n{body}\nendobj\n".encode()
    start, size = len(out), len(places) + 1
    table = "".join(f"{places[n]:010d} 00000 n \n" for n in sorted(places))
    return out + f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer<</Size {size}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF".encode()


def test_pdf_lines_are_joined_and_running_heads_dropped(tmp_path):
    page = ["Company manual", "The battery of this speaker lasts for twenty", "hours of music at medium volume.", "Page {}"]
    data = pdf(*([line.format(n) for line in page] for n in (1, 2, 3)))
    _, found = pieces(tmp_path, "a.pdf", data)
    text = found[0][2]
    assert "twenty hours of music" in text
    assert "Company manual" not in text and "Page" not in text


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.pdf", b"%PDF-1.4 nonsense", "can't be read as .pdf"),
        ("a.docx", b"nope", "can't be read as .docx"),
        ("a.md", b"<!-- only a remark -->", "holds no text"),
        ("a.txt", "价格\n".encode() + b"\xff\xfe\xfd", "line 2 holds a byte"),
        ("a.rtf", b"x", r"\.rtf is not known. Known: \.md"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_reason(tmp_path, name, data, reason):
    with pytest.raises(BadInput, match=reason):
        pieces(tmp_path, name, data)


CHINESE = "屏幕是十一英寸的，机身只有四百五十克。电池可以用十个小时！您还想了解什么？"
ENGLISH = "It weighs 0.45 kg, e.g. less than a book. The screen has 11 inches (27.9 cm). Really? Yes! "


@pytest.mark.parametrize("text", [CHINESE * 40, ENGLISH * 30])
def test_pieces_end_with_sentences_and_lose_nothing(text):
    found = split(text)
    assert all(len(p) <= 500 for p in found) and len(found) > 2
    assert all(re.search(r"[。！？.?!]$", p) and not p.endswith("e.g.") for p in found)
    assert re.sub(r"\s", "", "".join(found)) == re.sub(r"\s", "", text)


def test_a_text_without_any_end_is_still_cut():
    found = split("长" * 1800)
    assert "".join(found) == "长" * 1800 and max(map(len, found)) <= 500


def test_paragraphs_of_two_languages_become_two_pieces():
    section = Section("", "The warranty lasts for two years.\n\n保修期是两年，从收货那天开始算起。")
    assert [language for _, language in pieces_of(section)] == ["en", "zh"]


def test_a_given_language_is_obeyed():
    assert list(pieces_of(Section("", "ABC 7", "zh"))) == [("ABC 7", "zh")]
