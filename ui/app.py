"""The customer page: a chat. Draws what `view` works out and hands questions to `replies`.

Answers are produced outside this script's runs, so nothing a customer clicks can stop one.
"""

from __future__ import annotations

import secrets
import time

import streamlit as st

from assistant.dialogue.handoff import Handoff
from assistant.errors import BadInput
from assistant.records import Conversation, Review, Turn
from assistant.store.clock import today
from assistant.text import detect_language
from ui import bubbles, look, view
from ui.doors import visitor_in
from ui.house import house
from ui.wording import NAMES, say

FAST, STEADY, SLOW = 0.3, 1.0, 5.0
QUIET_AFTER = 600.0


def begin() -> None:
    """Find out who this is: the visitor, the chat that is open, and the page's language."""
    state = st.session_state
    if "visitor" not in state:
        state.visitor = visitor_in(st.context.cookies) or secrets.token_urlsafe(32)
        state.number = 0
        exists = house().store.conversations.exists
        while exists(view.conversation_id(state.visitor, state.number + 1)):
            state.number += 1
        state.moved = time.monotonic()
    stored = conversation()
    state.language = view.pick_language(
        st.query_params.get("lang", ""), stored.language if stored else "", st.context.locale or ""
    )


def chat_id() -> str:
    return view.conversation_id(st.session_state.visitor, st.session_state.number)


def conversation() -> Conversation | None:
    store = house().store
    return store.conversations.get(chat_id()) if store.conversations.exists(chat_id()) else None


def text(name: str, /, **values: object) -> str:
    return say(name, st.session_state.language, **values)


# What a click does


def send(message: str) -> None:
    """Take a message: refuse it with a sentence, or hand it to whoever answers."""
    language = st.session_state.language
    problem = view.problem_with(message, house().settings.chat.max_characters, language)
    if not problem:
        current = house().store.conversations.start(language, chat_id())
        if current.state == "closed":
            Handoff(house().store).apply(current.id, "reopen", "customer")
        if not house().replies.ask(current.id, message, detect_language(message, language)):
            problem = text("busy")
    st.session_state.problem = problem
    st.session_state.moved = time.monotonic()


def send_typed() -> None:
    typed = st.session_state.typed
    send(typed)
    if st.session_state.problem:
        st.session_state.typed = typed


def arrow(name: str) -> None:
    """Apply a hand-off event that the customer asked for."""
    current = house().store.conversations.start(st.session_state.language, chat_id())
    try:
        if name == "request":
            Handoff(house().store).request(current.id, "asked on the page")
        else:
            Handoff(house().store).apply(current.id, name, "customer")
    except BadInput:
        pass  # the state moved on in the meantime; the next drawing shows it
    st.session_state.moved = time.monotonic()


def start_new() -> None:
    current = conversation()
    if current and (current.title or current.state != "bot"):
        st.session_state.number += 1
        house().store.conversations.start(st.session_state.language, chat_id())
    st.session_state.problem = ""


def switch_language() -> None:
    other = "en" if st.session_state.language == "zh" else "zh"
    st.query_params["lang"] = other
    if conversation():
        house().store.conversations.set_language(chat_id(), other)


def rate(turn: str, verdict: str, reason: str = "") -> None:
    review = Review(turn, verdict, by=chat_id(), reason=reason)
    house().store.conversations.review(review, kind="customer")
    st.session_state[f"thanked-{turn}"] = bool(reason) or verdict == "right"


def rate_in_words(turn: str) -> None:
    words = st.session_state[f"words-{turn}"].strip()[:500]
    if words:
        rate(turn, "wrong", words)


# What is drawn


def draw_top(current: Conversation | None) -> None:
    other = "en" if st.session_state.language == "zh" else "zh"
    company = house().settings.company.name(st.session_state.language)
    state = current.state if current else "bot"
    with st.container(key="top"):
        with st.container(horizontal=True, key="bar", gap="small"):
            st.html(bubbles.brand(company, text("tagline")))
            st.button(NAMES[other], on_click=switch_language, type="tertiary", key="other_language")
            st.button(
                "",
                on_click=start_new,
                icon=":material/edit_square:",
                help=text("new_chat_help"),
                key="new",
                type="tertiary",
            )
            st.button(
                text("person"),
                on_click=arrow,
                args=("request",),
                icon=":material/support_agent:",
                type="primary",
                key="person",
                disabled=state in ("queued", "human"),
            )
        draw_state(current)
        if st.session_state.get("problem"):
            st.html(bubbles.banner("problem", st.session_state.problem))


def draw_state(current: Conversation | None) -> None:
    state = current.state if current else "bot"
    if state == "human":
        line = f"{text('human', agent=current.agent)} · {text('human_note')}"
        st.html(bubbles.banner("human", line))
    elif state == "closed":
        st.html(bubbles.banner("closed", text("closed")))
    elif state in ("queued", "offered"):
        with st.container(horizontal=True, key="waiting", vertical_alignment="center"):
            line = text("offered")
            if state == "queued":
                line = view.queue_line(ahead(), st.session_state.language)
            st.html(bubbles.banner("waiting", line))
            if state == "queued":
                st.button(text("cancel"), on_click=arrow, args=("cancel",), key="cancel")
            else:
                st.button(
                    text("offer_yes"), on_click=arrow, args=("request",), key="yes", type="primary"
                )
                st.button(text("offer_no"), on_click=arrow, args=("decline",), key="no")


def ahead() -> int:
    """Return how many wait longer than this customer."""
    ids = [row["id"] for row in house().store.conversations.overview(("queued",), limit=500)]
    return ids.index(chat_id()) if chat_id() in ids else len(ids)


def draw_greeting() -> None:
    home, language = house(), st.session_state.language
    company = home.settings.company
    st.html(
        bubbles.greeting(
            text("greeting_title"),
            text("greeting", company=company.name(language), person=text("person")),
        )
    )
    own = company.suggestions_zh if language == "zh" else company.suggestions_en
    faqs = () if own else home.store.knowledge.faqs(language=language, status="published")
    offered = view.suggestions(own, faqs, today())
    if offered:
        with st.container(key="try"):
            st.html(f'<div class="kf-small">{text("try")}</div>')
            for number, question in enumerate(offered):
                st.button(
                    bubbles.literal(question),
                    key=f"try-{number}",
                    on_click=send,
                    args=(question,),
                    width="stretch",
                )


def draw_turn(turn: Turn, verdicts: dict[str, Review], last: bool) -> None:
    language, zone = st.session_state.language, st.context.timezone or ""
    name = turn.author or text({"customer": "you", "bot": "assistant"}.get(turn.role, "person"))
    below = bubbles.sources(turn.sources, language)
    st.html(bubbles.bubble(turn.role, name, turn.text, at=view.clock(turn.at, zone), below=below))
    if view.may_rate(turn):
        draw_thumbs(turn, verdicts.get(turn.id))
    if last and turn.suggestions:
        with st.container(key="guesses", gap="small"):
            for number, guess in enumerate(turn.suggestions[:3]):
                st.button(
                    bubbles.literal(guess),
                    key=f"guess-{turn.id}-{number}",
                    on_click=send,
                    args=(guess,),
                )


def draw_thumbs(turn: Turn, review: Review | None) -> None:
    given = review.verdict if review else ""
    with st.container(horizontal=True, key=f"thumbs-{turn.id}", gap="xsmall"):
        for verdict, thumb in (("right", "thumb_up"), ("wrong", "thumb_down")):
            st.button(
                "",
                icon=f":material/{thumb}:",
                help=text(thumb),
                key=f"{verdict}-{turn.id}",
                type="primary" if given == verdict else "tertiary",
                on_click=rate,
                args=(turn.id, verdict),
            )
        if given and (review.reason or given == "right"):
            st.html(f'<span class="kf-small">{text("thanks")}</span>')
    if given == "wrong" and not review.reason:
        with st.container(key=f"reason-{turn.id}", gap="small"):
            st.html(f'<div class="kf-small">{text("why")}</div>')
            with st.container(horizontal=True, gap="xsmall"):
                for reason in view.REASONS:
                    st.button(
                        text(f"reason_{reason}"),
                        key=f"why-{reason}-{turn.id}",
                        on_click=rate,
                        args=(turn.id, "wrong", reason),
                    )
            st.text_input(
                text("why"),
                key=f"words-{turn.id}",
                label_visibility="collapsed",
                max_chars=500,
                placeholder=text("reason_placeholder"),
                on_change=rate_in_words,
                args=(turn.id,),
            )


def pulse() -> str:
    """Return a value that changes when the page has to be drawn anew."""
    home = house()
    value = home.store.conversations.pulse(chat_id())
    current = st.session_state.get("state")
    return f"{value} {ahead()}" if current == "queued" else value


def draw_live() -> None:
    """Draw what is being said, and draw the whole page anew once something was stored."""
    home, state = house(), st.session_state
    seen = pulse()
    progress = home.replies.progress(chat_id())
    settled = not home.replies.busy(chat_id())
    if seen != state.seen or settled != state.settled:
        state.moved = time.monotonic()
        st.rerun(scope="app")
    turns = home.store.conversations.turns(chat_id()) if progress else []
    now = view.live(turns, progress, state.get("state", "bot"))
    for question in now.questions:
        st.html(bubbles.bubble("customer", text("you"), question))
    if now.answer:
        st.html(bubbles.bubble("bot", text("assistant"), now.answer))
    elif now.answer is not None:
        st.html(bubbles.typing(text("assistant"), state.language))
    if now.failure:
        st.html(bubbles.bubble("bot", text("assistant"), now.failure))
    if settled and state.pace == STEADY and time.monotonic() - state.moved > QUIET_AFTER:
        st.rerun(scope="app")


def pace(current: Conversation | None) -> float:
    """Return how often the page looks for news, in seconds."""
    if house().replies.busy(chat_id()):
        return FAST
    quiet = time.monotonic() - st.session_state.moved > QUIET_AFTER
    waiting = current is not None and current.state in ("queued", "human")
    return SLOW if quiet and not waiting else STEADY


def draw_talk(current: Conversation | None) -> None:
    home, state = house(), st.session_state
    state.settled = not home.replies.busy(chat_id())
    state.seen = pulse()
    turns = home.store.conversations.turns(chat_id())
    events = home.store.conversations.events(chat_id())
    reviews = home.store.conversations.reviews("customer", chat_id())
    verdicts = {r.turn: r for r in reviews}
    with st.container(key="talk"):
        if not turns and not home.replies.progress(chat_id()):
            draw_greeting()
        for item in view.timeline(turns, events, state.language):
            if isinstance(item, view.Note):
                st.html(bubbles.note(item.text, view.clock(item.at, st.context.timezone or "")))
            else:
                draw_turn(item, verdicts, last=item is turns[-1])
        state.pace = pace(current)
        st.fragment(draw_live, run_every=state.pace)()


def main() -> None:
    begin()
    company = house().settings.company.name(st.session_state.language)
    st.set_page_config(page_title=f"{company} · {text('assistant')}", page_icon=look.PAGE_ICON)
    st.html(look.style("chat"))
    current = conversation()
    st.session_state.state = current.state if current else "bot"
    draw_top(current)
    draw_talk(current)
    human = current is not None and current.state == "human"
    hint = text("placeholder_human", agent=current.agent) if human else text("placeholder")
    st.chat_input(hint, key="typed", on_submit=send_typed)


main()
