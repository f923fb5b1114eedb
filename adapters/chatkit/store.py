"""The store."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

from chatkit.store import NotFoundError
from chatkit.store import Store as ChatKitStore
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata
from pydantic import TypeAdapter

from ...errors import InvalidInput, MessageNotFound, PreconditionFailed, ThreadNotFound, UnknownCursor
from ..outcomes import outcome_of
from ..rows import restored, rows_of, storable, without_half_characters
from ..threads import external_id_of
from .items import (
    NAME,
    is_another,
    key_beside,
    neutral,
    output_key,
    output_row,
    source_in,
    source_of,
)
from .pages import ItemPages

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...inputs import MessageInput
    from ...records import MessageRecord, ThreadRecord
    from ..stores import Store

TContext = TypeVar("TContext")
_ATTACHMENT = "chatkit.attachment"
_ATTACHMENTS: TypeAdapter[Attachment] = TypeAdapter(Attachment)


class ThreadkeepStore(ChatKitStore[TContext]):
    """The threads of ChatKit, kept as threads that every other framework can read.

    The external id of a thread is ChatKit's `thread.id`. With `user_of`, the user of a context is the participant of new
    threads, and sees these threads only. Items come back equal to those that were saved. Attachments are log threads.
    """

    def __init__(self, store: Store, *, user_of: Callable[[TContext], str | None] = lambda _: None) -> None:
        """`store` is a `Threadkeep` or an `AsyncClient`. `user_of` returns the id of the Threadkeep user of a context."""
        self._store = store
        self._user_of = user_of

    async def load_thread(self, thread_id: str, context: TContext) -> ThreadMetadata:
        """The metadata of a thread. Raises `NotFoundError`."""
        return _metadata(await self._thread(thread_id, context))

    async def save_thread(self, thread: ThreadMetadata, context: TContext) -> None:
        """Create a thread, or replace its metadata."""
        await outcome_of(self._save_thread(thread, context))

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: TContext
    ) -> Page[ThreadItem]:
        """A page of the items of a thread. Messages of other programs are items too.

        `after` is an item, or the end of a page. The page is empty if the thread does not exist, or belongs to others.
        """
        try:
            thread = await self._thread(thread_id, context)
        except NotFoundError:
            return Page()
        return await ItemPages(self._store, thread.id, thread_id).page(after, limit, order)

    async def load_threads(self, limit: int, after: str | None, order: str, context: TContext) -> Page[ThreadMetadata]:
        """A page of the threads of the context's user, in the order of their creation.

        `after` is a thread, or the end of a page. The end of a page stays valid if its thread is deleted. Raises
        `NotFoundError` for an unknown `after`.
        """
        cursor = None if after is None else await self._thread_cursor(after, context)
        try:
            found = await self._store.thread_service.find_threads(
                participant=self._user_of(context),
                meta_data={"framework": NAME},
                sort="created",
                order="asc" if order == "asc" else "desc",
                limit=limit,
                after=cursor,
            )
        except UnknownCursor:
            raise NotFoundError(f"{after} does not exist.") from None
        after = found.next_cursor if found.has_more else None
        return Page(data=[_metadata(thread) for thread in found], has_more=found.has_more, after=after)

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: TContext) -> None:
        """Append an item. It replaces a stored item with the same id and the same creation time.

        An item with the id of an older one, but with another creation time, stands beside it. The Agents SDK gives one id
        to all answers of chat completions.
        """
        await outcome_of(self._save_item(thread_id, item, context, is_new=True))

    async def save_item(self, thread_id: str, item: ThreadItem, context: TContext) -> None:
        """Replace the item that has this id, or append the item. Among several with this id, the creation time decides."""
        await outcome_of(self._save_item(thread_id, item, context, is_new=False))

    async def load_item(self, thread_id: str, item_id: str, context: TContext) -> ThreadItem:
        """One item. Raises `NotFoundError`."""
        thread = await self._thread(thread_id, context)
        item = await ItemPages(self._store, thread.id, thread_id).item(item_id)
        if item is not None:
            return item
        raise NotFoundError(f"Item {item_id} of thread {thread_id} does not exist.")

    async def delete_thread(self, thread_id: str, context: TContext) -> None:
        """Delete a thread with its items. Nothing happens if there is none."""
        await outcome_of(self._delete_thread(thread_id, context))

    async def delete_thread_item(self, thread_id: str, item_id: str, context: TContext) -> None:
        """Delete an item. Nothing happens if there is none."""
        await outcome_of(self._delete_item(thread_id, item_id, context))

    async def save_attachment(self, attachment: Attachment, context: TContext) -> None:
        """Create an attachment, or replace its metadata."""
        user_id = self._user_of(context)
        kept = storable(_ATTACHMENTS.dump_python(attachment, mode="json"))
        meta_data = {"kind": "log", "framework": _ATTACHMENT, "attachment": kept}
        participants = [] if user_id is None else [user_id]
        threads = self._store.thread_service
        thread = await threads.ensure_thread(_attachment_name(attachment.id), participants, meta_data)
        self._require(thread, context, attachment.id)
        if thread.meta_data != meta_data:
            await threads.update_metadata(thread.id, meta_data)

    async def load_attachment(self, attachment_id: str, context: TContext) -> Attachment:
        """The metadata of an attachment. Raises `NotFoundError`."""
        thread = await self._by_name(_attachment_name(attachment_id), attachment_id, context)
        return _ATTACHMENTS.validate_python(restored(thread.meta_data["attachment"]))

    async def delete_attachment(self, attachment_id: str, context: TContext) -> None:
        """Delete the metadata of an attachment. Nothing happens if there is none."""
        try:
            thread = await self._by_name(_attachment_name(attachment_id), attachment_id, context)
            await self._store.thread_service.delete_thread(thread.id)
        except (NotFoundError, ThreadNotFound):
            return

    async def _thread(self, thread_id: str, context: TContext) -> ThreadRecord:
        return await self._by_name(external_id_of(thread_id), thread_id, context)

    async def _thread_cursor(self, after: str, context: TContext) -> str:
        try:
            return (await self._thread(after, context)).id
        except NotFoundError:
            if external_id_of(after) != after:  # an empty text or half a character is no cursor
                raise
            return after

    async def _by_name(self, external_id: str, name: str, context: TContext) -> ThreadRecord:
        try:
            thread = await self._store.thread_service.get_thread_by_external_id(external_id)
        except (ThreadNotFound, InvalidInput):
            raise NotFoundError(f"{name} does not exist.") from None
        self._require(thread, context, name)
        return thread

    def _require(self, thread: ThreadRecord, context: TContext, name: str) -> None:
        """Raise `NotFoundError` if the user of the context is no participant of the thread."""
        user_id = self._user_of(context)
        if user_id is not None and user_id not in thread.participant_ids:
            raise NotFoundError(f"{name} does not exist.")

    async def _save_thread(self, thread: ThreadMetadata, context: TContext) -> None:
        user_id = self._user_of(context)
        fields = ThreadMetadata.model_validate(thread.model_dump(include=set(ThreadMetadata.model_fields)))
        meta_data: dict[str, Any] = {"framework": NAME, NAME: storable(fields.model_dump(mode="json"))}
        if thread.title is not None:
            meta_data["topic"] = without_half_characters(thread.title)
        participants = [] if user_id is None else [user_id]
        threads = self._store.thread_service
        stored = await threads.ensure_thread(external_id_of(thread.id), participants, meta_data)
        self._require(stored, context, thread.id)
        if any(stored.meta_data.get(name) != value for name, value in meta_data.items()):
            await threads.update_thread(stored.id, meta_data=meta_data)

    async def _save_item(self, thread_id: str, item: ThreadItem, context: TContext, *, is_new: bool) -> None:
        thread = await self._thread(thread_id, context)
        key, record = await self._place(thread.id, item, is_new=is_new)
        [row] = rows_of(NAME, source_of(item), neutral(item), key=key, kind=item.type)
        output = output_row(item, key)
        if record is None:
            new: list[Any] = [row] if output is None else [row, output]
            await self._store.message_service.create_messages(thread.id, new)
            return
        await self._replace(record, row)
        if output is not None:
            await self._append_output(thread.id, output)

    async def _place(self, thread_id: str, item: ThreadItem, *, is_new: bool) -> tuple[str, MessageRecord | None]:
        """The `client_id` of an item, and its message if it is stored."""
        key = external_id_of(item.id)
        record = await self._record(thread_id, key)
        if record is None or not is_another(item, record):
            return key, record
        beside = key_beside(item)
        found = await self._record(thread_id, beside)
        return (key, record) if found is None and not is_new else (beside, found)

    async def _replace(self, record: MessageRecord, row: MessageInput) -> None:
        """Change a stored item. If its type or role changed and newer messages exist, it moves to the end of the thread."""
        if (record.get("item") or {}) == row.get("item") and record.content == row.get("content", record.content):
            return
        kind = row.get("type", "message")
        if kind == record.type and row.get("role", record.role) == record.role:
            content = row.get("content") if kind == "message" else None
            await self._store.message_service.update_message(record.id, content=content, item=row.get("item"))
        elif not await self._replace_newest(record, row):
            await self._store.message_service.delete_message(record.id)
            await self._store.message_service.create_messages(record.thread_id, [row])

    async def _replace_newest(self, record: MessageRecord, row: MessageInput) -> bool:
        """Replace the newest message by a row, in one step. Returns False if there are newer messages."""
        try:
            await self._store.message_service.replace_messages(
                record.thread_id, record.seq - 1, [row], expected_seq=record.seq
            )
        except PreconditionFailed:
            return False
        return True

    async def _append_output(self, thread_id: str, output: dict[str, Any]) -> None:
        messages = self._store.message_service
        found = await messages.list_messages(thread_id, 1, client_id=output["client_id"])
        if not found:
            await messages.create_messages(thread_id, [output])  # type: ignore[list-item]  # a row
        elif found[0].content != output["content"]:
            await messages.update_message(found[0].id, content=output["content"], item=output["item"])

    async def _record(self, thread_id: str, key: str) -> MessageRecord | None:
        found = await self._store.message_service.list_messages(thread_id, 1, client_id=key)
        return found[0] if found else None

    async def _delete_thread(self, thread_id: str, context: TContext) -> None:
        try:
            thread = await self._thread(thread_id, context)
            await self._store.thread_service.delete_thread(thread.id)
        except (NotFoundError, ThreadNotFound):
            return

    async def _delete_item(self, thread_id: str, item_id: str, context: TContext) -> None:
        try:
            thread = await self._thread(thread_id, context)
        except NotFoundError:
            return
        records = await self._store.message_service.list_messages(thread.id)
        doomed = [record for record in records if (source_in(record) or {}).get("id") == item_id]
        keys = {output_key(str(record.get("client_id"))) for record in doomed}
        outputs = [record for record in records if record.get("client_id") in keys]
        for record in outputs + doomed:  # the items last: until then, a retry finds them
            with suppress(MessageNotFound):
                await self._store.message_service.delete_message(record.id)


def _metadata(thread: ThreadRecord) -> ThreadMetadata:
    """The metadata of a thread. If another program created it, ChatKit's creation time is that of the thread."""
    kept = thread.meta_data.get(NAME)
    if isinstance(kept, dict):
        return ThreadMetadata.model_validate(restored(kept))
    title = thread.meta_data.get("topic")
    return ThreadMetadata(
        id=thread.external_id or thread.id,
        title=title if isinstance(title, str) and title else None,
        created_at=thread.created_at_datetime,
    )


def _attachment_name(attachment_id: str) -> str:
    return external_id_of("chatkit", "attachment", attachment_id)
