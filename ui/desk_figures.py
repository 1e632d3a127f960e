"""The desk's page of figures: what happened in a period, drawn."""

from __future__ import annotations

import altair as alt
import pandas as pd
import streamlit as st

from ui import bubbles, view
from ui.desk_dial import draw_dial
from ui.desk_parts import text
from ui.figures import Figures, Unanswered, figures
from ui.house import house

PERIODS = (7, 30, 90)
# A grey that can be read on the light and on the dark page.
LABEL = "#7d8b86"
COLOURS = {"right": "#2f9a7d", "wrong": "#cf6a60"}


@st.cache_data(ttl=10, show_spinner=False)
def worked_out(days: int, home: str) -> Figures:
    """Return the figures of a period, at most ten seconds old, for the home at that path."""
    conversations = house().store.conversations
    handed = frozenset(
        row["id"] for row in conversations.overview(limit=100_000) if row["waiting_since"]
    )
    chats = conversations.all_with_turns(("chat",))
    return figures(chats, conversations.reviews("customer"), handed, days)


def percent(value: float | None) -> str:
    return "–" if value is None else f"{value:.0%}"


def draw_numbers(now: Figures) -> None:
    tiles = (
        ("conversations_count", f"{now.conversations:,}", None),
        ("questions_count", f"{now.messages:,}", None),
        ("by_itself", percent(now.without_person), text("by_itself_help")),
        ("thumbs_share", percent(now.helpful), text("thumbs_help", n=now.thumbs)),
    )
    for (name, value, explained), column in zip(tiles, st.columns(4), strict=True):
        with column.container(key=f"tile-{name}"):
            st.metric(text(name), value, help=explained)


def plain_chart(chart: alt.Chart, height: int = 230) -> None:
    st.altair_chart(chart.properties(height=height, background="transparent"), width="stretch")


# Columns are named by plain words: an apostrophe or a dot in a name would break the drawing.


def days_axis() -> alt.X:
    return alt.X("day:N", sort=None, title=None, axis=alt.Axis(labelAngle=0, labelOverlap=True))


def counts_axis() -> alt.Y:
    return alt.Y("n:Q", title=None, axis=alt.Axis(tickMinStep=1, format="d"))


def draw_days(now: Figures) -> None:
    rows = pd.DataFrame([(d[5:], n) for d, n in now.per_day], columns=["day", "n"])
    bars = alt.Chart(rows).mark_bar(cornerRadiusEnd=4, size=14 if len(rows) > 10 else 26)
    tips = [
        alt.Tooltip("day:N", title=text("day")),
        alt.Tooltip("n:Q", title=text("conversations_count")),
    ]
    plain_chart(bars.encode(x=days_axis(), y=counts_axis(), tooltip=tips))


def draw_actions(now: Figures) -> None:
    total = sum(n for _, n in now.actions)
    rows = pd.DataFrame(
        [(text(f"action_{a}"), n / total, f"{n:,} · {n / total:.0%}") for a, n in now.actions],
        columns=["kind", "share", "label"],
    )
    shares = alt.Axis(format="%", tickCount=4)
    base = alt.Chart(rows).encode(
        y=alt.Y("kind:N", sort=None, title=None, axis=alt.Axis(labelLimit=140)),
        x=alt.X("share:Q", title=None, axis=shares, scale=alt.Scale(domain=[0, 1.12])),
        tooltip=[
            alt.Tooltip("kind:N", title=text("by_action")),
            alt.Tooltip("label:N", title=text("share")),
        ],
    )
    bars = base.mark_bar(cornerRadiusEnd=4, size=20)
    labels = base.mark_text(align="left", dx=6, color=LABEL).encode(text="label:N")
    plain_chart(alt.layer(bars, labels))


def draw_thumbs(now: Figures) -> None:
    names = {"right": text("thumb_up"), "wrong": text("thumb_down")}
    rows = pd.DataFrame(
        [(d[5:], names[v], n) for d, v, n in now.thumbs_per_day if v in names],
        columns=["day", "kind", "n"],
    )
    colours = alt.Scale(domain=list(names.values()), range=[COLOURS[v] for v in names])
    colour = alt.Color("kind:N", title=None, legend=alt.Legend(orient="top"), scale=colours)
    tips = [
        alt.Tooltip("day:N", title=text("day")),
        alt.Tooltip("kind:N", title=text("thumbs_day")),
        alt.Tooltip("n:Q", title=text("thumbs_count")),
    ]
    bars = alt.Chart(rows).mark_bar(cornerRadiusEnd=3, size=22)
    plain_chart(bars.encode(x=days_axis(), y=counts_axis(), color=colour, tooltip=tips))


def add_answer(question: Unanswered) -> None:
    st.session_state.to_add = (question.question, question.language)


def draw_unanswered(now: Figures) -> None:
    if not now.unanswered:
        st.html(f'<div class="kf-small">{text("none_unanswered")}</div>')
        return
    st.html(f'<div class="kf-small">{text("unanswered_hint")}</div>')
    for number, row in enumerate(now.unanswered[:20]):
        with st.container(horizontal=True, key=f"row-{number}"):
            when = view.clock(row.last, st.context.timezone or "")
            st.html(bubbles.listed(row.question, when, bubbles.badge(text("times", n=row.times))))
            pressed = st.button(
                text("add_answer"),
                key=f"gap-{number}",
                type="tertiary",
                icon=":material/add:",
                on_click=add_answer,
                args=(row,),
            )
            if pressed:
                st.switch_page(st.session_state.pages["knowledge"])


def page() -> None:
    """Draw the page."""
    labels = {n: text("days", n=n) if n else text("all") for n in (*PERIODS, 0)}
    days = st.segmented_control(
        text("period"),
        list(labels),
        default=30,
        key="days",
        label_visibility="collapsed",
        required=True,
        format_func=labels.get,
    )
    now = worked_out(days, str(house().store.path))
    if not now.conversations:
        st.html(bubbles.empty(text("no_figures")))
        draw_dial_tile()
        return
    draw_numbers(now)
    left, right = st.columns(2, gap="small")
    for column, title, draw, some in (
        (left, "per_day", draw_days, True),
        (right, "by_action", draw_actions, now.actions),
        (left, "thumbs_day", draw_thumbs, now.thumbs_per_day),
        (right, "unanswered", draw_unanswered, True),
    ):
        if some:
            with column.container(key=f"tile-{title}"):
                st.html(f"<b>{text(title)}</b>")
                draw(now)
    draw_dial_tile()


def draw_dial_tile() -> None:
    with st.container(key="tile-dial"):
        st.html(f"<b>{text('dial')}</b>")
        draw_dial()
