"""Read messages: one, a page, a whole history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic

from typing_extensions import TypeVar

from ..errors import MessageNotFound, ThreadNotFound, TooLarge, UnknownCursor
from ..inputs import MessageQuery
from ..inputs.values import json_size
from ..records import MessageRecord, Page
from ..records.message import PROJECTION
from .appends.batches import visible
from .chat_format import formatted_history
from .driver_errors import translates_driver_errors
from .paging.message_pages import read_page
from .rights import require
from .service import Service, validate_input, without_none

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from ..documents import MessageRow, ThreadRow
    from ..inputs import Order

LONGEST_HISTORY = 64 * 1024 * 1024

R = TypeVar("R", bound=dict[str, Any], default=MessageRecord)


class MessageQueries(Service, Generic[R]):
    """The verbs of `MessageService` that change nothing."""

    _render: Callable[[MessageRow], R] = staticmethod(MessageRecord.of)  # type: ignore[assignment]

    @translates_driver_errors
    async def get_message(self, message_id: str, *, thread_id: str | None = None) -> R:
        """Return one message; with `thread_id`, only if it belongs to that thread."""
        row, _ = await self._readable(message_id, thread_id)
        return self._render(row)

    async def list_messages(
        self,
        thread_id: str,
        limit: int | None = None,
        *,
        after: str | None = None,
        before: str | None = None,
        order: Order = "asc",
        run_id: str | None = None,
        role: str | None = None,
        sender_id: str | None = None,
    ) -> Page[R]:
        """The messages of a thread by their number, oldest first; all of them unless `limit` (1 to 1,000) says less.

        Fewer than `limit`, with `has_more`, where they would be larger than 16 MiB together.

        `after` and `before` name a message, which may have been deleted since (for thirty days): `after` alone goes on
        behind it in the given order, `before` alone gives the messages next to it on its other side, both together what is
        strictly between. A page costs the same anywhere in a history of any length; filters by `role` may have to look at
        more. Raises `UnknownCursor` for a cursor of another thread.
        """
        query = without_none(after=after, before=before, order=order, run_id=run_id, role=role, sender_id=sender_id)
        query["limit"] = self._runtime.limits.max_page if limit is None else limit
        page = await self.page(thread_id, validate_input(MessageQuery, query, self._runtime.limits))
        if limit is None and (after or not before):
            while page.has_more:
                query["after"] = page.last_id
                following = await self.page(thread_id, validate_input(MessageQuery, query, self._runtime.limits))
                page.extend(following)
                page.has_more, page.next_cursor = following.has_more, following.next_cursor
        return page

    @translates_driver_errors
    async def page(self, thread_id: str, query: MessageQuery) -> Page[R]:
        """`list_messages` for a query that is validated already."""
        thread = await self._readable_thread(thread_id)
        try:
            rows, has_more, gaps = await read_page(self._documents, thread_id, thread["last_seq"], query)
        except UnknownCursor:
            await self._living_thread(thread_id)
            raise
        if gaps:  # deleted one by one, or with the thread since it was looked at: then nothing of it is shown
            await self._living_thread(thread_id)
        page = Page([self._render(row) for row in rows], has_more=has_more, limit=query.limit)
        backwards = query.before is not None and query.after is None
        page.next_cursor = (page.first_id if backwards else page.last_id) if has_more else None
        return page

    async def iter_messages(self, thread_id: str, **filters: Any) -> AsyncIterator[R]:
        """All messages of a thread, page by page; takes what `list_messages` takes, `limit` being the size of a page.

        `before` without `after` is one page: the messages next to it.
        """
        filters.setdefault("limit", self._runtime.limits.max_page)
        one_page = filters.get("before") and not filters.get("after")
        while True:
            page = await self.list_messages(thread_id, **filters)
            for record in page:
                yield record
            if not page.has_more or one_page:
                return
            filters["after"] = page.last_id

    async def get_formatted_messages(self, thread_id: str) -> list[dict[str, Any]]:
        """The whole history as a chat-completions call wants it: `role`, `content`, and what tools need.

        Raises `TooLarge` beyond 64 MiB of messages as JSON, which no model takes and which would have to be held in memory.
        """
        records: list[R] = []
        room = LONGEST_HISTORY
        async for record in self.iter_messages(thread_id):
            room -= json_size(record)
            if room < 0:
                raise TooLarge("history", LONGEST_HISTORY)
            records.append(record)
        return formatted_history(records)

    async def _readable_thread(self, thread_id: str) -> ThreadRow:
        thread = await self._living_thread(thread_id)
        self._require("read this thread", thread)
        return thread

    async def _readable(self, message_id: str, thread_id: str | None) -> tuple[MessageRow, ThreadRow]:
        is_id = isinstance(message_id, str)  # anything else could be taken for an operator
        row = await self._documents.fast_messages.find_one({"_id": message_id}, PROJECTION) if is_id else None
        if row is not None and not await visible(self._documents, [row]):
            row = None
        if row is None or (thread_id is not None and row["thread_id"] != thread_id):
            if thread_id is not None:
                await self._readable_thread(thread_id)
            raise MessageNotFound(message_id)
        try:
            return row, await self._readable_thread(row["thread_id"])
        except ThreadNotFound:
            raise MessageNotFound(message_id) from None

    def _require(self, action: Any, thread: ThreadRow, row: MessageRow | None = None) -> None:
        require(
            self._caller,
            action,
            owner_id=thread["owner_id"],
            participant_ids=thread["participant_ids"],
            sender_id=None if row is None else row["sender_id"],
        )
