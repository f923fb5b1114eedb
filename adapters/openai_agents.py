"""Threadkeep as the session memory of the OpenAI Agents SDK (`pip install 'threadkeep[openai-agents]'`)."""

from __future__ import annotations

import asyncio
import random
from itertools import count
from typing import TYPE_CHECKING, Any

from ..errors import MessageNotFound, MissingExtra, PreconditionFailed
from ..history import ITEM_KINDS, call_of_item
from .histories import Own, Said, grouped, own_item, said_by_others
from .outcomes import outcome_of
from .queues import queue_of
from .removal import cut_from
from .rows import plain_row, rows_of, words
from .threads import SessionThread, external_id_of

try:
    from agents.memory.session_settings import SessionSettings, coerce_session_settings, resolve_session_limit
except ImportError as error:
    raise MissingExtra("This adapter", "openai-agents", error.name) from error

if TYPE_CHECKING:
    from agents.items import TResponseInputItem

    from ..context import Piece
    from ..inputs import MessageInput
    from ..records import MessageRecord, Page
    from .stores import Store

Item = dict[str, Any]
_NAME = "openai_agents"
_CALLS = ("function_call", "custom_tool_call")
_ROLES = frozenset({"user", "assistant", "system", "developer"})
_PAGE = 1000
_LOOKED_AT = 4
"""The messages that a pop reads at once. The newest of them nearly always has an item."""
_PAUSE_SECONDS, _MOST_PAUSES = 0.02, 25
"""With each try of a pop, the longest pause before the next one grows by this time, at most this often."""


class ThreadkeepSession:
    """The history of one session of `agents.Runner`, kept as a thread that every other framework can read.

    `session_id` is the external id of the thread. The thread is created with the first items, once, however many processes
    write first. The items come back equal to those that were added, ids included. Items that others wrote are read too.
    """

    session_id: str
    session_settings: SessionSettings | None

    def __init__(
        self,
        session_id: str,
        store: Store,
        *,
        user_id: str | None = None,
        thread_id: str | None = None,
        session_settings: SessionSettings | dict[str, Any] | None = None,
    ) -> None:
        """`store` is a `Threadkeep` or an `AsyncClient`. A new thread gets the participant `user_id`.

        With `thread_id`, the session is this thread, which must exist. `session_settings` may limit the items that are read.
        """
        self.session_id = session_id
        self.session_settings = (
            SessionSettings() if session_settings is None else coerce_session_settings(session_settings)
        )
        self._store = store
        self._thread = SessionThread(store, external_id_of(session_id), user_id=user_id, thread_id=thread_id)

    async def get_items(self, limit: int | None = None) -> list[TResponseInputItem]:
        """The newest `limit` items, oldest first, or all of them. The limit may also come from `session_settings`."""
        most = resolve_session_limit(limit, self.session_settings)
        if most is not None and most <= 0:
            return []
        if most is None:
            return _items_of(await self._thread.records())

        async def read(thread_id: str) -> list[MessageRecord]:
            return await self._newest(thread_id, most)

        return _items_of(await self._thread.reading(read, []))[-most:]

    async def add_items(self, items: list[TResponseInputItem]) -> None:
        """Append the items: all of them become visible together, or none. At most 1,000 items.

        A cancelled caller waits until the write has succeeded or failed.
        """
        if items:
            rows = [row for item in items for row in _rows_of_item(item)]
            await outcome_of(self._thread.append(rows))

    async def pop_item(self) -> TResponseInputItem | None:
        """Remove the newest item and return it, or return None if there is none. Two callers never get the same item.

        Bookkeeping of other frameworks behind the item is removed with it, at once.
        """
        return await outcome_of(self._pop_next())

    async def clear_session(self) -> None:
        """Remove all items, and the thread with them. The next item begins a new thread."""
        await outcome_of(self._thread.delete())

    async def _newest(self, thread_id: str, most: int) -> list[MessageRecord]:
        """At least the messages of the newest `most` items, oldest first."""
        records: list[MessageRecord] = []
        page: Page[MessageRecord] | None = None
        while page is None or (page.has_more and len(_items_of(records[::-1])) < most):
            after = None if page is None else page.next_cursor
            page = await self._store.message_service.list_messages(
                thread_id, min(most, _PAGE), order="desc", after=after
            )
            records += page
        return records[::-1]

    async def _pop_next(self) -> TResponseInputItem | None:
        async with queue_of(self._store, self.session_id):
            return await self._thread.reading(self._pop, None)

    async def _pop(self, thread_id: str) -> TResponseInputItem | None:
        for tries in count():
            await asyncio.sleep(random.uniform(0, _PAUSE_SECONDS * min(tries, _MOST_PAUSES)))  # noqa: S311 - spreads the load
            thread = await self._store.thread_service.get_thread(thread_id)
            newest = await self._newest_with_items(thread_id)
            if newest is None:
                return None
            items = _items_of([newest])
            is_whole = len(items) == 1
            if await (cut_from(self._store, thread, newest) if is_whole else self._remove_last_call(newest)):
                return items[-1]
        raise AssertionError

    async def _newest_with_items(self, thread_id: str) -> MessageRecord | None:
        """The newest message that holds an item, or None. Bookkeeping of other frameworks may stand behind it."""
        page: Page[MessageRecord] | None = None
        while page is None or page.has_more:
            after = None if page is None else page.next_cursor
            page = await self._store.message_service.list_messages(thread_id, _LOOKED_AT, order="desc", after=after)
            for record in page:
                if _items_of([record]):
                    return record
        return None

    async def _remove_last_call(self, record: MessageRecord) -> bool:
        """Remove the last call of a message that another program wrote with words and calls."""
        calls = record.tool_calls[:-1]
        try:
            await self._store.message_service.update_message(
                record.id, tool_calls=calls, expected_revision=record.revision
            )
        except (MessageNotFound, PreconditionFailed):
            return False
        return True


def _rows_of_item(item: TResponseInputItem | Item) -> list[MessageInput]:
    source: Any = item
    row = _neutral(source) if isinstance(source, dict) else None
    if row is None:
        kind = source.get("type") if isinstance(source, dict) else None
        return rows_of(_NAME, source, [], kind=kind if isinstance(kind, str) and kind.isascii() else "item")
    if _shown(row) == source and _is_given_back(row) and (plain := plain_row(row)) is not None:
        return [plain]
    return rows_of(_NAME, source, [row], kind=str(source.get("type", "item")))


def _neutral(item: Item) -> Item | None:
    """The row of an item, or None if it has a form that other readers do not know."""
    kind = item.get("type", "message")
    if kind == "message" and item.get("role") in _ROLES:
        content = item.get("content")
        if isinstance(content, str) or (isinstance(content, list) and all(isinstance(part, dict) for part in content)):
            return words(item["role"], _plain(content), item.get("status"))
        return None
    if not isinstance(kind, str) or kind not in ITEM_KINDS:
        return None
    return {"type": kind, "item": item}


def _plain(content: str | list[Item]) -> str | list[Item]:
    """The content as a text, if it is only a text. The source keeps the other fields of the part."""
    if len(content) == 1 and isinstance(content[0], dict) and content[0].get("type") in ("input_text", "output_text"):
        text = content[0].get("text")
        return text if isinstance(text, str) else content
    return content


def _is_given_back(row: Item) -> bool:
    """Whether readers find the item in the row. They cannot show a call without a name or an id."""
    return row.get("type") not in _CALLS or call_of_item(row["type"], row["item"]) is not None


def _shown(row: Item) -> Item:
    """The item that is read from a row without a source."""
    if "item" in row:
        return {"type": row["type"], **row["item"]}
    return {"role": row["role"], "content": row["content"]}


def _items_of(records: list[MessageRecord]) -> list[TResponseInputItem]:
    found: list[Any] = []
    for group in grouped(_NAME, records):
        if isinstance(group, Own):
            found.append(group.source)
        else:
            found += [item for record in group.records for item in _foreign_items(record)]
    return found


def _foreign_items(record: MessageRecord) -> list[Item]:
    """The items in a message without a source. Items of OpenAI are given back as they were sent."""
    if record.type in ITEM_KINDS:
        item = own_item(record)
        if record.type in _CALLS and call_of_item(record.type, item) is None:
            return []
        return [{"type": record.type, **item}]
    if record.type != "message":
        return []
    if record.role in _ROLES and "tool_calls" not in record and not own_item(record) and not _has_odd_parts(record):
        return [{"role": record.role, "content": record.content}]
    return [_item_of(said) for said in said_by_others([record])]


def _has_odd_parts(record: MessageRecord) -> bool:
    known = ("input_text", "input_image", "input_file", "output_text", "refusal")
    return isinstance(record.content, list) and any(part.get("type") not in known for part in record.content)


def _item_of(said: Said) -> Item:
    if said.kind == "call":
        return {"type": "function_call", "call_id": said.call_id, "name": said.name, "arguments": said.arguments}
    if said.kind == "output":
        return {"type": "function_call_output", "call_id": said.call_id, "output": _content(said.pieces)}
    content = said.text if said.kind == "assistant" else _content(said.pieces)
    return {"role": said.kind, "content": content}


def _content(pieces: list[Piece]) -> str | list[Item]:
    if len(pieces) == 1 and pieces[0].kind == "text":
        return pieces[0].text
    return [_part(piece) for piece in pieces]


def _part(piece: Piece) -> Item:
    fields = piece.fields
    if piece.kind == "image":
        where = {"image_url": fields["url"]} if "url" in fields else {"file_id": fields["file_id"]}
        return {"type": "input_image", "detail": fields.get("detail", "auto"), **where}
    if piece.kind == "file":
        return {"type": "input_file", **fields}
    return {"type": "input_text", "text": piece.text}
