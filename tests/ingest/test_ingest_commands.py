"""The commands as a shell would call them: exit codes, one JSON object, sentences on standard error."""

import json

import pytest

FAQS = (
    "id,pair,language,category,question,answer,similar_questions,valid_until,url\n"
    'ret-zh,ret,zh,售后,怎么退货？,"七天内，""原样""退回。",退货流程|咋退,,https://x.example\n'
    "ret-en,ret,en,after,How do I return it?,\"Seven days.\nKeep the box.\",,2099-01-01,\n"
    "sum,,en,,=SUM(A1) what is that?,It starts with =.,a formula,,\n"
)


@pytest.fixture
def faqs(tmp_path):
    path = tmp_path / "faqs.csv"
    path.write_text(FAQS, encoding="utf-8")
    return path


def test_import_then_list_show_edit_retire_restore(ingest, faqs):
    code, data, _ = ingest("faq", "import", faqs)
    assert (code, data["added"], data["rejected"], data["encoded"]) == (0, 3, [], 9)
    assert ingest("faq", "list", "--language", "zh")[1]["n"] == 1
    assert ingest("faq", "list", "--contains", "box")[1]["faqs"][0]["id"] == "ret-en"
    shown = ingest("faq", "show", "ret-zh")[1]
    assert shown["searchable"] and shown["languages"] == {"zh": "ret-zh", "en": "ret-en"}
    assert ingest("faq", "edit", "ret-zh", "--answer", "十天内可以退。")[1]["changed"] == 1
    held = ingest("faq", "show", "ret-zh")[1]
    assert held["answer"] == "十天内可以退。" and held["similar_questions"] == ["退货流程", "咋退"]
    assert ingest("faq", "retire", "ret-zh", "sum")[1]["retired"] == ["ret-zh", "sum"]
    assert not ingest("faq", "show", "ret-zh")[1]["searchable"]
    assert ingest("faq", "restore", "ret-zh")[1]["restored"] == ["ret-zh"]
    assert ingest("faq", "show", "ret-zh")[1]["searchable"]


@pytest.mark.parametrize("ending", ["csv", "tsv", "xlsx", "jsonl"])
def test_an_export_comes_back_unchanged(ingest, faqs, tmp_path, ending):
    ingest("faq", "import", faqs)
    ingest("faq", "add", "--id", "pipes", "--question", "a|b or c?", "--answer", "x", "--similar", "one|two", "--similar", "[3]")
    ingest("faq", "retire", "sum")
    out = tmp_path / f"out.{ending}"
    assert ingest("faq", "export", out)[1]["n"] == 4
    code, data, _ = ingest("faq", "import", out)
    assert (code, data["unchanged"], data["added"], data["changed"]) == (0, 4, 0, 0)


def test_export_to_an_unknown_ending_is_wrong_use(ingest, faqs, tmp_path):
    ingest("faq", "import", faqs)
    code, data, said = ingest("faq", "export", tmp_path / "out.doc")
    assert code == 2 and ".csv, .tsv, .jsonl, .xlsx" in data["error"] and said.strip() == data["error"]
    assert not (tmp_path / "out.doc").exists()


def test_rejected_rows_give_exit_3_and_file_line_reason(ingest, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("question,answer\nGood?,yes\nBad?,\n")
    code, data, said = ingest("faq", "import", path)
    assert code == 3 and data["added"] == 1
    assert data["rejected"] == [{"file": "a.csv", "line": 3, "reason": "the answer is empty."}]
    assert "a.csv:3: the answer is empty." in said
    path.write_text("question,answer\nBad?,\n")
    assert ingest("faq", "import", path)[0] == 1


def test_a_dry_run_changes_nothing(ingest, faqs):
    code, data, _ = ingest("faq", "import", faqs, "--dry-run")
    assert (code, data["added"], data["to_encode"], data["dry_run"]) == (0, 3, 9, True)
    assert ingest("faq", "list")[1]["n"] == 0


def test_delete_missing_retires_only_when_every_row_was_read(ingest, faqs):
    ingest("faq", "import", faqs)
    lines = FAQS.splitlines(keepends=True)
    faqs.write_text("".join(lines[:-1]) + "bad,,en,,Broken?,,,,\n", encoding="utf-8")
    code, data, said = ingest("faq", "import", faqs, "--delete-missing")
    assert (code, data["retired"]) == (3, 0) and "Nothing is retired" in said
    faqs.write_text("".join(lines[:-1]), encoding="utf-8")
    assert ingest("faq", "import", faqs, "--delete-missing")[1]["retired"] == 1
    assert ingest("faq", "list", "--status", "retired")[1]["faqs"][0]["id"] == "sum"


def test_contradictions_are_told_on_import(ingest, faqs, tmp_path):
    ingest("faq", "import", faqs)
    other = tmp_path / "b.csv"
    other.write_text("id,question,answer\nx,怎么退货?,不能退。\n", encoding="utf-8")
    _, data, said = ingest("faq", "import", other)
    assert [(f["kind"], f["id"]) for f in data["findings"]] == [("contradiction", "x")]
    assert "so does ret-zh, differently" in said


def test_what_does_not_exist_is_said_in_a_sentence(ingest, tmp_path):
    code, data, _ = ingest("faq", "show", "nope")
    assert code == 1 and "There is no FAQ with the id 'nope'" in data["error"]
    code, data, _ = ingest("faq", "import", tmp_path / "none.csv")
    assert code == 1 and "There is no file" in data["error"]
    assert ingest("faq", "nonsense", json_wanted=False)[0] == 2
    assert ingest("faq", "edit", "nope")[0] == 2


def test_adding_what_is_there_is_refused(ingest):
    first = ingest("faq", "add", "--question", "Is it open?", "--answer", "Yes.")[1]
    assert first["id"].startswith("faq-") and first["faq"]["status"] == "published"
    code, data, _ = ingest("faq", "add", "--question", "IS it open？", "--answer", "No.")
    assert code == 1 and f"ingest faq edit {first['id']}" in data["error"]


def test_documents(ingest, tmp_path):
    folder = tmp_path / "manuals"
    (folder / "deep").mkdir(parents=True)
    (folder / "a.md").write_text("# A\nHold the button.")
    (folder / "deep" / "b.txt").write_text("按住按钮三秒钟就好。", encoding="utf-8")
    (folder / "bad.pdf").write_bytes(b"nope")
    (folder / ".hidden.md").write_text("no")
    code, data, said = ingest("docs", "add", folder)
    assert code == 3 and [d["id"] for d in data["documents"]] == ["manuals/a.md", "manuals/deep/b.txt"]
    assert "bad.pdf:1: can't be read as .pdf" in said
    (folder / "bad.pdf").unlink()
    assert ingest("docs", "add", folder)[1]["unchanged"] == 2
    (folder / "a.md").write_text("# A\nHold both buttons.")
    assert ingest("docs", "add", folder)[1]["changed"] == 1
    assert ingest("docs", "list")[1]["n"] == 2
    assert ingest("docs", "remove", "manuals/a.md")[1]["removed"] == ["manuals/a.md"]
    code, data, _ = ingest("docs", "remove", "manuals/a.md")
    assert code == 1 and "Known: manuals/deep/b.txt" in data["error"]


INTENTS = """
[intents.return]
name_zh = "退货"
description = "wants to return"
examples_zh = ["想退货", "想退货 "]
examples_en = ["send it back", "Cancel please"]

[intents.cancel]
examples_en = ["cancel please"]

[intents.bad]
examples_en = "no list"
"""
TEMPLATES = """
[[templates]]
id = "t1"
intent = "return"
language = "zh"
pair = "ret"
text = "{company}支持退货。"

[[templates]]
id = "t2"
intent = "return"
language = "en"
pair = "gone"
text = "Gone."

[[templates]]
id = "t3"
intent = "return"
language = "en"
text = "open { brace"
"""


def test_intents(ingest, tmp_path):
    path = tmp_path / "i.toml"
    path.write_text(INTENTS, encoding="utf-8")
    code, data, said = ingest("intent", "import", path)
    assert code == 3 and data["added"] == 2
    assert [(r["line"], "must be a list" in r["reason"]) for r in data["rejected"]] == [(11, True)]
    assert "is an example of return and of cancel" in said
    assert ingest("intent", "import", path)[1]["unchanged"] == 2
    found = {i["label"]: i for i in ingest("intent", "list")[1]["intents"]}
    assert found["return"]["examples_zh"] == ["想退货"]
    assert ingest("intent", "add", "cancel", "--example", "stop my order", "--example", "取消吧")[0] == 0
    assert ingest("intent", "retire", "return")[1]["retired"] == ["return"]
    found = {i["label"]: i for i in ingest("intent", "list")[1]["intents"]}
    assert list(found) == ["cancel"]
    assert (found["cancel"]["examples_en"], found["cancel"]["examples_zh"]) == (["cancel please", "stop my order"], ["取消吧"])
    assert "stays retired" in ingest("intent", "import", path)[2]


def test_broken_toml_names_the_line(ingest, tmp_path):
    path = tmp_path / "i.toml"
    path.write_text("[intents.a]\nname_zh = \n")
    code, data, _ = ingest("intent", "import", path)
    assert code == 1 and "line 2" in data["error"]


def test_templates_are_bound_to_the_faq_of_their_language(ingest, faqs, tmp_path):
    ingest("faq", "import", faqs)
    path = tmp_path / "t.toml"
    path.write_text(TEMPLATES, encoding="utf-8")
    code, data, _ = ingest("template", "import", path)
    assert code == 3 and data["added"] == 1
    assert [r["line"] for r in data["rejected"]] == [9, 16]
    assert "'gone'" in data["rejected"][0]["reason"]
    (held,) = ingest("template", "list")[1]["templates"]
    assert (held["faq"], held["text"]) == ("ret-zh", "{company}支持退货。")
    assert ingest("template", "retire", "t1")[1]["retired"] == ["t1"]
    assert ingest("template", "list")[1]["n"] == 0


def test_history(ingest, faqs, tmp_path):
    ingest("faq", "import", faqs)
    path = tmp_path / "h.jsonl"
    path.write_text(json.dumps({"messages": [
        {"role": "user", "content": "how can I send the headphones back"},
        {"role": "assistant", "content": "Within a week.", "faqs": ["ret"]},
    ], "metadata": {"id": "c1"}}))
    assert ingest("history", "import", path, "--dry-run")[1]["past_replies"] == 1
    code, data, _ = ingest("history", "import", path)
    assert (code, data["added"], data["past_replies"]) == (0, 1, 1)
    assert ingest("history", "import", path)[1]["unchanged"] == 1


def test_verify_rebuild_and_status(ingest, faqs):
    ingest("faq", "import", faqs)
    ingest("faq", "retire", "sum")
    code, data, _ = ingest("rebuild")
    assert (code, data["count"], data["forgotten"], data["dimension"]) == (0, 6, 3, 32)
    code, data, _ = ingest("verify")
    assert (code, data["ok"], data["vectors"], data["missing"], data["surplus"]) == (0, True, 6, 0, 0)
    code, data, _ = ingest("status")
    assert (data["faqs"], data["retired"], data["languages"], data["health"]) == (2, 1, {"zh": 1, "en": 1}, [])


def test_a_damaged_index_is_set_aside_and_said(ingest, faqs):
    ingest("faq", "import", faqs)
    ingest("rebuild")
    index = ingest.home / "index" / "index.faiss"
    index.write_bytes(index.read_bytes()[:-8])
    code, data, _ = ingest("verify")
    assert (code, data["vectors"]) == (0, 9) and "set aside as index.damaged" in data["snapshot"]


def test_texts_that_wait_are_found_and_encoded(ingest, faqs):
    ingest("faq", "import", faqs)
    store = ingest.store()
    store.knowledge.save_faqs([store.knowledge.faq("sum").__class__("new", "Fresh?", "Yes.", "en")], "letters")
    code, data, _ = ingest("verify")
    assert (code, data["ok"], data["waiting"]) == (1, False, 2)
    assert ingest("encode")[1]["encoded"] == 2
    assert ingest("verify")[0] == 0


def test_an_interrupt_is_a_sentence(ingest, faqs, monkeypatch):
    from ingest.commands import faq

    def stop(*given, **more):
        raise KeyboardInterrupt

    monkeypatch.setattr(faq, "import_faqs", stop)
    code, data, said = ingest("faq", "import", faqs)
    assert code == 130 and "Traceback" not in said and "run the same command again" in data["error"]


def test_help_needs_no_model():
    import subprocess
    import sys

    code = (
        "import sys, click.testing, ingest.cli\n"
        "assert click.testing.CliRunner().invoke(ingest.cli.main, ['--help']).exit_code == 0\n"
        "heavy = {'torch', 'faiss', 'transformers', 'sklearn', 'streamlit', 'docx', 'openpyxl', 'bs4'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
