"""Routes that hide threads from callers without the right to read them: the answer is 404, as in OpenAI's API."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from ...errors import Forbidden, MessageNotFound, NotFound, ThreadNotFound
from ..http import OPERATIONS, StrictRoute
from .errors import ConversationNotFound, ItemNotFound

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from ...services import Operations

_HIDDEN = frozenset({"read this thread", "write messages to this thread"})


class ThreadRoute(StrictRoute):
    """A route of threads. It raises `ThreadNotFound` instead of `Forbidden` if the caller may not read the thread."""

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the request."""
        try:
            await super().handle(scope, receive, send)
        except Forbidden as error:
            parameters = scope["path_params"]
            thread_id = parameters.get("thread_id") or parameters.get("conversation_id")
            if thread_id is None or (error.facts["action"] not in _HIDDEN and await _may_read(scope, thread_id)):
                raise
            raise ThreadNotFound(thread_id) from error


class ConversationRoute(ThreadRoute):
    """A route of conversations. It raises `ConversationNotFound` and `ItemNotFound` for missing threads and messages."""

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the request."""
        try:
            await super().handle(scope, receive, send)
        except ThreadNotFound as error:
            raise ConversationNotFound(error.thread_id) from error
        except MessageNotFound as error:
            raise ItemNotFound(error.message_id) from error


async def _may_read(scope: Scope, thread_id: str) -> bool:
    try:
        await cast("Operations", scope[OPERATIONS]).threads.get(thread_id)
    except (Forbidden, NotFound):
        return False
    return True
