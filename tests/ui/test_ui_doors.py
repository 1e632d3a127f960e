"""The doors: cookies that scripts can't read, sign-in that others can't post to or hammer."""

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from ui.access import Person, keep_language, language_of, person_in
from ui.doors import SESSION, VISITOR, Desk, Guard, visitor_in
from ui.house import House, Throttle

HERE = {"origin": "http://desk.test"}
PAGE = {"accept": "text/html"}


async def hello(request):
    return PlainTextResponse("page")


async def socket(websocket):
    await websocket.accept()
    await websocket.send_text("in")
    await websocket.close()


def client(routes=(), visitors=False):
    app = Starlette(
        routes=[*routes, Route("/", hello), WebSocketRoute("/stream", socket)],
        middleware=[Middleware(Guard, visitors=visitors)],
    )
    return TestClient(app, base_url="http://desk.test", follow_redirects=False)


@pytest.fixture
def desk(settings, store):
    store.people.add("李雷", "password1")
    return client(Desk(House(settings, store)).routes())


def sign_in(desk, password="password1", name="李雷", headers=HERE):
    return desk.post("/sign-in", data={"name": name, "password": password}, headers=headers)


def test_a_customer_gets_one_cookie_that_scripts_cannot_read():
    page = client(visitors=True)
    first = page.get("/", headers=PAGE)
    given = first.headers["set-cookie"]
    assert "HttpOnly" in given
    assert "SameSite=Lax" in given
    assert visitor_in({VISITOR: page.cookies[VISITOR]})
    assert "set-cookie" not in page.get("/", headers=PAGE).headers


def test_a_made_up_cookie_is_replaced_and_a_file_sets_none():
    page = client(visitors=True)
    assert "set-cookie" not in page.get("/", headers={"accept": "image/png"}).headers
    page.cookies.set(VISITOR, "mine")
    assert VISITOR in page.get("/", headers=PAGE).headers["set-cookie"]


def test_only_https_cookies_are_marked_secure():
    page = client(visitors=True)
    assert "Secure" not in page.get("http://desk.test/", headers=PAGE).headers["set-cookie"]
    page.cookies.clear()
    assert "Secure" in page.get("https://desk.test/", headers=PAGE).headers["set-cookie"]


def test_web_sockets_of_other_sites_are_refused():
    page = client(visitors=True)
    with page.websocket_connect(
        "/stream", headers={"origin": "http://desk.test", "host": "desk.test"}
    ) as s:
        assert s.receive_text() == "in"
    with pytest.raises(WebSocketDisconnect):
        with page.websocket_connect(
            "/stream", headers={"origin": "http://evil.test", "host": "desk.test"}
        ):
            pass


def test_nobody_sees_the_desk_without_a_cookie(desk):
    answer = desk.get("/", headers=PAGE)
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")


def test_signing_in_gives_a_session_that_signing_out_ends(desk, store):
    answer = sign_in(desk)
    assert answer.status_code == 303
    session = next(c for c in answer.headers.get_list("set-cookie") if c.startswith(SESSION))
    assert "HttpOnly" in session
    assert "SameSite=Lax" in session
    token = desk.cookies[SESSION]
    assert person_in(store, {SESSION: token}) == Person("李雷", "agent")
    assert desk.get("/", headers=PAGE).text == "page"
    assert desk.post("/sign-out", headers=HERE).status_code == 303
    assert person_in(store, {SESSION: token}) is None


def test_a_role_or_a_ban_counts_at_once(desk, store):
    sign_in(desk)
    token = desk.cookies[SESSION]
    store.people.disable("李雷")
    assert person_in(store, {SESSION: token}) is None


def test_another_site_can_neither_sign_in_nor_out(desk, store):
    for headers in (
        {"origin": "http://evil.test"},
        {},
        {"sec-fetch-site": "cross-site"},
        {"origin": "null"},
    ):
        assert sign_in(desk, headers=headers).status_code == 403
    sign_in(desk)
    assert desk.post("/sign-out", headers={"origin": "http://evil.test"}).status_code == 403
    assert person_in(store, {SESSION: desk.cookies[SESSION]}) is not None


def test_a_wrong_password_keeps_the_name_and_escapes_it(desk):
    answer = sign_in(desk, "nonsense", '"><script>alert(1)</script>')
    assert answer.status_code == 401
    assert "<script>" not in answer.text
    assert "Name and password" in answer.text


def test_the_sixth_try_has_to_wait(desk):
    assert [sign_in(desk, "wrong").status_code for _ in range(6)] == [401] * 5 + [429]
    refused = sign_in(desk)
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) >= 1


def test_waits_double_and_end_with_success():
    now = [0.0]
    throttle = Throttle(lambda: now[0])
    waits = []
    for _ in range(12):
        throttle.failed("a")
        waits.append(throttle.wait("a"))
    assert waits[:8] == [0, 0, 0, 0, 2, 4, 8, 16]
    assert max(waits) == 60
    assert throttle.wait("b") == 0
    now[0] = 61
    assert throttle.wait("a") == 0
    throttle.passed("a")
    throttle.failed("a")
    assert throttle.wait("a") == 0


def test_a_huge_form_is_not_read(desk):
    assert sign_in(desk, "x" * 100_000).status_code == 401


def test_an_empty_desk_says_how_to_make_an_account(settings, store):
    empty = client(Desk(House(settings, store)).routes())
    assert "assistant staff add" in empty.get("/sign-in").text


def test_a_person_keeps_their_language(store):
    person = Person("李雷", "agent")
    assert language_of(store, person, {}, "en-GB") == "en"
    keep_language(store, person, "zh")
    assert language_of(store, person, {}, "en-GB") == "zh"


def test_only_admins_release_the_chats_of_others():
    assert Person("a", "agent").may_release("a")
    assert not Person("a", "agent").may_release("b")
    assert Person("a", "admin").may_release("b")
    assert not Person("a", "cook").may("knowledge")
