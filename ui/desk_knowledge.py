"""The desk's page of knowledge: find, add, edit, retire and restore FAQs in both languages."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import streamlit as st

from assistant.records import LANGUAGES, Faq
from ui import bubbles, editing
from ui.desk_parts import draw_told, language, me, tell, text
from ui.house import house
from ui.wording import NAMES

PER_PAGE = 15
STATUSES = ("published", "draft", "retired")


# What a click does


def open_form(draft: editing.Draft, before: dict[str, Faq] | None = None) -> None:
    """Open the form; `before` is what is stored, kept to notice somebody else's change."""
    state = st.session_state
    state.form, state.before, state.refused = draft, before or {}, []
    state.form_number = state.get("form_number", 0) + 1


def close_form() -> None:
    st.session_state.form = None


def set_status(ids: list[str], status: str) -> None:
    house().store.knowledge.set_status(ids, status, encoder="")
    tell(text("retired_done" if status == "retired" else "restored_done"))


def typed() -> editing.Draft:
    """Return the form as it stands on the page."""
    state, number = st.session_state, st.session_state.form_number

    def field(name: str):
        return state.get(f"f{number}-{name}")

    def day(name: str) -> str:
        value: date | None = field(name)
        return value.isoformat() if value else ""

    sides = {
        lang: editing.Side(
            *(field(f"{lang}-{part}") or "" for part in ("question", "answer", "similar"))
        )
        for lang in LANGUAGES
    }
    return editing.Draft(
        state.form.pair,
        sides,
        field("category") or "",
        field("status"),
        day("from"),
        day("until"),
        (field("url") or "").strip(),
    )


def save() -> None:
    """Save the form, or keep it open with the sentences that refuse it."""
    knowledge, before = house().store.knowledge, st.session_state.before
    draft = typed()
    found = editing.problems(draft, language(), before, knowledge.faqs(status="published"))
    with house().store.write():
        now = editing.pairs(knowledge.faqs()).get(draft.pair, {}) if draft.pair else {}
        if now != before:
            found = [text("bad_stale")]
        if not found:
            knowledge.save_faqs(editing.faqs_of(draft, before, me().name), encoder="")
    st.session_state.refused = found
    if not found:
        tell(text("live_soon") if draft.status == "published" else text("saved"))
        close_form()


# What is drawn


def status_labels() -> dict[str, str]:
    return {"": text("all"), **{s: text(f"status_{s}") for s in STATUSES}}


def draw_side(lang: str, side: editing.Side, number: int) -> None:
    st.html(f'<div class="kf-heading">{NAMES[lang]}</div>')
    st.text_input(text("question"), side.question, key=f"f{number}-{lang}-question")
    st.text_area(text("answer"), side.answer, key=f"f{number}-{lang}-answer", height=180)
    st.text_area(text("similar"), side.similar, key=f"f{number}-{lang}-similar", height=110)


def day_of(value: str) -> date | None:
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        return None


def draw_form(draft: editing.Draft) -> None:
    number = st.session_state.form_number
    st.html(f"<h3>{text('editing' if draft.pair else 'adding')}</h3>")
    for sentence in st.session_state.refused:
        st.html(bubbles.banner("problem", sentence))
    with st.form("faq", border=False, enter_to_submit=False):
        for lang, column in zip(("zh", "en"), st.columns(2, gap="large"), strict=True):
            with column:
                draw_side(lang, draft.sides.get(lang, editing.Side()), number)
        one, two, three = st.columns(3)
        one.text_input(text("category"), draft.category, key=f"f{number}-category")
        two.date_input(
            text("valid_from"), day_of(draft.valid_from), key=f"f{number}-from", format="YYYY-MM-DD"
        )
        three.date_input(
            text("valid_until"),
            day_of(draft.valid_until),
            key=f"f{number}-until",
            format="YYYY-MM-DD",
        )
        left, right = st.columns([2, 1])
        left.text_input(text("url"), draft.url, key=f"f{number}-url", placeholder="https://")
        right.selectbox(
            text("status"),
            STATUSES,
            STATUSES.index(draft.status),
            key=f"f{number}-status",
            format_func=status_labels().get,
        )
        with st.container(horizontal=True):
            st.form_submit_button(text("save"), type="primary", on_click=save, key="save")
            st.form_submit_button(
                text("cancel_edit"), type="tertiary", on_click=close_form, key="back"
            )


def draw_pair(pair: str, faqs: dict[str, Faq]) -> None:
    first = faqs.get(language()) or next(iter(faqs.values()))
    with st.container(key=f"pair-{pair}"):
        for lang, column in zip(("zh", "en"), st.columns(2, gap="large"), strict=True):
            faq = faqs.get(lang)
            missing = f'<div class="kf-missing">{text("no_side", language=NAMES[lang])}</div>'
            column.html(bubbles.card(faq.question, faq.answer, lang) if faq else missing)
        with st.container(horizontal=True, vertical_alignment="center"):
            badges = [bubbles.badge(text(f"status_{first.status}"), first.status)]
            badges += [bubbles.badge(first.category)] if first.category else []
            st.html(f'{"".join(badges)} <span class="kf-small">{bubbles.plain(pair)}</span>')
            st.button(
                text("edit"),
                key=f"edit-{pair}",
                type="tertiary",
                icon=":material/edit:",
                on_click=open_form,
                args=(editing.opened(pair, faqs), faqs),
            )
            gone = first.status == "retired"
            st.button(
                text("restore" if gone else "retire"),
                key=f"status-{pair}",
                type="tertiary",
                icon=":material/restore:" if gone else ":material/archive:",
                on_click=set_status,
                args=([f.id for f in faqs.values()], "published" if gone else "retired"),
            )


def draw_filters(grouped: dict[str, dict[str, Faq]]) -> list[str]:
    """Draw search and filters; returns the pairs that match."""
    categories = sorted(
        {f.category for faqs in grouped.values() for f in faqs.values() if f.category}
    )
    one, two, three, four = st.columns([3, 1.2, 1.2, 1.1], vertical_alignment="bottom")
    search = one.text_input(
        text("search"), key="search", placeholder=text("search_hint"), icon=":material/search:"
    )
    status = two.selectbox(
        text("status"), ("", *STATUSES), key="status", format_func=status_labels().get
    )
    category = three.selectbox(
        text("category"),
        ("", *categories),
        key="category",
        format_func={"": text("all"), **{c: c for c in categories}}.get,
    )
    four.button(
        text("add"),
        key="add",
        type="primary",
        icon=":material/add:",
        width="stretch",
        on_click=open_form,
        args=(editing.Draft(),),
    )
    return editing.matching(grouped, search=search, status=status, category=category)


def draw_pages(count: int) -> int:
    """Draw the pager under a list of `count` entries; returns the first entry of the page."""
    total = max(1, -(-count // PER_PAGE))
    number = min(st.session_state.get("page_number", 1), total)

    def turn(step: int) -> None:
        st.session_state.page_number = number + step

    if total > 1:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button(
                text("previous"), key="previous", on_click=turn, args=(-1,), disabled=number == 1
            )
            st.html(
                f'<span class="kf-small">{text("pages", n=number, total=total)}</span>',
                width="content",
            )
            st.button(
                text("following"),
                key="following",
                on_click=turn,
                args=(1,),
                disabled=number == total,
            )
    return (number - 1) * PER_PAGE


def page() -> None:
    """Draw the page."""
    draw_told()
    asked = st.session_state.pop("to_add", None)
    if asked:
        side = editing.Side(question=asked[0])
        open_form(replace(editing.Draft(), sides={asked[1] if asked[1] == "zh" else "en": side}))
    if st.session_state.get("form"):
        draw_form(st.session_state.form)
        return
    grouped = editing.pairs(house().store.knowledge.faqs())
    found = draw_filters(grouped)
    if not found:
        st.html(bubbles.empty(text("nothing_found" if grouped else "no_knowledge")))
        return
    st.html(f'<div class="kf-small">{text("found", n=len(found))}</div>')
    listing, pager = st.container(), st.container()
    with pager:
        start = draw_pages(len(found))
    with listing:
        for pair in found[start : start + PER_PAGE]:
            draw_pair(pair, grouped[pair])
