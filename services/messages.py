"""Append, read, change and delete messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Unpack

from ..errors import explains_arguments
from ..inputs import (
    ChunkEnd,
    ChunkQuery,
    MessageChanges,
    MessageChunk,
    MessageQuery,
    NewMessage,
    NewMessages,
)
from ..json_values import entries
from .requested_ids import checks_ids
from .turns import Turns
from .validation import expected_counter, validate_input, without_none

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from ..inputs import MessageFilters, MessageInput, Order, Role, Status
    from ..records import Deleted, MessageRecord, Page


@explains_arguments
@checks_ids
class MessageService(Turns):
    """The methods of messages.

    Every method that names a thread or a message raises `ThreadNotFound` or `MessageNotFound` if it does not exist. Every
    method raises `Forbidden` if the caller has no right to it, and `Unavailable` if the database is away. For an invalid
    argument, it raises `InvalidInput`, which names the field and the rule, or `TooLarge` above a limit of size.
    """

    async def create_message(
        self,
        thread_id: str,
        content: str | list[dict[str, Any]] | None = "",
        role: Role | None = None,
        *,
        type: str = "message",  # noqa: A002 - the name of the field
        item: dict[str, Any] | None = None,
        sender_id: str | None = None,
        assistant_id: str | None = None,
        run_id: str | None = None,
        tool_id: str | None = None,
        tool_call_id: str | None = None,
        tool_calls: list[dict[str, Any]] | None = None,
        attachments: list[dict[str, Any]] | None = None,
        status: Status | None = None,
        incomplete_details: dict[str, Any] | None = None,
        meta_data: dict[str, Any] | None = None,
        client_id: str | None = None,
        expected_seq: int | None = None,
    ) -> MessageRecord:
        """Append one message and return it with its number, `seq`. The message is durable when this returns.

        `client_id` makes a retry safe: the same `client_id` in the same thread returns the first message. If `expected_seq`
        is given and is not the number of the thread's newest message, `PreconditionFailed` is raised and nothing is
        written.

        A message of role "user" needs a `sender_id` unless the thread has exactly one participant. Messages of role
        "assistant" and "tool" are complete at once; without a `sender_id` their sender is "assistant" or "tool".

        `type` and `item` store an item, such as a reasoning step or the bookkeeping of a framework (`docs/history.md`). The
        default role is that of the type: "user" for messages. `content` may be None beside `tool_calls` or an item.
        """
        values = without_none(
            role=role,
            type=type,
            item=item,
            sender_id=sender_id,
            assistant_id=assistant_id,
            run_id=run_id,
            tool_id=tool_id,
            tool_call_id=tool_call_id,
            tool_calls=tool_calls,
            attachments=attachments,
            status=status,
            incomplete_details=incomplete_details,
            meta_data=meta_data,
            client_id=client_id,
        )
        values["content"] = content  # None is allowed beside calls and items, and refused otherwise
        expected_seq = expected_counter("expected_seq", expected_seq)
        new = validate_input(NewMessage, values, self._limits)
        return (await self._operations.append(thread_id, [new], expected_seq=expected_seq))[0]

    async def create_messages(
        self, thread_id: str, messages: Sequence[MessageInput], *, expected_seq: int | None = None
    ) -> list[MessageRecord]:
        """Append up to 1,000 messages in this order: all become visible together, with consecutive numbers, or none.

        Each message is a dict of the arguments of `create_message`. `expected_seq` is that of `create_message`.
        """
        expected_seq = expected_counter("expected_seq", expected_seq)
        batch = validate_input(NewMessages, {"messages": entries(messages)}, self._limits)
        return await self._operations.append(thread_id, batch.messages, expected_seq=expected_seq)

    async def append_chunk(
        self,
        thread_id: str,
        content: str,
        role: Role = "assistant",
        *,
        is_last: bool,
        sender_id: str | None = None,
        assistant_id: str | None = None,
        run_id: str | None = None,
        tool_calls: list[dict[str, Any]] | None = None,
        attachments: list[dict[str, Any]] | None = None,
        status: Status | None = None,
        incomplete_details: dict[str, Any] | None = None,
        meta_data: dict[str, Any] | None = None,
    ) -> MessageRecord | None:
        """Add a chunk to an unfinished message. With `is_last`, store all chunks as one message and return it.

        Returns None for a chunk that is not the last. Chunks belong together by API key, thread, run, role, sender and
        assistant, for one day. Raises `TooLarge` if they exceed the limit of a message.

        A chunk may end in the middle of a character, such as an emoji that JSON writes as two escapes. A text that is a JSON
        list of tool calls, as clients of the original service send it, is also stored in `tool_calls`.
        """
        values = without_none(
            role=role,
            sender_id=sender_id,
            assistant_id=assistant_id,
            run_id=run_id,
            tool_calls=tool_calls,
            attachments=attachments,
            status=status,
            incomplete_details=incomplete_details,
            meta_data=meta_data,
        )
        values["content"] = content
        end = validate_input(ChunkEnd, {"is_last": is_last}, self._limits)
        new = validate_input(MessageChunk, values, self._limits)
        return await self._operations.append_chunk(thread_id, new, is_last=end.is_last)

    async def abort_chunks(
        self,
        thread_id: str,
        role: Role = "assistant",
        *,
        sender_id: str | None = None,
        assistant_id: str | None = None,
        run_id: str | None = None,
    ) -> Deleted:
        """Remove the chunks of an unfinished message, if there are any. The next chunk begins a new message.

        The arguments are those of `append_chunk`. To keep the chunks that were sent so far, send a last chunk with
        `content=""` and `status="incomplete"` instead.
        """
        values = without_none(role=role, sender_id=sender_id, assistant_id=assistant_id, run_id=run_id)
        return await self._operations.abort_chunks(thread_id, validate_input(ChunkQuery, values, self._limits))

    async def submit_tool_output(
        self,
        thread_id: str,
        content: str,
        *,
        tool_call_id: str | None = None,
        tool_id: str | None = None,
        assistant_id: str | None = None,
        sender_id: str | None = None,
        attachments: list[dict[str, Any]] | None = None,
        meta_data: dict[str, Any] | None = None,
        client_id: str | None = None,
    ) -> MessageRecord:
        """Append the output of a tool: a message of role "tool". `tool_call_id` names the call that it answers."""
        return await self.create_message(
            thread_id,
            content,
            "tool",
            tool_call_id=tool_call_id,
            tool_id=tool_id,
            assistant_id=assistant_id,
            sender_id=sender_id,
            attachments=attachments,
            meta_data=meta_data,
            client_id=client_id,
        )

    async def get_message(self, message_id: str, *, thread_id: str | None = None) -> MessageRecord:
        """Return one message; with `thread_id`, only if it belongs to that thread."""
        return await self._operations.get(message_id, thread_id=thread_id)

    async def list_messages(
        self,
        thread_id: str,
        limit: int | None = None,
        *,
        after: str | None = None,
        before: str | None = None,
        order: Order = "asc",
        run_id: str | None = None,
        role: Role | None = None,
        sender_id: str | None = None,
        client_id: str | None = None,
    ) -> Page[MessageRecord]:
        """Return the messages of a thread by their number, oldest first unless `order` is "desc".

        Returns at most `limit` messages (1 to 1,000), or all of them if it is not given. A page holds at most 16 MiB: if
        it ends earlier, `has_more` is true.

        `after` and `before` take the id of a message, also of one that was deleted in the last thirty days. `after` alone
        continues behind that message in the given order. `before` alone returns the messages next to it on the other side.
        Both together return the messages strictly between. A cursor of another thread raises `UnknownCursor`.

        A page costs the same at every position in a history of every length. A filter by `role` may have to read more.
        `client_id` finds the one message that has it.
        """
        values = without_none(
            after=after, before=before, order=order, run_id=run_id, role=role, sender_id=sender_id, client_id=client_id
        )
        values["limit"] = self._limits.max_page if limit is None else limit
        page = await self._page(thread_id, values)
        if limit is None and (after or not before):
            while page.has_more:
                values["after"] = page.next_cursor
                following = await self._page(thread_id, values)
                page.extend(following)
                page.has_more, page.next_cursor = following.has_more, following.next_cursor
        return page

    async def iter_messages(self, thread_id: str, **filters: Unpack[MessageFilters]) -> AsyncIterator[MessageRecord]:
        """Iterate over all messages of a thread, page by page. Takes the arguments of `list_messages`.

        `limit` is the size of a page. `before` without `after` gives one page: the messages next to that message.
        """
        filters.setdefault("limit", self._limits.max_page)
        one_page = filters.get("before") and not filters.get("after")
        while True:
            page = await self.list_messages(thread_id, **filters)
            for record in page:
                yield record
            if not page.has_more or one_page:
                return
            filters["after"] = page.next_cursor

    async def update_message(
        self,
        message_id: str,
        *,
        content: str | list[dict[str, Any]] | None = None,
        meta_data: dict[str, Any] | None = None,
        status: Status | None = None,
        role: Role | None = None,
        tool_call_id: str | None = None,
        tool_calls: list[dict[str, Any]] | None = None,
        item: dict[str, Any] | None = None,
        attachments: list[dict[str, Any]] | None = None,
        incomplete_details: dict[str, Any] | None = None,
        run_id: str | None = None,
        assistant_id: str | None = None,
        pinned: bool | None = None,
        expected_revision: int | None = None,
    ) -> MessageRecord:
        """Change a message. Each given field is replaced as a whole. None changes nothing.

        New content, or a new item, changes every field in which the text stands. Raises `InvalidInput` if the text may also
        stand in an `item` that is not given. A new `status` removes the times and the reason of the old one.
        `pinned` says whether all windows of the thread hold the message (`context`); a thread has at most 64 such messages.
        Raises `PreconditionFailed` if `expected_revision` is given and is not the revision of the message.
        """
        values = without_none(
            content=content,
            meta_data=meta_data,
            status=status,
            role=role,
            tool_call_id=tool_call_id,
            tool_calls=tool_calls,
            item=item,
            attachments=attachments,
            incomplete_details=incomplete_details,
            run_id=run_id,
            assistant_id=assistant_id,
            pinned=pinned,
        )
        expected_revision = expected_counter("expected_revision", expected_revision)
        changes = validate_input(MessageChanges, values, self._limits)
        return await self._operations.update(message_id, changes, expected_revision=expected_revision)

    async def delete_message(
        self, message_id: str, *, thread_id: str | None = None, expected_revision: int | None = None
    ) -> Deleted:
        """Delete one message. Its number is never given to another message.

        Cursors that name the message keep working for thirty days. Raises `PreconditionFailed` if `expected_revision` is
        given and is not the revision of the message.
        """
        expected_revision = expected_counter("expected_revision", expected_revision)
        return await self._operations.delete(message_id, thread_id=thread_id, expected_revision=expected_revision)

    async def _page(self, thread_id: str, values: dict[str, Any]) -> Page[MessageRecord]:
        return await self._operations.page(thread_id, validate_input(MessageQuery, values, self._limits))
