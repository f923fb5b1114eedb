"""Middleware around one API surface: authenticates each request and renders errors in the format of that API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from starlette.requests import ClientDisconnect

from ...errors import DatabaseRefused, ThreadkeepError, Unavailable, UnsupportedEncoding
from ...log_events import log_events
from ...services import code_of_cause
from .admission import SLOT
from .authentication import OPERATIONS
from .connection import CONNECTION
from .not_found import MethodNotAllowed
from .responses import send_json

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from .admission import Admission, Slot
    from .authentication import Authentication

_log = log_events("threadkeep.http")


class ErrorRenderer(Protocol):
    """Renders an error in the format of one API."""

    def __call__(self, error: ThreadkeepError) -> tuple[int, object, list[tuple[bytes, bytes]]]:
        """The status, the body as a JSON value, and the headers of the response."""


class InternalError(ThreadkeepError):
    """Threadkeep failed. The log has the exception, with the id of the request."""

    def __init__(self) -> None:
        super().__init__("Something went wrong on our side.")


class ErrorBoundary:
    """ASGI middleware around one API: authenticates each request, and renders each error.

    Only the `public` paths, and the assets of the documentation page, are served without a key.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        renderer: ErrorRenderer,
        public: frozenset[str] = frozenset(),
        others: tuple[str, ...] = (),
    ) -> None:
        """`others` are path prefixes of mounted APIs that have an error boundary of their own."""
        self._app = app
        self._renderer = renderer
        self._public = public
        self._others = others

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the request with the services of its caller in the scope, or answer with an error."""
        if scope["type"] != "http" or scope["path"].startswith(self._others):
            await self._app(scope, receive, send)
            return
        started = False

        async def send_and_note_start(message: Message) -> None:
            nonlocal started
            started = True
            if slot is not None and message["type"] == "http.response.start":
                slot.end_work()
            await send(message)

        slot: Slot | None = None
        try:
            slot = scope[SLOT] = await self._admit(scope)
            await self._app(scope, receive, send_and_note_start)
        except ThreadkeepError as error:
            log_database_error(error)
            await self._refuse(send, error)
        except ClientDisconnect:
            return
        except Exception as error:
            # After any failure the client gets an answer, and the process goes on. Neither the answer nor the log line
            # contains the text of messages.
            _log.error("internal_error", method=scope["method"], error=type(error).__name__, exc_info=error)
            if started:
                raise
            await self._refuse(send, InternalError())
        finally:
            if slot is not None:
                slot.close()

    async def _admit(self, scope: Scope) -> Slot:
        """The admission slot of the request. Public paths need no key, and no slot.

        A request without a valid key gets nothing: no slot, and no memory for its body.
        """
        state = scope["app"].state
        admission: Admission = state.admission
        if self._is_public(scope["path"]):
            return admission.uncounted_slot()
        authentication: Authentication = state.authentication
        operations = scope[OPERATIONS] = await authentication.operations_for(scope)
        if (connection := scope.get(CONNECTION)) is not None:
            connection.is_authenticated = True
            connection.owner = operations.caller.owner
        return await admission.admit(operations.caller)

    def _is_public(self, path: str) -> bool:
        return path in self._public or path.startswith("/docs/")

    async def _refuse(self, send: Send, error: ThreadkeepError) -> None:
        status, payload, headers = self._renderer(error)
        if isinstance(error, MethodNotAllowed):
            headers.append((b"allow", error.allow.encode()))
        if isinstance(error, UnsupportedEncoding):
            headers.append((b"accept-encoding", b"identity"))
        await send_json(send, status, payload, headers)


def log_database_error(error: ThreadkeepError) -> None:
    """Log why the database did not answer, if `error` is the error of a failed database operation."""
    cause = error.__cause__
    if cause is None or not isinstance(error, (Unavailable, DatabaseRefused)):
        return
    # Only the code of the driver's error is logged. Its text may contain the text of messages.
    code = code_of_cause(error)
    if isinstance(error, DatabaseRefused):
        _log.error("database_refused", error=type(cause).__name__, code=code)
    else:
        _log.warning("unavailable", error=type(cause).__name__, code=code)
