"""The page that a browser gets at `/`: links to the documentation and the checks of the service. It needs no API key.

Its links are relative, so that they work below any path that a proxy or another application puts in front.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from ..._version import __version__
from .headers import header
from .responses import send_bytes

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from starlette.types import ASGIApp, Receive, Scope, Send

_STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --muted: #57606a; --link: #0b5cad; --paper: #ffffff; --edge: #d0d7de }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6edf3; --muted: #9aa4b0; --link: #79b8ff; --paper: #0f1419; --edge: #2f3842 }
}
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 42rem; padding: 2rem 1rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.55 system-ui, sans-serif; overflow-wrap: anywhere }
h1 { margin: 0; font-size: 1.6rem } h2 { margin: 2rem 0 .5rem; font-size: 1.1rem }
a { color: var(--link); font-weight: 600 } p, dd { margin: 0 } dt { margin-top: .75rem }
dd, small { color: var(--muted) } a:focus-visible { outline: 2px solid; outline-offset: 2px }
pre { margin: .5rem 0; padding: .75rem; border: 1px solid var(--edge); border-radius: .4rem; white-space: pre-wrap;
  font: .875rem/1.5 ui-monospace, monospace }
"""
_LINKS = (
    ("docs", "Native API", "every route with parameters, examples and errors, to try out with an API key"),
    ("openai/docs", "OpenAI API", "threads, messages and conversations for the unmodified openai SDK"),
    ("openapi.json", "OpenAPI description", "of the native API, for programs"),
    ("readyz", "Readiness", "whether the database answers"),
    ("healthz", "Liveness", "whether the process answers"),
)
_COMMANDS = (
    (
        "Create an API key, in the folder and with the settings with which the service was started:",
        "threadkeep keys create --scope admin",
    ),
    (
        "Send a first request. THREADKEEP_URL is the address of this page, without a slash at its end:",
        'curl -H "Authorization: Bearer $THREADKEEP_API_KEY" "$THREADKEEP_URL/v1/users"',
    ),
    ("Ask the database itself:", "threadkeep mongosh"),
)
_POLICY = b"default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_HEADERS = [(b"content-security-policy", _POLICY), (b"vary", b"accept")]
_METHODS = ("GET", "HEAD")


def _page() -> bytes:
    links = "".join(f'<dt><a href="{path}">{name}</a></dt><dd>{text}</dd>' for path, name, text in _LINKS)
    commands = "".join(f"<p>{escape(text)}</p><pre>{escape(command)}</pre>" for text, command in _COMMANDS)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Threadkeep</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_STYLE}</style></head><body><main><h1>Threadkeep</h1>"
        "<p>This service stores conversations with AI assistants: users, threads and messages.</p>"
        f"<dl>{links}</dl><h2>First steps</h2>{commands}<small>Version {__version__}</small></main></body></html>\n"
    ).encode()


class LandingPage:
    """ASGI middleware: answers browsers at `/`. All other requests, and clients that ask for JSON, go on."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._page = _page()

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Serve the page, or pass the request on."""
        if (
            scope["type"] != "http"
            or scope["path"] != "/"
            or scope["method"] not in _METHODS
            or not _asks_for_html(scope)
        ):
            return self._app(scope, receive, send)
        return send_bytes(send, 200, self._page, _HEADERS, media_type=b"text/html; charset=utf-8")


def _asks_for_html(scope: Scope) -> bool:
    """Whether the client names HTML, and does not prefer JSON. Browsers name HTML; `*/*` alone does not."""
    accept = header(scope, b"accept") or b""
    weights = dict(map(_weight, accept.lower().split(b",")))
    html = weights.get(b"text/html", 0.0)
    return html > 0 and html >= weights.get(b"application/json", 0.0)


def _weight(media_range: bytes) -> tuple[bytes, float]:
    """A media type and its quality value, which is 1 if none is given, and 0 if it is no number."""
    media_type, *parameters = (part.strip() for part in media_range.split(b";"))
    for parameter in parameters:
        if parameter.startswith(b"q="):
            try:
                return media_type, float(parameter[2:])
            except ValueError:
                return media_type, 0.0
    return media_type, 1.0
