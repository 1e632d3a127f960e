"""The doors of the two processes: cookies, sign-in and sign-out, as Starlette parts.

A customer's cookie holds a random value from which chats are derived; a desk cookie holds a session
token that the store can revoke. Scripts can read neither, and other sites can't post here.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from urllib.parse import parse_qs, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request, cookie_parser
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui import look
from ui.bubbles import banner, plain
from ui.house import House
from ui.wording import NAMES, say

VISITOR = "kefu_visitor"
SESSION = "kefu_desk"
LANGUAGE = "kefu_language"
_VISITOR_DAYS, _SESSION_DAYS = 30, 7
_VISITOR_FORM = re.compile(r"[A-Za-z0-9_-]{43}")
_FORM_LIMIT = 8192


def visitor_in(cookies: Mapping[str, str]) -> str:
    """Return a customer's value from their cookies, "" where there is none that we made."""
    value = cookies.get(VISITOR, "")
    return value if _VISITOR_FORM.fullmatch(value) else ""


def from_here(headers: Mapping[str, str]) -> bool:
    """Return whether a browser says that a request comes from a page of this very host."""
    origin = headers.get("origin", "")
    if origin:
        return urlsplit(origin).netloc.lower() == headers.get("host", "").lower()
    return headers.get("sec-fetch-site", "") == "same-origin"


def _cookie(name: str, value: str, days: int, secure: bool, hidden: bool = True) -> str:
    parts = [f"{name}={value}", "Path=/", f"Max-Age={days * 86400}", "SameSite=Lax"]
    return "; ".join(parts + ["HttpOnly"] * hidden + ["Secure"] * secure)


class Guard:
    """Middleware: no foreign web sockets, careful headers, and the cookie that a page wants.

    A customer gets a fresh one; who has none at the desk is sent to sign in. Whether a desk cookie
    is worth anything is asked by the page itself, at every drawing.
    """

    def __init__(self, app: ASGIApp, visitors: bool = False):
        self._app = app
        self._visitors = visitors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if scope["type"] == "websocket":
            # A page of another site could otherwise talk with the visitor's cookies.
            if headers.get("origin") and not from_here(headers):
                await send({"type": "websocket.close", "code": 4403})
                return
            await self._app(scope, receive, send)
            return
        cookies = cookie_parser(headers.get("cookie", ""))
        page = scope["method"] == "GET" and "text/html" in headers.get("accept", "")
        if page and not self._visitors and not cookies.get(SESSION) and scope["path"] != "/sign-in":
            await RedirectResponse("/sign-in", 303)(scope, receive, send)
            return
        fresh = ""
        if page and self._visitors and not visitor_in(cookies):
            secure = scope.get("scheme") == "https"
            fresh = _cookie(VISITOR, secrets.token_urlsafe(32), _VISITOR_DAYS, secure)

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                out = MutableHeaders(scope=message)
                out.setdefault("X-Content-Type-Options", "nosniff")
                out.setdefault("X-Frame-Options", "SAMEORIGIN")
                out.setdefault("Referrer-Policy", "same-origin")
                if fresh:
                    out.append("Set-Cookie", fresh)
                    out["Cache-Control"] = "no-store"
            await send(message)

        await self._app(scope, receive, answer)


def _language(request: Request) -> str:
    for value in (request.query_params.get("lang"), request.cookies.get(LANGUAGE)):
        if value in NAMES:
            return value
    return "zh" if "zh" in request.headers.get("accept-language", "").lower()[:12] else "en"


def _page(language: str, body: str) -> str:
    return (
        f'<!DOCTYPE html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{say('sign_in', language)} · {say('desk', language)}</title>"
        f"{look.style('sign_in')}</head><body><main>{body}</main></body></html>"
    )


def sign_in_page(language: str, *, problem: str = "", name: str = "", nobody: bool = False) -> str:
    """Return the sign-in form as a whole HTML page."""
    other = "en" if language == "zh" else "zh"
    text = problem or (say("no_staff", language) if nobody else "")
    return _page(
        language,
        '<div class="kf-mark kf-mark-large" aria-hidden="true"></div>'
        f"<h1>{say('desk', language)}</h1><p class='hint'>{say('sign_in_hint', language)}</p>"
        f"{banner('problem', text, 'alert') if text else ''}"
        f'<form method="post" action="/sign-in?lang={language}">'
        f'<label for="name">{say("name", language)}</label>'
        f'<input id="name" name="name" value="{plain(name)}" autocomplete="username" required'
        " autofocus>"
        f'<label for="password">{say("password", language)}</label>'
        '<input id="password" name="password" type="password" autocomplete="current-password"'
        " required>"
        f"<button>{say('sign_in', language)}</button></form>"
        f'<footer><a href="/sign-in?lang={other}">{NAMES[other]}</a></footer>',
    )


async def _form(request: Request) -> dict[str, str]:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _FORM_LIMIT:
            return {}
    fields = parse_qs(body.decode("utf-8", "replace"))
    return {name: values[0] for name, values in fields.items()}


class Desk:
    """Sign-in and sign-out of the desk over one house."""

    def __init__(self, house: House):
        self._house = house

    def routes(self) -> list[Route]:
        return [
            Route("/sign-in", self.show, methods=["GET"]),
            Route("/sign-in", self.sign_in, methods=["POST"]),
            Route("/sign-out", self.sign_out, methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        token = request.cookies.get(SESSION, "")
        if token and await run_in_threadpool(self._house.store.people.who, token):
            return RedirectResponse("/", 303)
        nobody = not await run_in_threadpool(self._house.store.people.listing)
        response = self._html(sign_in_page(_language(request), nobody=nobody))
        if token:
            response.delete_cookie(SESSION, path="/")
        return response

    def _html(
        self, body: str, status: int = 200, headers: dict[str, str] | None = None
    ) -> Response:
        policy = (
            "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self';"
            " frame-ancestors 'none'"
        )
        return HTMLResponse(
            body,
            status,
            {"Cache-Control": "no-store", "Content-Security-Policy": policy, **(headers or {})},
        )

    async def sign_in(self, request: Request) -> Response:
        language = _language(request)
        if not from_here(request.headers):
            return self._html(sign_in_page(language, problem=say("refused", language)), 403)
        form = await _form(request)
        name, password = form.get("name", "").strip(), form.get("password", "")
        throttle = self._house.throttle
        key = f"{request.client.host if request.client else ''} {name}"
        seconds = throttle.wait(key)
        if seconds:
            text = say("slow_down", language, n=int(seconds) + 1)
            page = sign_in_page(language, problem=text, name=name)
            return self._html(page, 429, {"Retry-After": str(int(seconds) + 1)})
        # Counted before the check, so that tries sent at the same time count too.
        throttle.failed(key)
        token = await run_in_threadpool(self._house.store.people.sign_in, name, password)
        if token is None:
            page = sign_in_page(language, problem=say("wrong_sign_in", language), name=name)
            return self._html(page, 401)
        throttle.passed(key)
        secure = request.url.scheme == "https"
        response = RedirectResponse("/", 303)
        response.headers.append("Set-Cookie", _cookie(SESSION, token, _SESSION_DAYS, secure))
        response.headers.append("Set-Cookie", _cookie(LANGUAGE, language, 365, secure))
        return response

    async def sign_out(self, request: Request) -> Response:
        if not from_here(request.headers):
            language = _language(request)
            return self._html(sign_in_page(language, problem=say("refused", language)), 403)
        token = request.cookies.get(SESSION, "")
        if token:
            await run_in_threadpool(self._house.store.people.sign_out, token)
        response = RedirectResponse("/sign-in", 303)
        response.delete_cookie(SESSION, path="/")
        return response
