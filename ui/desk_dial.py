"""The desk's pictures of the risk dial: what it trades, and where confidence lies for right and wrong answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import altair as alt
import pandas as pd
import streamlit as st

from assistant.errors import KefuError
from assistant.knowledge.confidence import Confidence
from assistant.knowledge.dial import curve, fixed
from assistant.records import LANGUAGES
from assistant.registry import current_folder
from assistant.settings import Policy
from ui.desk_parts import text
from ui.house import house
from ui.wording import NAMES

COLOURS = {"zh": "#2f9a7d", "en": "#5b7fc7"}
RULE = "#cf6a60"
BINS = 10


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
    policy = house().settings.policy
    for language in (g for g in LANGUAGES if g in confidence.judged):
        st.html(f'<div class="kf-small">{told(confidence, language, policy)}</div>')
    st.altair_chart(chart(confidence, policy.risk).properties(height=230, background="transparent"), width="stretch")
    st.html(f'<div class="kf-small">{text("dial_spread")}</div>')
    st.altair_chart(spread(confidence).properties(height=150, background="transparent"), width="stretch")


def told(confidence: Confidence, language: str, policy: Policy) -> str:
    """Return what the dial buys in one language, as a promise or as an estimate; or what a fixed confidence does."""
    own = confidence.own.get(language, 0)
    if not policy.risk:
        now = fixed(confidence.judged[language], policy.answer_at, own)
        kind = text("dial_estimate" if now.estimate else "dial_measured", n=f"{now.questions:,}", own=f"{own:,}")
        return text(
            "dial_off", language=NAMES[language], coverage=f"{now.coverage:.0%}", at=f"{now.threshold:.2f}",
            wrong=f"{now.wrong:.0%}", kind=kind,
        )
    dial = confidence.dial(language, policy.risk)
    kind = text("dial_estimate" if dial.estimate else "dial_promise", n=f"{dial.questions:,}", own=f"{own:,}")
    return text(
        "dial_told", language=NAMES[language], risk=f"{policy.risk:.0%}", coverage=f"{dial.coverage:.0%}",
        at=f"{dial.threshold:.2f}" if dial.threshold <= 1 else "–", kind=kind,
    )


def chart(confidence: Confidence, risk: float) -> alt.LayerChart:
    """Return the trade between questions answered and wrong answers with the dial, where it is set, as a line."""
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
    if not risk:
        return alt.layer(lines)
    rule = alt.Chart(pd.DataFrame({"risk": [risk]})).mark_rule(color=RULE, strokeDash=[5, 4]).encode(y="risk:Q")
    return alt.layer(lines, rule)


def spread(confidence: Confidence) -> alt.Chart:
    """Return how many judged questions have which confidence: the best answer right above, wrong below the axis."""
    rows = pd.DataFrame(binned(confidence.judged), columns=["language", "confidence", "right", "questions"])
    rows["language"] = rows["language"].map(NAMES)
    rows["outcome"] = rows["right"].map({True: text("dial_right"), False: text("dial_wrong_one")})
    rows.loc[~rows["right"], "questions"] *= -1
    names = [NAMES[g] for g in confidence.judged]
    return alt.Chart(rows).mark_bar().encode(
        x=alt.X("confidence:O", title=text("dial_confidence"), axis=alt.Axis(labelAngle=0)),
        xOffset=alt.XOffset("language:N", sort=names),
        y=alt.Y("questions:Q", title=text("dial_counts"), axis=alt.Axis(tickCount=4, labelExpr="abs(datum.value)")),
        color=alt.Color("language:N", title=None, legend=None, scale=alt.Scale(domain=names, range=[COLOURS[g] for g in confidence.judged])),
        opacity=alt.Opacity("outcome:N", title=None, legend=None, sort=[text("dial_right"), text("dial_wrong_one")], scale=alt.Scale(range=[1.0, 0.55])),
        tooltip=["language:N", "confidence:O", "outcome:N", "count:Q"],
    ).transform_calculate(count="abs(datum.questions)")


def binned(judged: Mapping[str, Sequence[tuple[float, bool]]]) -> list[tuple[str, str, bool, int]]:
    """Return (language, bin as "0.3", right, how many) for every tenth of confidence and both outcomes."""
    out = []
    for language, some in judged.items():
        counted = Counter((min(int(p * BINS), BINS - 1), right) for p, right in some)
        out += [(language, f"{n / BINS:.1f}", right, counted[n, right]) for n in range(BINS) for right in (True, False)]
    return out
