"""The HTML of bubbles and other small parts; every text from outside is escaped here.

`st.html` cleans what it is given once more, but nothing here relies on it.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

from assistant.records import Source
from ui.wording import say

_LINK = re.compile(r"https?://[^\s<>\"'，。；、）)】」》]+")


def plain(text: str) -> str:
    """Return `text` so that a browser shows exactly its characters."""
    return html.escape(text, quote=True)


def linked(text: str) -> str:
    """Return `text` escaped, with its web addresses as links."""
    parts, end = [], 0
    for match in _LINK.finditer(text):
        address = match.group().rstrip(".,;:!?")
        parts.append(plain(text[end : match.start()]))
        parts.append(_anchor(address, address))
        end = match.start() + len(address)
    parts.append(plain(text[end:]))
    return "".join(parts)


def _anchor(address: str, label: str) -> str:
    return (
        f'<a href="{plain(address)}" target="_blank" rel="noopener noreferrer">{plain(label)}</a>'
    )


def bubble(
    role: str,
    name: str,
    text: str,
    *,
    at: str = "",
    below: str = "",
    links: bool = True,
    meta: str = "",
    side: str = "",
) -> str:
    """Return one message; `role` is customer, bot or agent, `below` and `meta` are HTML.

    `side` is where it stands: "right" for what the reader of the page said.
    """
    side = side or ("right" if role == "customer" else "left")
    body = linked(text) if links else plain(text)
    time = f"<time>{plain(at)}</time>" if at else ""
    return (
        f'<div class="kf-row kf-{role} kf-{side}"><div class="kf-avatar" aria-hidden="true"></div>'
        f'<div class="kf-body"><div class="kf-name">{plain(name)} {time}{meta}</div>'
        f'<div class="kf-bubble" dir="auto">{body}</div>{below}</div></div>'
    )


def typing(name: str, language: str) -> str:
    """Return the bubble of somebody who has not said a word yet."""
    dots = f'<span class="kf-dots" role="status" aria-label="{plain(say("typing", language))}">'
    return (
        '<div class="kf-row kf-bot kf-left"><div class="kf-avatar" aria-hidden="true"></div>'
        f'<div class="kf-body"><div class="kf-name">{plain(name)}</div>'
        f'<div class="kf-bubble">{dots}<i></i><i></i><i></i></span></div></div></div>'
    )


def note(text: str, at: str = "") -> str:
    """Return a centred line between bubbles."""
    time = f" · {plain(at)}" if at else ""
    return f'<div class="kf-note"><span>{plain(text)}{time}</span></div>'


def sources(items: Sequence[Source], language: str, *, staff: bool = False) -> str:
    """Return the sources that open under a reply, "" for none.

    Customers don't see the words of other customers: of an earlier reply only its kind is shown.
    """
    if not items:
        return ""
    rows = []
    for item in items:
        kind = say(f"kind_{item.kind}", language)
        private = item.kind == "past_reply" and not staff
        title = "" if private else f"<b>{linked(item.title)}</b>"
        text = "" if private else f"<p>{linked(item.text)}</p>"
        address = item.url if item.url.startswith(("http://", "https://")) else ""
        link = f"<p>{_anchor(address, say('open_link', language))}</p>" if address else ""
        rows.append(f'<li><span class="kf-kind">{kind}</span>{title}{text}{link}</li>')
    label = f"{say('sources', language)} · {len(items)}"
    return (
        f'<details class="kf-sources"><summary>{label}</summary><ol>{"".join(rows)}</ol></details>'
    )


def banner(kind: str, text: str, role: str = "status") -> str:
    """Return a line about the conversation's state; `kind` is waiting, human, closed or problem."""
    body = f"<i></i><span>{plain(text)}</span>"
    return f'<div class="kf-banner kf-banner-{kind}" role="{role}">{body}</div>'


def brand(name: str, line: str) -> str:
    """Return the company's name with its mark."""
    return (
        '<div class="kf-brand"><div class="kf-mark" aria-hidden="true"></div>'
        f"<div><b>{plain(name)}</b><small>{plain(line)}</small></div></div>"
    )


def greeting(title: str, text: str) -> str:
    """Return the opening of an empty chat."""
    return (
        '<div class="kf-hello"><div class="kf-mark kf-mark-large" aria-hidden="true"></div>'
        f"<h1>{plain(title)}</h1><p>{plain(text)}</p></div>"
    )


def badge(text: str, kind: str = "") -> str:
    """Return a small label; `kind` colours it."""
    return f'<span class="kf-badge kf-badge-{plain(kind)}">{plain(text)}</span>'


def listed(title: str, meta: str, badge_html: str = "", *, warm: bool = False) -> str:
    """Return one row of a list: a title, a grey line and a badge."""
    tone = " kf-warm" if warm else ""
    return (
        f'<div class="kf-item{tone}"><div class="kf-item-title">{plain(title)}</div>'
        f'<div class="kf-item-meta">{plain(meta)} {badge_html}</div></div>'
    )


def card(question: str, answer: str, language: str) -> str:
    """Return one language of a FAQ."""
    return (
        f'<div class="kf-faq" lang="{plain(language)}"><b>{plain(question)}</b>'
        f"<p>{plain(answer)}</p></div>"
    )


def empty(title: str, text: str = "") -> str:
    """Return what stands where a list has nothing to show."""
    more = f"<p>{plain(text)}</p>" if text else ""
    mark = '<div class="kf-mark kf-mark-large" aria-hidden="true"></div>'
    return f'<div class="kf-empty">{mark}<b>{plain(title)}</b>{more}</div>'


def literal(text: str) -> str:
    """Return `text` so that Markdown, as in the label of a button, shows it as it is."""
    line = " ".join(text.split())
    return re.sub(r"([\\`*_{}\[\]<>()#+\-.!|~$:&^=])", r"\\\1", line)
