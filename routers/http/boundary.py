"""Middleware around one API surface: authenticates each request and renders errors in the format of that API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from starlette.requests import ClientDisconnect

from ...errors import ThreadkeepError, Unavailable
from ...log_events import log_events
from .authentication import SERVICES, Authentication
from .not_found import MethodNotAllowed
from .route import send_json

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_log = log_events("threadkeep.http")


class ErrorRenderer(Protocol):
    """How a door words an error: the status, the JSON, and headers."""

    def __call__(self, error: ThreadkeepError) -> tuple[int, object, list[tuple[bytes, bytes]]]:
        """Status, JSON and headers."""


class InternalError(ThreadkeepError):
    """A fault of ours; what exactly stands in the log, under the request's id."""

    def __init__(self) -> None:
        super().__init__("Something went wrong on our side.")


class ErrorBoundary:
    """ASGI middleware around a door: no path behind it is served without a key, but for the public ones."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        renderer: ErrorRenderer,
        public: frozenset[str] = frozenset(),
        others: tuple[str, ...] = (),
    ) -> None:
        """`others` are the prefixes of doors that stand behind this one and ask for themselves."""
        self._app = app
        self._renderer = renderer
        self._public = public
        self._others = others

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through with its caller's services in the scope, or refuse it."""
        if scope["type"] != "http" or scope["path"].startswith(self._others):
            await self._app(scope, receive, send)
            return
        started = False

        async def noting_start(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            if not self._is_public(scope["path"]):
                authentication: Authentication = scope["app"].state.authentication
                scope[SERVICES] = await authentication.services_for(scope)
            await self._app(scope, receive, noting_start)
        except ThreadkeepError as error:
            if isinstance(error, Unavailable) and (cause := error.__cause__) is not None:
                # The code alone, as PyMongo keeps it: the words may be the text of messages.
                code = (getattr(cause, "details", None) or {}).get("code")
                _log.warning("unavailable", error=type(cause).__name__, code=code)
            await self._refuse(send, error)
        except ClientDisconnect:
            return
        except Exception as error:  # whatever it was: the client gets an answer in its dialect, and the log the place
            # Whatever it was, the client gets an answer and the process lives on; the text of messages is in neither.
            _log.error("internal_error", method=scope["method"], error=type(error).__name__, exc_info=error)
            if started:
                raise
            await self._refuse(send, InternalError())

    def _is_public(self, path: str) -> bool:
        return path in self._public or path.startswith("/docs/")

    async def _refuse(self, send: Send, error: ThreadkeepError) -> None:
        status, payload, headers = self._renderer(error)
        if isinstance(error, MethodNotAllowed):
            headers.append((b"allow", error.allow.encode()))
        await send_json(send, status, payload, headers)
