"""The desk's picture of the risk dial: how many questions are answered, and how many answers are wrong."""

from __future__ import annotations

import altair as alt
import pandas as pd
import streamlit as st

from assistant.errors import KefuError
from assistant.knowledge.confidence import Confidence
from assistant.knowledge.dial import curve
from assistant.records import LANGUAGES
from assistant.registry import current_folder
from ui.desk_parts import text
from ui.house import house
from ui.wording import NAMES

COLOURS = {"zh": "#2f9a7d", "en": "#5b7fc7"}
RULE = "#cf6a60"


@st.cache_resource(ttl=60, show_spinner=False)
def serving(home: str) -> Confidence | None:
    """Return the confidence that serves in the home at that path, read again each minute."""
    try:
        folder = current_folder(house().settings, house().store, "confidence")
        return Confidence.load(folder) if folder else None
    except KefuError:
        return None


def draw_dial() -> None:
    """Draw the tile; nothing where no confidence serves that was judged."""
    confidence = serving(str(house().store.path))
    if confidence is None or not confidence.judged:
        st.html(f'<div class="kf-small">{text("no_dial")}</div>')
        return
    risk = house().settings.policy.risk
    for language in (g for g in LANGUAGES if g in confidence.judged):
        st.html(f'<div class="kf-small">{told(confidence, language, risk)}</div>')
    st.altair_chart(chart(confidence, risk).properties(height=230, background="transparent"), width="stretch")


def told(confidence: Confidence, language: str, risk: float) -> str:
    """Return what the dial buys in one language, as a promise or as an estimate."""
    dial = confidence.dial(language, risk)
    kind = text("dial_estimate" if dial.estimate else "dial_promise", n=f"{dial.questions:,}", own=f"{dial.own:,}")
    return text(
        "dial_told", language=NAMES[language], risk=f"{risk:.0%}", coverage=f"{dial.coverage:.0%}",
        at=f"{dial.threshold:.2f}" if dial.threshold <= 1 else "–", kind=kind,
    )


def chart(confidence: Confidence, risk: float) -> alt.LayerChart:
    """Return the trade between questions answered and wrong answers, with the dial as a line."""
    rows = pd.DataFrame(
        [
            (NAMES[language], covered, wrong, threshold)
            for language, judged in confidence.judged.items()
            for threshold, covered, wrong in curve(judged)
        ],
        columns=["language", "covered", "wrong", "threshold"],
    )
    names = [NAMES[g] for g in confidence.judged]
    colours = alt.Scale(domain=names, range=[COLOURS[g] for g in confidence.judged])
    shares = alt.Axis(format="%", tickCount=5)
    lines = alt.Chart(rows).mark_line(strokeWidth=2.5).encode(
        x=alt.X("covered:Q", title=text("dial_answered"), axis=shares),
        y=alt.Y("wrong:Q", title=text("dial_wrong"), axis=shares),
        color=alt.Color("language:N", title=None, scale=colours, legend=alt.Legend(orient="top")),
        tooltip=[
            alt.Tooltip("covered:Q", title=text("dial_answered"), format=".0%"),
            alt.Tooltip("wrong:Q", title=text("dial_wrong"), format=".1%"),
            alt.Tooltip("threshold:Q", title=text("dial_from"), format=".2f"),
        ],
    )
    rule = alt.Chart(pd.DataFrame({"risk": [risk]})).mark_rule(color=RULE, strokeDash=[5, 4]).encode(y="risk:Q")
    return alt.layer(lines, rule)
