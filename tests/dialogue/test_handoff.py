import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.dialogue.handoff import ARROWS, Handoff, State, advance, bot_may_speak, replay
from assistant.errors import BadInput
from assistant.records import Event

NAMES = sorted({name for _, name in ARROWS})


def test_the_usual_way():
    events = [Event("c", "", n, a) for n, a in (("offer", "bot"), ("request", "x"), ("take", "li"))]
    assert replay(events) == (State.HUMAN, "li")
    assert replay([*events, Event("c", "", "give_back", "li")]) == (State.BOT, "")


def test_an_arrow_that_does_not_exist_is_refused_with_those_that_do():
    with pytest.raises(BadInput, match=r"'human' can't 'request'\. Possible: give_back, requeue, close"):
        advance(State.HUMAN, "request")


@given(st.lists(st.sampled_from(NAMES), max_size=12))
def test_stored_state_is_always_what_the_events_lead_to(names):
    state, events = State.BOT, []
    for name in names:
        try:
            state = advance(state, name)
        except BadInput:
            continue
        events.append(Event("c", "", name, "li"))
    assert replay(events)[0] == state
    assert bot_may_speak(state) == (state in (State.BOT, State.OFFERED, State.QUEUED))


def test_only_one_person_takes_a_conversation_and_only_that_one_speaks(store):
    desk, id = Handoff(store), store.conversations.start("en").id
    assert desk.request(id) == desk.request(id) == State.QUEUED
    desk.apply(id, "take", "li")
    with pytest.raises(BadInput, match="li has taken this conversation already"):
        desk.apply(id, "take", "wu")
    with pytest.raises(BadInput, match="Take over the conversation"):
        desk.say(id, "wu", "hello")
    assert desk.say(id, "li", "hello").author == "li"
    assert replay(store.conversations.events(id)) == (State.HUMAN, "li")
