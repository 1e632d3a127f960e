"""The desk of the staff: the frame around its pages, and who may see them.

Loads no model: what is saved here is encoded by the customer's process.
"""

from __future__ import annotations

import streamlit as st

from ui import access, bubbles, desk_conversations, desk_figures, desk_knowledge, look
from ui.desk_parts import me, tab_title, text
from ui.doors import SESSION
from ui.house import house
from ui.wording import NAMES, say

PAGES = {
    "conversations": (desk_conversations.page, ":material/forum:"),
    "knowledge": (desk_knowledge.page, ":material/menu_book:"),
    "figures": (desk_figures.page, ":material/bar_chart:"),
}


def switch_language() -> None:
    other = "en" if st.session_state.language == "zh" else "zh"
    access.keep_language(house().store, me(), other)


def sign_out() -> None:
    house().store.people.sign_out(st.context.cookies.get(SESSION, ""))


def draw_frame() -> None:
    """Draw who is signed in, the other language, and the way out."""
    person, language = me(), st.session_state.language
    other = "en" if language == "zh" else "zh"
    company = house().settings.company.name(language)
    with st.container(horizontal=True, key="frame", vertical_alignment="center"):
        st.html(
            bubbles.brand(
                text("desk"), f"{company} · {person.name} · {text(f'role_{person.role}')}"
            )
        )
        st.button(NAMES[other], on_click=switch_language, type="tertiary", key="other_language")
        st.button(
            text("sign_out"),
            on_click=sign_out,
            type="tertiary",
            icon=":material/logout:",
            key="out",
        )


def draw_signed_out() -> None:
    """Send a visitor without a session to the sign-in page; the link works without scripts too."""
    language = "zh" if (st.context.locale or "").lower().startswith("zh") else "en"
    st.html(bubbles.empty(say("signed_out", language)))
    st.html(f'<p style="text-align:center"><a href="/sign-in">{say("sign_in", language)}</a></p>')
    st.html("<script>window.location.replace('/sign-in')</script>", unsafe_allow_javascript=True)


def main() -> None:
    st.set_page_config(page_title=tab_title(), page_icon=look.PAGE_ICON, layout="wide")
    st.html(look.style("desk"))
    person = access.person_in(house().store, st.context.cookies)
    st.session_state.person = person
    if person is None:
        st.navigation([st.Page(draw_signed_out, title="Kefu")], position="hidden").run()
        return
    st.session_state.language = access.language_of(
        house().store, person, st.context.cookies, st.context.locale or ""
    )
    pages = [
        st.Page(
            draw,
            title=text(f"page_{name}"),
            icon=icon,
            url_path=name,
            default=name == "conversations",
        )
        for name, (draw, icon) in PAGES.items()
        if person.may(name)
    ]
    st.session_state.pages = {page.url_path or "conversations": page for page in pages}
    chosen = st.navigation(pages, position="top")
    draw_frame()
    chosen.run()


main()
