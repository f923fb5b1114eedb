"""Reads the items of a thread in pages. A page of items reads about as many messages, however long the history is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatkit.types import ClientToolCallItem, Page, ThreadItem

from ...errors import InvalidInput, MessageNotFound
from ..histories import Own, answers_in, grouped
from ..threads import external_id_of
from .items import NAME, foreign_items, item_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ...records import MessageRecord
    from ..histories import Answers
    from ..stores import Store

_FEWEST, _MOST = 20, 1000
"""The fewest and the most messages of one read."""
_LOOKED_AHEAD = 1000
"""The number of messages behind a page that are searched for the outputs of its calls."""
_BEFORE_NUMBER = "#"


@dataclass(frozen=True, slots=True)
class StoredItem:
    """An item, and the message in which it is stored."""

    item: ThreadItem
    record: MessageRecord
    number: int
    """The index of the item among the items of this message."""
    is_own: bool

    @property
    def cursor(self) -> str:
        """The cursor of a page that ends here. An item's id would not do: items share ids, and a deleted item leaves none."""
        return f"{self.record.id}{_BEFORE_NUMBER}{self.number}"

    @property
    def waits(self) -> bool:
        """Whether the item is a call of another program whose output was not read yet."""
        return not self.is_own and isinstance(self.item, ClientToolCallItem) and self.item.status == "pending"


class ItemPages:
    """The items of one thread."""

    def __init__(self, store: Store, thread_id: str, name: str) -> None:
        """`thread_id` is the id of the stored thread, and `name` is its id in ChatKit."""
        self._store = store
        self._thread_id = thread_id
        self._name = name

    async def page(self, after: str | None, limit: int, order: str) -> Page[ThreadItem]:
        """The items behind `after`, in this order. `after` is the end of another page, or the id of an item.

        The end of a page stays valid if its item is deleted. With an unknown `after`, the page is the first one.
        """
        is_upward = order != "desc"
        cursor, read = (None, []) if after is None else await self._start(after)
        found = self._after(after, self._shown(read, is_upward=is_upward))
        while True:
            page = await self._store.message_service.list_messages(
                self._thread_id,
                min(max(limit + 1, _FEWEST), _MOST),
                order="asc" if is_upward else "desc",
                after=cursor,
            )
            read += page
            found += self._shown(page, is_upward=is_upward)
            if len(found) > limit or not page.has_more:
                break
            cursor = page.next_cursor
        shown = found[:limit]
        items = await self._with_outputs(shown, read if is_upward else read[::-1])
        has_more = len(found) > limit
        return Page(data=items, has_more=has_more, after=shown[-1].cursor if has_more and shown else None)

    async def item(self, item_id: str) -> ThreadItem | None:
        """One item, or None. If several items have this id, it is the oldest of them."""
        record = await self._record_of(item_id)
        read = [] if record is None else [record]
        shown = self._named(item_id, read) or await self._find(item_id)
        return next(iter(await self._with_outputs(shown, [one.record for one in shown])), None)

    def _named(self, item_id: str, records: Iterable[MessageRecord]) -> list[StoredItem]:
        return [one for one in self._shown(records, is_upward=True) if one.item.id == item_id][:1]

    async def _find(self, item_id: str) -> list[StoredItem]:
        """The oldest item with this id in the thread. If another program deleted an older one, a newer one may remain."""
        after = None
        while True:
            page = await self._store.message_service.list_messages(self._thread_id, _MOST, after=after)
            shown = self._named(item_id, page)
            if shown or not page.has_more:
                return shown
            after = page.next_cursor

    def _shown(self, records: Iterable[MessageRecord], *, is_upward: bool) -> list[StoredItem]:
        """The items in these messages, in the same order. Several items of one message stand in the order of the list."""
        found: list[StoredItem] = []
        for record in records:
            items = self._items_of(record, {})
            found += items if is_upward else reversed(items)
        return found

    def _items_of(self, record: MessageRecord, answers: Answers) -> list[StoredItem]:
        [group] = grouped(NAME, [record])
        if isinstance(group, Own):
            return [StoredItem(item_of(group.source), record, 0, is_own=True)]
        items = foreign_items([record], self._name, answers)
        return [StoredItem(item, record, number, is_own=False) for number, item in enumerate(items)]

    def _after(self, after: str | None, found: list[StoredItem]) -> list[StoredItem]:
        """The items that stand behind `after` in the same message."""
        return next((found[index + 1 :] for index, one in enumerate(found) if after in (one.cursor, one.item.id)), [])

    async def _with_outputs(self, shown: list[StoredItem], read: list[MessageRecord]) -> list[ThreadItem]:
        """The items, with the outputs of the calls that other programs wrote. `read` are the messages that were read."""
        waiting = [one for one in shown if one.waits]
        if not waiting:
            return [one.item for one in shown]
        answers = answers_in(read)
        if any(_call_of(one) not in answers for one in waiting):
            ahead = await self._store.message_service.list_messages(
                self._thread_id, _LOOKED_AHEAD, order="asc", after=read[-1].id
            )
            answers = answers_in([*read, *ahead])
        return [self._items_of(one.record, answers)[one.number].item if one.waits else one.item for one in shown]

    async def _start(self, after: str) -> tuple[str | None, list[MessageRecord]]:
        """The id of the message of `after`, and the message unless it was deleted. No id if `after` is unknown."""
        message_id, is_end, _ = after.rpartition(_BEFORE_NUMBER)
        record = (await self._message(message_id) if is_end else None) or await self._record_of(after)
        if record is not None:
            return record.id, [record]
        deleted_id = message_id if is_end else _message_id_in(after)
        try:
            await self._store.message_service.list_messages(self._thread_id, 1, after=deleted_id)
        except InvalidInput:
            return None, []
        return deleted_id, []

    async def _record_of(self, item_id: str) -> MessageRecord | None:
        """The message of an item, by the `client_id` that this store gave it, or by the id of another program's message."""
        messages = self._store.message_service
        found = await messages.list_messages(self._thread_id, 1, client_id=external_id_of(item_id))
        return found[0] if found else await self._message(_message_id_in(item_id))

    async def _message(self, message_id: str) -> MessageRecord | None:
        try:
            return await self._store.message_service.get_message(message_id, thread_id=self._thread_id)
        except (InvalidInput, MessageNotFound):
            return None


def _message_id_in(item_id: str) -> str:
    """The id of the message, from the id of an item that another program wrote."""
    return item_id.partition("~")[0]


def _call_of(shown: StoredItem) -> tuple[str, str]:
    return shown.record.id, shown.item.call_id  # type: ignore[union-attr]  # it waits, so it is a call
