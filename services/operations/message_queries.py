"""Operations that read messages: one message, one page, a whole history."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Generic, cast

from typing_extensions import TypeVar

from ...context import formatted_history
from ...documents import count_elements
from ...errors import MessageNotFound, ThreadNotFound, TooLarge, UnknownCursor
from ...inputs import MessageQuery
from ...records import MESSAGE_PROJECTION, MessageRecord, Page
from ...stored_json import as_json
from ..appends import visible
from ..caller_operations import CallerOperations
from ..deletion import is_hidden, ranges_of
from ..paging import PageSize, message_cursor, read_page
from ..repeats import repeats_read
from ..rights import require
from ..validation import is_id
from .anchors import WINDOW_PROJECTION, first_rows, recalled_rows
from .windows import ThreadReads, read_window

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from ...context import Counter
    from ...documents import MessageRow, ThreadRow
    from ...inputs import ContextQuery
    from ...records import ContextRecord
    from ..caller import Caller
    from ..rights import Action
    from ..runtime import Runtime

R = TypeVar("R", bound=dict[str, Any], default=MessageRecord)


class MessageQueries(CallerOperations, Generic[R]):
    """The operations on messages that change nothing. `render` makes the result of a stored row."""

    def __init__(self, runtime: Runtime, caller: Caller, render: Callable[[MessageRow], R] | None = None) -> None:
        super().__init__(runtime, caller)
        self._render: Callable[[MessageRow], R] = render or cast("Callable[[MessageRow], R]", MessageRecord.of)

    @repeats_read
    async def get(self, message_id: str, *, thread_id: str | None = None) -> R:
        """Return one message; with `thread_id`, only if it belongs to that thread."""
        row, _ = await self._readable(message_id, thread_id)
        return self._render(row)

    @repeats_read
    async def page(self, thread_id: str, query: MessageQuery, *, with_cursors: bool = False) -> Page[R]:
        """Return one page of the messages of a thread by their number.

        If `with_cursors` is set, the page also has the messages that its cursors name, unless they are deleted.
        """
        return await self._page(thread_id, query, lambda: self._readable_thread(thread_id), with_cursors=with_cursors)

    async def _page(
        self,
        thread_id: str,
        query: MessageQuery,
        read_thread: Callable[[], Awaitable[ThreadRow]],
        *,
        with_cursors: bool = False,
        projection: Mapping[str, int] = MESSAGE_PROJECTION,
    ) -> Page[R]:
        size = PageSize(self._runtime.tuning.page_bytes, self._runtime.limits.max_page_elements)
        try:
            found = await read_page(
                self._documents,
                thread_id,
                read_thread,
                query,
                size,
                with_cursors=with_cursors,
                projection=projection,
            )
        except UnknownCursor:
            await self._living_thread(thread_id)
            raise
        next_cursor = None
        if found.has_more and found.rows:
            backwards = query.before is not None and query.after is None
            next_cursor = message_cursor(found.rows[0 if backwards else -1])
        records = [self._render(row) for row in found.rows]
        return Page(records, has_more=found.has_more, next_cursor=next_cursor, limit=query.limit)

    async def formatted(self, thread_id: str) -> list[dict[str, Any]]:
        """Return the whole history in the format of chat completions.

        Raises `TooLarge` above 64 MiB, and above 2,000,000 keys and values.
        """
        limits = self._runtime.limits
        records: list[R] = []
        room = limit = self._runtime.tuning.history_bytes
        elements = most_elements = self._runtime.tuning.history_elements
        query = MessageQuery.model_validate({"limit": limits.max_page}, context=limits)
        while True:
            page = await self.page(thread_id, query)
            room -= sum(len(as_json(record)) for record in page)
            elements -= sum(count_elements(value) for record in page for value in record.values())
            if room < 0:
                raise TooLarge("history", limit)
            if elements < 0:
                raise TooLarge("history", most_elements, "keys and values")
            records += page
            if not page.has_more:
                return await self._runtime.long_work.run(
                    self.caller.owner, records, partial(formatted_history, records)
                )
            query = query.model_copy(update={"after": page.next_cursor})

    async def context(self, thread_id: str, query: ContextQuery, counter: Counter | None = None) -> ContextRecord:
        """Return the window of a thread: its newest turns that fit into the budget. `counter` replaces the named one."""
        rows: MessageQueries[Any] = MessageQueries(self._runtime, self._caller, lambda row: row)
        known: list[ThreadRow] = []

        async def thread() -> ThreadRow:
            if not known:
                known.append(await self._readable_thread(thread_id))
            return known[0]

        @repeats_read
        async def page(wanted: MessageQuery) -> Page[Any]:
            return await rows._page(thread_id, wanted, thread, projection=WINDOW_PROJECTION)

        @repeats_read
        async def first() -> list[MessageRow] | None:
            return await first_rows(self._documents, await thread())

        @repeats_read
        async def recalled() -> list[MessageRow]:
            return await recalled_rows(self._documents, await thread())

        return await read_window(
            ThreadReads(page, first, recalled, self.caller.owner), self._runtime, thread_id, query, counter
        )

    async def _readable_thread(self, thread_id: str) -> ThreadRow:
        thread = await self._living_thread(thread_id)
        self._require("read this thread", thread)
        return thread

    async def _readable(self, message_id: str, thread_id: str | None) -> tuple[MessageRow, ThreadRow]:
        """A message and its thread, if the caller may read them. In a thread, an item also has the id that its writer gave it."""
        row = await self._row({"_id": message_id}) if is_id(message_id) else None
        if row is None and thread_id is not None and is_id(message_id) and is_id(thread_id):
            row = await self._row({"thread_id": thread_id, "item_id": message_id})
        if row is None or (thread_id is not None and row["thread_id"] != thread_id):
            if thread_id is not None:
                await self._readable_thread(thread_id)
            raise MessageNotFound(message_id)
        try:
            thread = await self._readable_thread(row["thread_id"])
        except ThreadNotFound:
            raise MessageNotFound(message_id) from None
        if is_hidden(row["seq"], ranges_of(thread)):
            raise MessageNotFound(message_id)
        return row, thread

    async def _row(self, where: dict[str, Any]) -> MessageRow | None:
        """The visible message that matches."""
        row = await self._documents.fast_messages.find_one(where, MESSAGE_PROJECTION)
        return row if row is not None and await visible(self._documents, [row]) else None

    def _require(self, action: Action, thread: ThreadRow, row: MessageRow | None = None) -> None:
        require(
            self._caller,
            action,
            owner_id=thread["owner_id"],
            participant_ids=thread["participant_ids"],
            sender_id=None if row is None else row["sender_id"],
        )
