"""The tools and resources. Each call has the rights of its API key, as in the native HTTP API."""

from __future__ import annotations

import json
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Literal

from mcp.server.mcpserver import Context, MCPServer, ResourceSecurity
from mcp.server.mcpserver.exceptions import ResourceError, ResourceNotFoundError, ToolError
from pydantic import Field

from .._version import __version__
from ..errors import NotFound, ThreadkeepError
from .names import in_thread, threads_of_user
from .strict_tools import strict_tool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ..records import MessageRecord, Page, ThreadRecord
    from .keys import ClientsOfKeys

_INSTRUCTIONS = (
    "Conversations with AI assistants: threads of messages. Search threads by metadata, read them, append to them."
)
_SHOWN = ("id", "external_id", "meta_data", "message_count", "participant_ids", "created_at", "last_active_at")

Limit = Annotated[int, Field(ge=1, le=100, description="The most entries to return.")]
Cursor = Annotated[str | None, Field(description="`next_cursor` of the page before.")]
ThreadId = Annotated[
    str, Field(description="The id of a thread, such as `thread_…`, or its external id: its name in the application.")
]
Participant = Annotated[
    str | None, Field(description="Only the threads of this user: the user's id, such as `user_…`, or external id.")
]


def mcp_server(clients: ClientsOfKeys) -> MCPServer[Any]:
    """The server with its tools and resources. `clients` gives each request the client of its API key."""
    server: MCPServer[Any] = MCPServer(
        "threadkeep",
        version=__version__,
        instructions=_INSTRUCTIONS,
        tools=[*map(strict_tool, (*_reading(clients), *_writing(clients)))],
        log_level="WARNING",  # at INFO, the SDK logs each HTTP request, and errors, which quote texts of the caller
    )
    _add_resources(server, clients)
    return server


def _reading(clients: ClientsOfKeys) -> list[Callable[..., Any]]:
    async def list_threads(
        context: Context[Any, Any], participant: Participant = None, limit: Limit = 20, after: Cursor = None
    ) -> str:
        """List threads, the most recently active first: all that the API key may read, or those of one user."""
        with _refusals():
            client = clients.client_for(context.headers)
            if participant is not None:
                return _page(await threads_of_user(client, participant, limit, after))
            return _page(await client.thread_service.find_threads(limit=limit, after=after))

    async def search_threads(
        context: Context[Any, Any],
        meta_data: Annotated[dict[str, Any], Field(description='Keys with exact values, such as {"topic": "travel"}.')],
        limit: Limit = 20,
        after: Cursor = None,
    ) -> str:
        """Find the threads whose metadata has each of these keys with exactly this value."""
        with _refusals():
            threads = clients.client_for(context.headers).thread_service
            return _page(await threads.find_threads(meta_data=meta_data, limit=limit, after=after))

    async def read_thread(
        context: Context[Any, Any], thread_id: ThreadId, limit: Limit = 50, before: str | None = None
    ) -> str:
        """Read the newest messages of a thread, oldest first. `before` is the id of a message: read those before it.

        `thread_id` is the thread's id or external id.
        """
        with _refusals():
            client = clients.client_for(context.headers)
            read = partial(client.message_service.list_messages, limit=limit, order="desc", after=before)
            found = await in_thread(client, thread_id, read)
            return _json({"messages": [_message(record) for record in reversed(found)], "has_earlier": found.has_more})

    return [list_threads, search_threads, read_thread]


def _writing(clients: ClientsOfKeys) -> list[Callable[..., Any]]:
    async def append_message(
        context: Context[Any, Any],
        thread_id: ThreadId,
        content: Annotated[str, Field(description="The text of the message.")],
        role: Literal["user", "assistant", "system"] = "user",
        client_id: Annotated[str | None, Field(description="A key of your own: the same key is stored once.")] = None,
    ) -> str:
        """Append a message to a thread. It is durable when the answer arrives. `thread_id` is the thread's id or external id."""
        with _refusals():
            client = clients.client_for(context.headers)
            append = partial(client.message_service.create_message, content=content, role=role, client_id=client_id)
            return _json(_message(await in_thread(client, thread_id, append)))

    return [append_message]


def _add_resources(server: MCPServer[Any], clients: ClientsOfKeys) -> None:
    any_text = ResourceSecurity(exempt_params={"user_id", "thread_id"})  # an external id such as `a/../b` is no path

    @server.resource("threadkeep://users/{user_id}/threads", mime_type="application/json", security=any_text)
    async def threads(user_id: str, context: Context[Any, Any]) -> str:
        """The 20 most recently active threads of a user, by the user's id or external id (percent-encoded)."""
        with _refusals(ResourceError):
            return _page(await threads_of_user(clients.client_for(context.headers), user_id, 20))

    @server.resource("threadkeep://threads/{thread_id}", mime_type="application/json", security=any_text)
    async def thread(thread_id: str, context: Context[Any, Any]) -> str:
        """A thread with its newest 100 messages, oldest first, by its id or external id (percent-encoded)."""
        with _refusals(ResourceError):
            client = clients.client_for(context.headers)
            record = await in_thread(client, thread_id, client.thread_service.get_thread)
            found = await client.message_service.list_messages(record.id, 100, order="desc")
            return _json({**_thread(record), "messages": [_message(one) for one in reversed(found)]})


@contextmanager
def _refusals(kind: type[ToolError | ResourceError] = ToolError) -> Iterator[None]:
    """Word the errors of the service for the model that reads them."""
    try:
        yield
    except NotFound as error:
        raise (ResourceNotFoundError if kind is ResourceError else kind)(str(error)) from error
    except ThreadkeepError as error:
        raise kind(str(error)) from error


def _page(page: Page[ThreadRecord]) -> str:
    return _json(
        {"threads": [_thread(record) for record in page], "next_cursor": page.next_cursor if page.has_more else None}
    )


def _thread(record: ThreadRecord) -> dict[str, Any]:
    return {name: record[name] for name in _SHOWN if record.get(name) is not None}


def _message(record: MessageRecord) -> dict[str, Any]:
    names = (
        "id",
        "seq",
        "role",
        "type",
        "content",
        "tool_calls",
        "tool_call_id",
        "sender_id",
        "assistant_id",
        "created_at",
    )
    shown = {name: record[name] for name in names if record.get(name) is not None}
    return {name: value for name, value in shown.items() if (name, value) != ("type", "message")}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
