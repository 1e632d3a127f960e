"""What the desk's pages share: the signed-in person, their language, and passing messages."""

from __future__ import annotations

import streamlit as st

from ui.access import Person
from ui.house import house
from ui.wording import say


def me() -> Person:
    """Return who is signed in; the frame has made sure that somebody is."""
    return st.session_state.person


def language() -> str:
    return st.session_state.language


def text(name: str, /, **values: object) -> str:
    return say(name, st.session_state.language, **values)


def tab_title() -> str:
    """Return the browser tab's title: how many wait can be seen from another tab."""
    if st.session_state.get("person") is None:
        return "Kefu"
    waiting = len(house().store.conversations.overview(("queued",), limit=100))
    title = say("desk", st.session_state.get("language", "zh"))
    return f"({waiting}) {title}" if waiting else title


def tell(message: str) -> None:
    """Keep a sentence for the next drawing of the page."""
    st.session_state.told = message


def draw_told(icon: str = ":material/check_circle:") -> None:
    message = st.session_state.pop("told", "")
    if message:
        st.toast(message, icon=icon)
