"""Pages of items. A message may be several items, so a page may begin and end inside a message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...errors import UnknownCursor
from .views import INNER, render_entry

if TYPE_CHECKING:
    from ...inputs import MessageQuery
    from ...services import Operations

Item = dict[str, Any]
Entry = dict[str, Any]
"""A message with its items, as `render_entry` makes it."""


async def item_page(operations: Operations, conversation_id: str, query: MessageQuery) -> tuple[list[Item], bool]:
    """The items of a page in the order of the query, and whether more follow.

    The messages that the cursors name are read too, because some of their items may lie on the page.
    """
    entries, more = await _entries(operations, conversation_id, query, with_cursors=True)
    items = _between_cursors(entries, query)
    backwards = query.before is not None and query.after is None
    if not items and more and entries:  # the messages of the cursors were so large that they filled the page
        beyond = {"before": entries[0]["id"]} if backwards else {"after": entries[-1]["id"]}
        query = query.model_copy(update=beyond)
        entries, more = await _entries(operations, conversation_id, query, with_cursors=False)
        items = _between_cursors(entries, query)
    has_more = more or len(items) > query.limit
    return (items[-query.limit :] if backwards else items[: query.limit]), has_more


def _between_cursors(entries: list[Entry], query: MessageQuery) -> list[Item]:
    """The items of the messages that lie between the cursors."""
    ascending = query.order == "asc"
    items = [entry["items"] if ascending else entry["items"][::-1] for entry in entries]
    if query.after is not None and entries and _names(entries[0], query.after):
        items[0] = _behind(entries[0], items[0], query.after, words_first=ascending)
    if query.before is not None and entries and _names(entries[-1], query.before):
        items[-1] = _behind(entries[-1], items[-1][::-1], query.before, words_first=not ascending)[::-1]
    return [item for of_entry in items for item in of_entry]


async def _entries(
    operations: Operations, conversation_id: str, query: MessageQuery, *, with_cursors: bool
) -> tuple[list[Entry], bool]:
    """The messages of a page, and whether more follow. With `with_cursors`, also the messages that its cursors name."""
    messages = operations.messages.rendered_by(render_entry)
    cursors = [name for name in ("after", "before") if getattr(query, name) is not None]
    wider = query.model_copy(update={"limit": query.limit + len(cursors)})
    try:
        page = await messages.page(conversation_id, wider, with_cursors=with_cursors)
    except UnknownCursor as error:
        # The id may name one of the items of a message. The message itself may be deleted.
        inner = {name: message_of(getattr(query, name)) for name in cursors if INNER in getattr(query, name)}
        if not inner:
            raise
        try:
            page = await messages.page(conversation_id, wider.model_copy(update=inner), with_cursors=with_cursors)
        except UnknownCursor:
            raise error from None
    return list(page), page.has_more


def message_of(item_id: str) -> str:
    """The id of the message in the id of one of its items."""
    return item_id.rpartition(INNER)[0]


def is_item(item: Item, item_id: str) -> bool:
    """Whether an item has this id, or had it before the other items of its message were deleted."""
    inner = f"{item['id']}{INNER}{item.get('call_id')}"
    return item_id in (item["id"], inner)


def _names(entry: Entry, cursor: str) -> bool:
    """Whether the cursor names the message, or one of its items."""
    return (
        cursor.startswith(f"{entry['id']}{INNER}")
        or cursor == entry["id"]
        or any(is_item(item, cursor) for item in entry["items"])
    )


def _behind(entry: Entry, items: list[Item], cursor: str, *, words_first: bool) -> list[Item]:
    """The items of a message that follow the item that the cursor names.

    The item may be deleted. A caller who deletes while reading has deleted the items before it too, so all others follow.
    """
    for index, item in enumerate(items):
        if is_item(item, cursor):
            return items[index + 1 :]
    were_words = cursor == entry["id"]
    if words_first:
        return items if were_words else [item for item in items if item["type"] != "message"]
    return [] if were_words else items
