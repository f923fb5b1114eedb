"""The stores of two agent frameworks, ours and theirs: the memory of one session, and the state of one graph."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from bson.raw_bson import RawBSONDocument
from pymongo import AsyncMongoClient, MongoClient

from ..seeding import TEXT

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from contextlib import AsyncExitStack

    from ...keep import Threadkeep

TURN: list[Any] = [{"role": role, "content": TEXT} for role in ("user", "assistant")]
_AT_ONCE = 500


class PeerMemory(Protocol):
    """The messages of many sessions. `last` and `pop` are None if the framework has no such call."""

    last: Any
    pop: Any

    async def fill(self, name: str, turns: int) -> None:
        """Create a history of turns of two messages, with all data that the store keeps for each turn."""

    async def add(self, name: str) -> None:
        """Append one turn."""

    async def all(self, name: str) -> Any:
        """All messages."""

    @property
    def stored(self) -> Callable[[], Awaitable[int]]:
        """Returns the bytes of the documents, or of the file."""


class Sessions:
    """The sessions of the OpenAI Agents SDK on one store."""

    def __init__(
        self, session_of: Callable[[str], Any], stored: Callable[[], Awaitable[int]], *, at_once: int = _AT_ONCE
    ) -> None:
        """`at_once` is the number of turns in one call that fills a history. It is 1 if a call makes one document."""
        self._at_once = at_once
        self._session_of = session_of
        self._sessions: dict[str, Any] = {}
        self.stored = stored
        self.last: Any = self._last
        self.pop: Any = self._pop

    def _session(self, name: str) -> Any:
        if name not in self._sessions:
            self._sessions[name] = self._session_of(name)
        return self._sessions[name]

    async def fill(self, name: str, turns: int) -> None:
        """`add_items`, with `at_once` turns in each call."""
        for first in range(0, turns, self._at_once):
            await self._session(name).add_items(TURN * min(self._at_once, turns - first))

    async def add(self, name: str) -> None:
        """`add_items`."""
        await self._session(name).add_items(TURN)

    async def all(self, name: str) -> Any:
        """`get_items`."""
        return await self._session(name).get_items()

    async def _last(self, name: str) -> Any:
        return await self._session(name).get_items(limit=20)

    async def _pop(self, name: str) -> Any:
        return await self._session(name).pop_item()


class Graphs:
    """The states of a graph of LangGraph with one checkpointer. They have no call for the newest messages, and none to pop."""

    def __init__(self, saver: Any, stored: Callable[[], Awaitable[int]]) -> None:
        from langgraph.graph import START, MessagesState, StateGraph  # noqa: PLC0415 - needs the extra

        graph = StateGraph(MessagesState)
        graph.add_node("end", lambda _: {})
        graph.add_edge(START, "end")
        self._graph: Any = graph.compile(checkpointer=saver)
        self.stored = stored
        self.last = self.pop = None

    async def add(self, name: str) -> None:
        """`aupdate_state`: one checkpoint."""
        await self.fill(name, 1)

    async def fill(self, name: str, turns: int) -> None:
        """`aupdate_state` with all messages, because a checkpoint for each turn would take these stores gigabytes."""
        from langchain_core.messages import AIMessage, HumanMessage  # noqa: PLC0415 - needs the extra

        said = [kind(TEXT) for _ in range(turns) for kind in (HumanMessage, AIMessage)]
        await self._graph.aupdate_state(_config(name), {"messages": said})

    async def all(self, name: str) -> Any:
        """`aget_state`."""
        return (await self._graph.aget_state(_config(name))).values["messages"]


def _config(name: str) -> dict[str, Any]:
    return {"configurable": {"thread_id": name}}


async def open_sessions(keep: Threadkeep, url: str, folder: str, exits: AsyncExitStack) -> dict[str, PeerMemory]:
    """The sessions of the OpenAI Agents SDK on each store."""
    from agents.extensions.memory import MongoDBSession  # noqa: PLC0415 - needs the extra
    from agents.memory import SQLiteSession  # noqa: PLC0415 - needs the extra

    from ...adapters.openai_agents import ThreadkeepSession  # noqa: PLC0415 - needs the extra

    client = await exits.enter_async_context(AsyncMongoClient[Any](url))
    path = Path(folder, "sessions.sqlite")
    return {
        "Threadkeep": Sessions(lambda name: ThreadkeepSession(name, keep), lambda: _in_mongodb(url, keep_name(keep))),
        "MongoDBSession": Sessions(
            lambda name: MongoDBSession(name, client=client, database="bench-sessions"),
            lambda: _in_mongodb(url, "bench-sessions"),
            at_once=1,
        ),
        "SQLiteSession": Sessions(lambda name: SQLiteSession(name, path), lambda: _in_file(path)),
    }


async def open_graphs(keep: Threadkeep, url: str, folder: str, exits: AsyncExitStack) -> dict[str, PeerMemory]:
    """The graphs of LangGraph on each store."""
    from langgraph.checkpoint.mongodb import MongoDBSaver  # noqa: PLC0415 - needs the extra
    from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver  # noqa: PLC0415 - needs the extra

    from ...adapters.langgraph import ThreadkeepSaver  # noqa: PLC0415 - needs the extra

    client = exits.enter_context(MongoClient[Any](url))
    path = Path(folder, "graphs.sqlite")
    sqlite = await exits.enter_async_context(AsyncSqliteSaver.from_conn_string(str(path)))
    return {
        "Threadkeep": Graphs(ThreadkeepSaver(keep), lambda: _in_mongodb(url, keep_name(keep))),
        "MongoDBSaver": Graphs(MongoDBSaver(client, "bench-graphs"), lambda: _in_mongodb(url, "bench-graphs")),
        "AsyncSqliteSaver": Graphs(sqlite, lambda: _in_file(path)),
    }


def keep_name(keep: Threadkeep) -> str:
    """The name of the database of a Threadkeep."""
    return keep.runtime.documents.database.name


async def _in_mongodb(url: str, database: str) -> int:
    """The bytes of all documents of a database, without its indexes."""
    async with AsyncMongoClient[RawBSONDocument](url, document_class=RawBSONDocument) as client:
        return sum([size async for size in _sizes(client, database)])


async def _sizes(client: AsyncMongoClient[RawBSONDocument], database: str) -> AsyncIterator[int]:
    for name in await client[database].list_collection_names():
        async for row in client[database][name].find():
            yield len(row.raw)


async def _in_file(path: Path) -> int:
    """The bytes of a database of SQLite, with its indexes and its log."""
    return sum(part.stat().st_size for part in path.parent.glob(f"{path.name}*"))
