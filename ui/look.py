"""The look of both pages: theme values for Streamlit and the style sheet of our own parts.

Colours stand here only, once for light and once for dark.
"""

from __future__ import annotations

from urllib.parse import quote

FONT = (
    "-apple-system, BlinkMacSystemFont, 'Segoe UI', Roboto, 'Helvetica Neue', 'PingFang SC', "
    "'Hiragino Sans GB', 'Microsoft YaHei UI', 'Microsoft YaHei', 'Noto Sans CJK SC', "
    "'Noto Sans SC', 'Source Han Sans SC', sans-serif"
)

_LIGHT = {
    "page": "#f6f7f5",
    "surface": "#ffffff",
    "line": "#e0e4df",
    "ink": "#1c2522",
    "soft": "#5c6963",
    "accent": "#1d6b57",
    "tint": "#e3f0eb",
    "said": "#1d6b57",
    "said_ink": "#ffffff",
    "warn": "#9a5b00",
    "warn_tint": "#fdf1dc",
    "bad": "#b3372e",
    "bad_tint": "#fbe9e7",
    "person": "#35539c",
    "person_tint": "#e8edf9",
}
_DARK = {
    "page": "#111615",
    "surface": "#1a2120",
    "line": "#2c3634",
    "ink": "#e6ecea",
    "soft": "#9aa8a3",
    "accent": "#6cc3a9",
    "tint": "#1d332d",
    "said": "#23705c",
    "said_ink": "#f3fbf8",
    "warn": "#e9b765",
    "warn_tint": "#332813",
    "bad": "#f0938b",
    "bad_tint": "#3a1f1d",
    "person": "#9db5f2",
    "person_tint": "#1e2740",
}


def _theme(mode: str, colours: dict[str, str], button: str) -> dict[str, object]:
    return {
        f"theme.{mode}.primaryColor": button,
        f"theme.{mode}.backgroundColor": colours["page"],
        f"theme.{mode}.secondaryBackgroundColor": colours["surface"],
        f"theme.{mode}.textColor": colours["ink"],
        f"theme.{mode}.linkColor": colours["accent"],
        f"theme.{mode}.borderColor": colours["line"],
        f"theme.{mode}.sidebar.backgroundColor": colours["surface"],
        f"theme.{mode}.redColor": colours["bad"],
        f"theme.{mode}.orangeColor": colours["warn"],
        f"theme.{mode}.chartCategoricalColors": [
            colours["accent"],
            "#c98a2b",
            colours["person"],
            colours["bad"],
            colours["soft"],
        ],
    }


THEME: dict[str, object] = {
    **_theme("light", _LIGHT, "#1d6b57"),
    **_theme("dark", _DARK, "#2a7f69"),
    "theme.font": FONT,
    "theme.headingFont": FONT,
    "theme.baseFontSize": 16,
    "theme.baseRadius": "10px",
    "theme.buttonRadius": "10px",
    "theme.showWidgetBorder": True,
    "theme.headingFontWeights": [650, 650, 600, 600, 600, 600],
}


def _picture(body: str, box: int = 24) -> str:
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {box} {box}">{body}</svg>'
    return f'url("data:image/svg+xml,{quote(svg)}")'


_STROKE = (
    'fill="none" stroke="#000" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round"'
)
MARK = _picture(
    f'<path {_STROKE} d="M4.5 6.5a2.5 2.5 0 0 1 2.5-2.5h10a2.5 2.5 0 0 1 2.5 2.5v7'
    f'a2.5 2.5 0 0 1-2.5 2.5h-5.2L7.5 19.5V16H7a2.5 2.5 0 0 1-2.5-2.5z"/>'
    f'<path {_STROKE} d="M8.7 9.2v1.2M15.3 9.2v1.2M9.4 12.6c1.5 1.1 3.7 1.1 5.2 0"/>'
)
_FACE = _picture(
    f'<circle {_STROKE} cx="12" cy="8.5" r="3.6"/><path {_STROKE} d="M4.8 19.5c1.2-3.8 4-5.3 '
    f'7.2-5.3s6 1.5 7.2 5.3"/>'
)
_HEADSET = _picture(
    f'<path {_STROKE} d="M4.5 14v-2a7.5 7.5 0 0 1 15 0v2M4.5 14a1.5 1.5 0 0 0 1.5 1.5h1.5v-5H6A1.5 '
    f"1.5 0 0 0 4.5 12M19.5 12a1.5 1.5 0 0 0-1.5-1.5h-1.5v5H18a1.5 1.5 0 0 0 1.5-1.5zM18.5 "
    f'15.5c0 2.5-2.5 3.7-5 3.7"/>'
)


# Handed to the browser as it is: an icon named by a word would be fetched from the internet.
PAGE_ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24">'
    '<rect width="24" height="24" rx="7" fill="#1d6b57"/>'
    '<path fill="none" stroke="#fff" stroke-width="1.7" stroke-linejoin="round" '
    'd="M5.5 8a2 2 0 0 1 2-2h9'
    'a2 2 0 0 1 2 2v5.5a2 2 0 0 1-2 2h-4L9 18.5v-3H7.5a2 2 0 0 1-2-2z"/></svg>'
)


def _names(colours: dict[str, str]) -> str:
    return "".join(f"--kf-{name.replace('_', '-')}:{value};" for name, value in colours.items())


_COMMON = """
[data-stale="true"]{opacity:1!important}
[data-testid="stStatusWidget"],[data-testid="stDecoration"],
[data-testid="stToolbar"] .stAppDeployButton{
  display:none}
.stApp{-webkit-font-smoothing:antialiased}
.stHtml{line-height:1.6}
.stHtml a{color:var(--kf-accent);text-decoration:underline;text-underline-offset:2px}
button:focus-visible,summary:focus-visible,a:focus-visible{
  outline:2px solid var(--kf-accent)!important;outline-offset:2px}
.kf-mark{flex:none;width:38px;height:38px;border-radius:12px;background:var(--kf-said);
  position:relative}
.kf-mark::after{content:"";position:absolute;inset:7px;background:#fff;
  -webkit-mask:MARK center/contain no-repeat;mask:MARK center/contain no-repeat}
.kf-mark-large{width:56px;height:56px;border-radius:18px;margin:0 auto 14px}
.kf-mark-large::after{inset:11px}
.kf-brand{display:flex;gap:10px;align-items:center;min-width:0}
.kf-brand>div:last-child{min-width:0}
.kf-brand b{display:block;font-size:1.02rem;line-height:1.25;color:var(--kf-ink);
  white-space:nowrap;overflow:hidden;text-overflow:ellipsis}
.kf-brand small{display:block;font-size:.76rem;line-height:1.3;color:var(--kf-soft);
  white-space:nowrap;overflow:hidden;text-overflow:ellipsis}
.kf-row{display:flex;gap:10px;align-items:flex-start;margin:2px 0}
.kf-right{flex-direction:row-reverse}
.kf-avatar{flex:none;width:34px;height:34px;border-radius:50%;position:relative;
  background:var(--kf-tint);margin-top:2px}
.kf-avatar::after{content:"";position:absolute;inset:7px;background:var(--kf-accent);
  -webkit-mask:MARK center/contain no-repeat;mask:MARK center/contain no-repeat}
.kf-customer .kf-avatar{background:var(--kf-line)}
.kf-customer .kf-avatar::after{background:var(--kf-soft);-webkit-mask-image:FACE;mask-image:FACE}
.kf-agent .kf-avatar{background:var(--kf-person-tint)}
.kf-agent .kf-avatar::after{background:var(--kf-person);-webkit-mask-image:HEADSET;
  mask-image:HEADSET}
.kf-body{max-width:min(82%,40rem);min-width:0}
.kf-right .kf-body{display:flex;flex-direction:column;align-items:flex-end}
.kf-name{font-size:.76rem;color:var(--kf-soft);margin:0 4px 3px;display:flex;flex-wrap:wrap;
  gap:6px;align-items:center}
.kf-right .kf-name{justify-content:flex-end}
.kf-name time{opacity:.85;font-variant-numeric:tabular-nums}
.kf-bubble{display:inline-block;padding:9px 14px;border-radius:4px 16px 16px 16px;
  background:var(--kf-surface);border:1px solid var(--kf-line);color:var(--kf-ink);
  white-space:pre-wrap;overflow-wrap:anywhere;font-size:.98rem;line-height:1.62}
.kf-right .kf-bubble{border-radius:16px 4px 16px 16px;background:var(--kf-said);
  border-color:var(--kf-said);color:var(--kf-said-ink)}
.kf-right .kf-bubble a{color:inherit}
.kf-left.kf-agent .kf-bubble{background:var(--kf-person-tint);border-color:transparent}
.kf-wait{font-size:.76rem;color:var(--kf-soft);margin:3px 4px 0}
.kf-note{display:flex;justify-content:center;margin:2px 0}
.kf-note span{font-size:.78rem;color:var(--kf-soft);background:var(--kf-line);
  background:color-mix(in srgb,var(--kf-line) 60%,transparent);border-radius:99px;
  padding:3px 12px;text-align:center}
.kf-dots{display:inline-flex;gap:5px;padding:7px 2px}
.kf-dots i{width:7px;height:7px;border-radius:50%;background:var(--kf-soft);
  animation:kf-pulse 1.2s infinite ease-in-out}
.kf-dots i:nth-child(2){animation-delay:.18s}.kf-dots i:nth-child(3){animation-delay:.36s}
@keyframes kf-pulse{0%,70%,100%{opacity:.25;transform:none}35%{opacity:1;
  transform:translateY(-2px)}}
@media (prefers-reduced-motion:reduce){.kf-dots i{animation:none;opacity:.6}}
.kf-sources{margin:6px 4px 0;font-size:.86rem;color:var(--kf-soft)}
.kf-sources summary{cursor:pointer;list-style:none;display:inline-flex;align-items:center;
  gap:6px;padding:2px 0}
.kf-sources summary::-webkit-details-marker{display:none}
.kf-sources summary::before{content:"";width:7px;height:7px;
  border-right:1.6px solid currentColor;border-bottom:1.6px solid currentColor;
  transform:rotate(-45deg);transition:transform .15s}
.kf-sources[open] summary::before{transform:rotate(45deg)}
.stHtml .kf-sources ol{list-style:none;margin:6px 0 2px;padding:0;display:grid;gap:8px}
.kf-sources li{border-left:3px solid var(--kf-accent);background:var(--kf-surface);
  border-radius:0 10px 10px 0;padding:8px 12px;margin:0}
.kf-sources li b{color:var(--kf-ink);display:block;font-weight:600}
.kf-sources li p{margin:3px 0 0;white-space:pre-wrap;overflow-wrap:anywhere;font-size:.86rem;
  line-height:1.55}
.kf-kind{display:inline-block;font-size:.72rem;color:var(--kf-accent);margin-bottom:1px}
.kf-banner{display:flex;gap:10px;align-items:center;padding:8px 14px;border-radius:10px;
  font-size:.9rem;line-height:1.5;background:var(--kf-tint);color:var(--kf-ink)}
.kf-banner i{flex:none;width:9px;height:9px;border-radius:50%;background:var(--kf-accent)}
.kf-banner-waiting{background:var(--kf-warn-tint)}.kf-banner-waiting i{
  background:var(--kf-warn);animation:kf-pulse 1.6s infinite}
.kf-banner-human{background:var(--kf-person-tint)}.kf-banner-human i{background:var(--kf-person)}
.kf-banner-closed{background:var(--kf-surface);border:1px solid var(--kf-line)}
  .kf-banner-closed i{background:var(--kf-soft)}
.kf-banner-problem{background:var(--kf-bad-tint)}.kf-banner-problem i{background:var(--kf-bad)}
.kf-hello{text-align:center;max-width:34rem;margin:5vh auto 10px}
.stHtml .kf-hello h1{font-size:1.55rem;line-height:1.3;padding:0;margin:0 0 8px;
  color:var(--kf-ink);font-weight:650}
.kf-hello p{color:var(--kf-soft);margin:0;line-height:1.7}
.kf-small{font-size:.82rem;color:var(--kf-soft)}
.kf-badge{display:inline-block;font-size:.72rem;line-height:1;padding:4px 8px;
  border-radius:99px;background:var(--kf-line);color:var(--kf-soft);white-space:nowrap}
.kf-badge-queued,.kf-badge-draft,.kf-badge-clarify{background:var(--kf-warn-tint);
  color:var(--kf-warn)}
.kf-badge-human,.kf-badge-handoff{background:var(--kf-person-tint);color:var(--kf-person)}
.kf-badge-bot,.kf-badge-published,.kf-badge-answer,.kf-badge-right{background:var(--kf-tint);
  color:var(--kf-accent)}
.kf-badge-wrong,.kf-badge-decline{background:var(--kf-bad-tint);color:var(--kf-bad)}
.kf-empty{text-align:center;color:var(--kf-soft);padding:9vh 20px}
.kf-empty b{display:block;color:var(--kf-ink);font-size:1.05rem;margin-bottom:4px}
.kf-empty .kf-mark{opacity:.55}
"""

_CHAT = """
header[data-testid="stHeader"]{display:none}
.stMainBlockContainer{max-width:50rem;padding:0 1.1rem 2rem}
div:has(>.st-key-top){position:sticky;top:0;z-index:20}
.st-key-top{background:var(--kf-page);padding:12px 0 10px;
  border-bottom:1px solid var(--kf-line);gap:10px!important}
.st-key-waiting{flex-wrap:nowrap!important;gap:8px!important;background:var(--kf-warn-tint);
  border-radius:10px;padding-right:10px}
.st-key-waiting>div:first-child{flex:1 1 0;min-width:0}
.st-key-waiting button{min-height:34px;white-space:nowrap;padding:2px 12px}
.st-key-waiting p{font-size:.88rem}
.st-key-bar{flex-wrap:nowrap!important;align-items:center}
.st-key-bar>div:first-child{flex:1 1 0;min-width:0}
.st-key-bar button{min-height:38px;white-space:nowrap}
.st-key-bar p{font-size:.9rem}
.st-key-talk{gap:.55rem;padding-top:6px}
[class*="st-key-thumbs-"],.st-key-guesses{width:calc(100% - 44px)!important}
[class*="st-key-thumbs-"]{margin:-4px 0 4px 44px;align-items:center}
[class*="st-key-thumbs-"] button{min-height:32px;padding:2px 8px;color:var(--kf-soft)}
[class*="st-key-thumbs-"] button[kind="primary"]{background:var(--kf-tint);
  color:var(--kf-accent);border-color:transparent}
[class*="st-key-reason-"]{margin-left:44px;width:calc(100% - 44px)!important;max-width:34rem;
  background:var(--kf-surface);border:1px solid var(--kf-line);border-radius:12px;
  padding:10px 14px}
[class*="st-key-reason-"] button,.st-key-guesses button{min-height:36px;border-radius:99px;
  padding:4px 14px}
[class*="st-key-reason-"] button p,.st-key-guesses button p{font-size:.9rem}
.st-key-guesses{margin-left:44px}
.st-key-guesses button,.st-key-try button{text-align:left;background:var(--kf-surface)}
.st-key-guesses button p,.st-key-try button p{white-space:normal}
.st-key-try{max-width:36rem;margin:0 auto;gap:.5rem}
.st-key-try button{justify-content:flex-start;min-height:46px;padding:8px 16px}
.st-key-try button>div{justify-content:flex-start;width:100%}
.st-key-try .kf-small{text-align:center;margin-top:10px}
.stBottom>div,[data-testid="stBottomBlockContainer"]{background:var(--kf-page)}
[data-testid="stBottomBlockContainer"]{max-width:50rem;padding:.6rem 1.1rem 1.1rem}
@media (max-width:640px){
.stMainBlockContainer{padding:0 .8rem 1rem}
[data-testid="stBottomBlockContainer"]{padding:.4rem .8rem .7rem}
.kf-body{max-width:88%}
.kf-brand .kf-mark{width:34px;height:34px}
.kf-brand small{display:none}
.kf-brand b{font-size:.9rem;white-space:normal;display:-webkit-box;-webkit-line-clamp:2;
  -webkit-box-orient:vertical}
.st-key-bar{gap:6px!important}
.st-key-person button :has(>[data-testid="stIconMaterial"]:only-child),
.st-key-person [data-testid="stIconMaterial"]{
  display:none}
.st-key-bar button{padding:4px 10px}
.kf-row{gap:8px}.kf-right .kf-avatar{display:none}
.kf-avatar{width:30px;height:30px}.kf-avatar::after{inset:6px}
[class*="st-key-thumbs-"],[class*="st-key-reason-"],.st-key-guesses{margin-left:38px}
[class*="st-key-thumbs-"],[class*="st-key-reason-"],.st-key-guesses{
  width:calc(100% - 38px)!important}
.st-key-top{padding:8px 0}.kf-banner{padding:7px 12px;font-size:.86rem}
.kf-hello{margin-top:2vh}.stHtml .kf-hello h1{font-size:1.35rem}
}
"""

_DESK = """
.stMainBlockContainer{max-width:82rem;padding:4.6rem 1.6rem 2rem}
header[data-testid="stHeader"]{background:var(--kf-surface);
  border-bottom:1px solid var(--kf-line)}
.st-key-frame{align-items:center;gap:10px}
.st-key-frame>div:first-child{flex:1 1 0;min-width:0}
.st-key-frame button{min-height:36px}
.kf-heading{font-size:.8rem;letter-spacing:.02em;color:var(--kf-soft);font-weight:600;
  margin:10px 0 2px;display:flex;gap:8px;align-items:center}
[class*="st-key-pick-"] button{justify-content:flex-start;text-align:left;padding:8px 12px;
  border-radius:10px;background:var(--kf-surface)}
[class*="st-key-pick-"] button>div{width:100%;justify-content:flex-start}
[class*="st-key-pick-"] button p{white-space:nowrap;overflow:hidden;text-overflow:ellipsis;
  width:100%;line-height:1.5}
[class*="st-key-pick-"] button [data-testid="stMarkdownContainer"]{width:100%;min-width:0}
[class*="st-key-pick-"] button[kind="primary"]{background:var(--kf-tint);color:var(--kf-ink);
  border-color:var(--kf-accent)}
.st-key-talk{gap:.5rem;padding-right:6px}
.st-key-panel .kf-left .kf-bubble{background:var(--kf-page)}
.st-key-panel .kf-right.kf-bot .kf-bubble{background:var(--kf-tint);border-color:transparent;
  color:var(--kf-ink)}
.st-key-panel .kf-right.kf-bot .kf-bubble a{color:var(--kf-accent)}
.st-key-panel .kf-right.kf-agent .kf-bubble{background:var(--kf-person);
  border-color:var(--kf-person);color:var(--kf-surface)}
.st-key-panel{background:var(--kf-surface);border:1px solid var(--kf-line);border-radius:14px;
  padding:14px 18px}
[class*="st-key-judge-"]{margin:-6px 0 4px;padding-right:44px;justify-content:flex-end;
  align-items:center;gap:6px}
[class*="st-key-judge-"] button{min-height:30px;padding:2px 10px;font-size:.85rem}
[class*="st-key-pair-"]{background:var(--kf-surface);border:1px solid var(--kf-line);
  border-radius:14px;padding:14px 18px;gap:.5rem}
[class*="st-key-pair-"] .kf-badge{margin-right:6px}
.kf-faq b{display:block;font-weight:600;line-height:1.45}
.kf-faq p{margin:4px 0 0;color:var(--kf-soft);font-size:.92rem;line-height:1.6;
  display:-webkit-box;-webkit-line-clamp:3;-webkit-box-orient:vertical;overflow:hidden;
  white-space:pre-wrap;overflow-wrap:anywhere}
.kf-missing{color:var(--kf-soft);font-size:.88rem;font-style:italic}
[class*="st-key-row-"]{align-items:center;border-bottom:1px solid var(--kf-line);padding:4px 0}
[class*="st-key-row-"]>div:first-child{flex:1 1 0;min-width:0}
[class*="st-key-tile-"]{background:var(--kf-surface);border:1px solid var(--kf-line);
  border-radius:14px;padding:14px 18px}
.kf-item-title{overflow-wrap:anywhere}
.kf-item-meta{font-size:.8rem;color:var(--kf-soft)}
[data-testid="stButtonGroup"] button[aria-checked="true"],
[data-testid="stButtonGroup"] button[aria-checked="true"] *{
  color:var(--kf-accent)!important}
.st-key-all{display:none}
@media (max-width:640px){.st-key-all{display:block}
  .st-key-list-aside,div:has(>.st-key-list-aside){display:none}
.st-key-row-head{flex-wrap:wrap!important}.st-key-row-head>div:first-child{
  flex-basis:100%!important}
.stMainBlockContainer{padding:4.2rem .9rem 1rem}.kf-brand small{display:none}.kf-body{
  max-width:88%}}
"""

_SIGN_IN = """
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;background:var(--kf-page);
  color:var(--kf-ink);font:16px/1.6 FONT}
main{width:min(24rem,calc(100vw - 2rem));background:var(--kf-surface);
  border:1px solid var(--kf-line);border-radius:18px;padding:32px 28px}
h1{font-size:1.3rem;text-align:center;margin:0 0 4px}
.hint{color:var(--kf-soft);font-size:.88rem;text-align:center;margin:0 0 22px}
label{display:block;font-size:.88rem;margin:14px 0 4px}
input{width:100%;font:inherit;padding:10px 12px;border:1px solid var(--kf-line);
  border-radius:10px;background:var(--kf-page);color:inherit}
input:focus-visible,button:focus-visible,a:focus-visible{outline:2px solid var(--kf-accent);
  outline-offset:1px}
button{width:100%;font:inherit;font-weight:600;margin-top:22px;padding:11px;border:0;
  border-radius:10px;background:var(--kf-said);color:var(--kf-said-ink);cursor:pointer}
button:hover{filter:brightness(1.08)}
footer{text-align:center;margin-top:18px;font-size:.88rem}
a{color:var(--kf-accent)}
"""


def _filled(css: str) -> str:
    for name, picture in (("MARK", MARK), ("FACE", _FACE), ("HEADSET", _HEADSET)):
        css = css.replace(f"{name} ", f"{picture} ").replace(f"{name};", f"{picture};")
        css = css.replace(f"{name}}}", f"{picture}}}")
    return css.replace("FONT", FONT)


def style(page: str) -> str:
    """Return the style sheet of a page: chat, desk or sign_in."""
    own = {"chat": _CHAT, "desk": _DESK, "sign_in": _SIGN_IN}[page]
    colours = (
        f":root{{{_names(_LIGHT)}color-scheme:light dark}}"
        f"@media (prefers-color-scheme:dark){{:root{{{_names(_DARK)}}}}}"
    )
    return f"<style>{colours}{_filled(_COMMON + own)}</style>"
