"""The desk's page of conversations: who waits, what was said, and the person's part in it."""

from __future__ import annotations

import streamlit as st

from assistant.dialogue.handoff import Handoff
from assistant.errors import KefuError
from assistant.records import Conversation, Review, Turn
from assistant.text import detect_language, shorten
from ingest.pipeline import keep_review
from ui import bubbles, view
from ui.desk_parts import draw_told, language, me, tab_title, tell, text
from ui.house import house

# The note of a customer's own press of the button, which the timeline shows anyway.
ASKED = "asked on the page"
LIST_EVERY, TALK_EVERY = 2.0, 1.0


# What a click does


def choose(id: str) -> None:
    st.query_params["c"] = id


def leave() -> None:
    st.query_params.pop("c", None)


def apply(name: str, id: str) -> None:
    """Apply a hand-off event as this person, or say why it can't be."""
    conversations = house().store.conversations
    try:
        holder = conversations.get(id).agent
        if name in ("give_back", "requeue", "close") and holder and not me().may_release(holder):
            tell(text("held", agent=holder))
            return
        Handoff(house().store).apply(id, name, me().name)
    except KefuError as error:
        tell(str(error))


def reply(id: str) -> None:
    said = st.session_state.reply.strip()
    if not said:
        return
    try:
        Handoff(house().store).say(id, me().name, said, detect_language(said, language()))
    except KefuError as error:
        st.session_state.reply = said
        tell(str(error))


def judge(turn: str) -> None:
    """Store the verdict of the review form of a turn."""
    verdict = st.session_state[f"verdict-{turn}"]
    better = st.session_state.get(f"better-{turn}", "").strip()[:5000]
    if verdict:
        review = Review(turn, verdict, by=me().name, better="" if verdict == "right" else better)
        used = keep_review(house().store, review)
        tell(text("saved_for_use" if used else "saved"))


# The list


def state_badge(row: dict) -> str:
    return bubbles.badge(text(f"state_{row['state']}", agent=row["agent"]), row["state"])


def draw_rows(name: str, rows: list[dict], chosen: str, none: str = "") -> None:
    kind = {"queue": "queued", "mine": "human"}.get(name, "")
    count = f" {bubbles.badge(str(len(rows)), kind)}" if rows and kind else ""
    st.html(f'<div class="kf-heading">{text(name)}{count}</div>')
    if not rows and none:
        st.html(f'<div class="kf-small">{none}</div>')
    for row in rows:
        said = row["last_text"] if row["last_role"] == "customer" else row["title"]
        title = shorten(said, 34) or text("no_message")
        if row["state"] == "queued":
            warm = view.waits_long(row["waiting_since"])
            meta = text("waits", time=view.waited(row["waiting_since"], language()))
            meta = f":red[{meta}]" if warm else f":orange[{meta}]"
        else:
            meta = bubbles.literal(view.clock(row["updated_at"], st.context.timezone or ""))
            state = text(f"state_{row['state']}", agent=row["agent"])
            meta = f":gray[{meta} · {bubbles.literal(state)}]"
        st.button(
            f"{bubbles.literal(title)}  \n:small[{meta}]",
            key=f"pick-{name}-{row['id']}",
            on_click=choose,
            args=(row["id"],),
            width="stretch",
            type="primary" if row["id"] == chosen else "secondary",
        )


@st.fragment(run_every=LIST_EVERY)
def draw_list() -> None:
    """Draw who waits, oldest first, then this person's chats, then the recent ones."""
    conversations = house().store.conversations
    st.set_page_config(page_title=tab_title())
    before = st.query_params.get("c", "")
    waiting = conversations.overview(("queued",), limit=100)
    mine = [r for r in conversations.overview(("human",), limit=200) if r["agent"] == me().name]
    shown = {r["id"] for r in (*waiting, *mine)}
    recent = [r for r in conversations.overview(limit=40) if r["id"] not in shown]
    # On a phone the list makes room for the conversation; the style sheet knows it by this key.
    with st.container(height=620, border=False, key="list-aside" if before else "list"):
        draw_rows("queue", waiting, before, text("nobody_waits"))
        if mine:
            draw_rows("mine", mine, before)
        draw_rows("recent", recent[:30], before, text("no_conversations"))
    # A click here reruns this fragment alone, yet the conversation beside it must change too.
    if st.session_state.get("drawn") != before:
        st.rerun(scope="app")


# The conversation


def turn_meta(turn: Turn, verdicts: list[Review]) -> str:
    """Return the badges of a bot turn: what was done, how sure, and what people thought."""
    parts = []
    if turn.role == "bot" and turn.action:
        parts.append(bubbles.badge(text(f"action_{turn.action}"), turn.action))
    if turn.role == "bot" and turn.confidence is not None:
        parts.append(bubbles.badge(text("confidence", n=round(turn.confidence * 100))))
    for r in verdicts:
        if r.by == turn.conversation:
            label = text("customer_up" if r.verdict == "right" else "customer_down")
            reason = text(f"reason_{r.reason}") if r.reason in view.REASONS else r.reason
            parts.append(bubbles.badge(f"{label} · {reason}" if reason else label, r.verdict))
        else:
            parts.append(bubbles.badge(text(f"reviewed_{r.verdict}", by=r.by), r.verdict))
    return "".join(parts)


def draw_review(turn: Turn, verdicts: list[Review]) -> None:
    mine = next((r for r in verdicts if r.by == me().name), None)
    labels = {verdict: text(verdict) for verdict in ("right", "wrong")}
    with st.container(key=f"judge-{turn.id}", horizontal=True):
        with st.popover(text("review"), icon=":material/rate_review:", type="tertiary"):
            st.radio(
                text("review_title"),
                list(labels),
                format_func=labels.get,
                horizontal=True,
                index=None if mine is None else list(labels).index(mine.verdict),
                key=f"verdict-{turn.id}",
            )
            st.text_area(
                text("better"),
                value=mine.better if mine else "",
                key=f"better-{turn.id}",
                height=120,
                placeholder=text("better_hint"),
                max_chars=5000,
            )
            st.button(
                text("save"), key=f"keep-{turn.id}", on_click=judge, args=(turn.id,), type="primary"
            )


def draw_turn(turn: Turn, verdicts: list[Review]) -> None:
    zone = st.context.timezone or ""
    names = {"customer": text("customer"), "bot": text("assistant")}
    st.html(
        bubbles.bubble(
            turn.role,
            names.get(turn.role, turn.author),
            turn.text,
            at=view.clock(turn.at, zone),
            below=bubbles.sources(turn.sources, language(), staff=True),
            links=turn.role != "customer",
            meta=turn_meta(turn, verdicts),
            side="left" if turn.role == "customer" else "right",
        )
    )
    if turn.role == "bot":
        draw_review(turn, verdicts)


def draw_talk(id: str) -> None:
    """Draw what was said; only a change redraws the page, so that an open form stays as it is."""
    conversations = house().store.conversations
    seen = conversations.pulse(id)
    if seen != st.session_state.pulse:
        st.rerun(scope="app")


def draw_turns(id: str) -> None:
    conversations = house().store.conversations
    by: dict[str, list[Review]] = {}
    for review in conversations.reviews(conversation=id):
        by.setdefault(review.turn, []).append(review)
    events = conversations.events(id)
    with st.container(height=470, border=False, key="talk", autoscroll=True):
        for item in view.timeline(conversations.turns(id), events, language()):
            if isinstance(item, view.Note):
                st.html(bubbles.note(item.text, view.clock(item.at, st.context.timezone or "")))
            else:
                draw_turn(item, by.get(item.id, []))
    notes = [e.note for e in events if e.name in ("request", "offer") and e.note not in ("", ASKED)]
    if notes:
        st.html(f'<div class="kf-small">{bubbles.plain(text("why_handed", note=notes[-1]))}</div>')


def draw_head(current: Conversation) -> None:
    free = current.state in ("queued", "bot", "offered")
    held = current.state == "human"
    mine = held and me().may_release(current.agent)
    row = {"state": current.state, "agent": current.agent}
    st.button(
        text("cancel_edit"),
        key="all",
        on_click=leave,
        type="tertiary",
        icon=":material/arrow_back:",
    )
    with st.container(horizontal=True, vertical_alignment="center", key="row-head"):
        title = shorten(current.title, 48) or text("no_message")
        st.html(f"<b>{bubbles.plain(title)}</b> {state_badge(row)}")
        for name, kind, shown in (
            ("take", "primary", free),
            ("give_back", "secondary", mine),
            ("requeue", "tertiary", mine),
            ("close", "tertiary", mine or current.state == "queued"),
        ):
            if shown:
                st.button(
                    text(name), key=f"do-{name}", type=kind, on_click=apply, args=(name, current.id)
                )


def draw_conversation(id: str) -> None:
    conversations = house().store.conversations
    if not conversations.exists(id):
        st.html(bubbles.empty(text("gone")))
        return
    current = conversations.get(id)
    st.session_state.pulse = conversations.pulse(id)
    with st.container(key="panel"):
        draw_head(current)
        draw_turns(id)
        if current.state == "human" and current.agent == me().name:
            st.chat_input(text("reply_box"), key="reply", on_submit=reply, args=(id,))
        elif current.state == "human":
            st.html(
                f'<div class="kf-small">{bubbles.plain(text("held", agent=current.agent))}</div>'
            )
        elif current.state != "closed":
            st.html(f'<div class="kf-small">{text("take_first")}</div>')
    st.fragment(draw_talk, run_every=TALK_EVERY)(id)


def page() -> None:
    """Draw the page."""
    draw_told(":material/info:")
    chosen = st.query_params.get("c", "")
    st.session_state.drawn = chosen
    left, right = st.columns([1, 2.2], gap="medium")
    with left:
        draw_list()
    with right:
        if chosen:
            draw_conversation(chosen)
        else:
            st.html(bubbles.empty(text("choose"), text("choose_hint")))
