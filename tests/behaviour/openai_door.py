"""The OpenAI door as a way in: what the `openai` SDK can say goes through it, the rest through Threadkeep's own client.

Writes, pages and deletions go through the SDK; what it answers is then read natively, so that the specification can look at
numbers and senders, which the SDK does not know.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from openai import APIStatusError, BadRequestError, NotFoundError

from threadkeep.errors import InvalidInput, MessageNotFound, ThreadNotFound, TooLarge, UnknownCursor
from threadkeep.records import Deleted, Page

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from openai import AsyncOpenAI

    from threadkeep.client import AsyncClient
    from threadkeep.records import MessageRecord, ThreadRecord

_MOST = 100
_TOO_LARGE = 413


class OpenAIDoor:
    """Both clients as one door."""

    def __init__(self, native: AsyncClient, sdk: AsyncOpenAI) -> None:
        self.user_service: Any = native.user_service
        self.key_service: Any = native.key_service
        self.thread_service: Any = _Threads(native.thread_service, sdk)
        self.message_service: Any = _Messages(native.message_service, sdk)


class _Spoken:
    def __init__(self, native: Any, sdk: AsyncOpenAI) -> None:
        self._native = native
        self._sdk = sdk

    def __getattr__(self, name: str) -> Any:
        return getattr(self._native, name)


class _Threads(_Spoken):
    async def create_thread(self, *args: Any, **said: Any) -> ThreadRecord:
        metadata = said.get("meta_data")
        if args or set(said) != {"meta_data"} or not _is_metadata(metadata):
            return await self._native.create_thread(*args, **said)  # type: ignore[no-any-return]
        thread = await self._sdk.beta.threads.create(metadata=metadata)
        return await self._native.get_thread(thread.id)  # type: ignore[no-any-return]

    async def get_thread(self, thread_id: str) -> ThreadRecord:
        try:
            await self._sdk.beta.threads.retrieve(thread_id)
        except APIStatusError as error:
            _raise_ours(error, thread_id=thread_id)
        return await self._native.get_thread(thread_id)  # type: ignore[no-any-return]

    async def delete_thread(self, thread_id: str) -> Deleted:
        try:
            deleted = await self._sdk.beta.threads.delete(thread_id)
        except APIStatusError as error:
            _raise_ours(error, thread_id=thread_id)
        return Deleted(deleted.to_dict())


class _Messages(_Spoken):
    async def create_message(self, thread_id: str, content: Any = "", role: Any = "user", **said: Any) -> MessageRecord:
        metadata = said.pop("meta_data", None)
        if said or not isinstance(content, str) or role not in ("user", "assistant") or not _is_metadata(metadata):
            if metadata is not None:
                said["meta_data"] = metadata
            return await self._native.create_message(thread_id, content, role, **said)  # type: ignore[no-any-return]
        try:
            message = await self._sdk.beta.threads.messages.create(
                thread_id, role=role, content=content, metadata=metadata
            )
        except APIStatusError as error:
            _raise_ours(error, thread_id=thread_id)
        try:
            return await self._native.get_message(message.id)  # type: ignore[no-any-return]
        except MessageNotFound:  # the thread was deleted since
            raise ThreadNotFound(thread_id) from None

    async def delete_message(self, message_id: str, *, thread_id: str | None = None) -> Deleted:
        thread_id = thread_id or (await self._native.get_message(message_id))["thread_id"]
        try:
            deleted = await self._sdk.beta.threads.messages.delete(message_id, thread_id=thread_id)
        except APIStatusError as error:
            _raise_ours(error, thread_id=thread_id, message_id=message_id)
        return Deleted(deleted.to_dict())

    async def list_messages(self, thread_id: str, limit: int | None = None, **said: Any) -> Page[MessageRecord]:
        if not _is_page(limit, said):
            return await self._native.list_messages(thread_id, limit, **said)  # type: ignore[no-any-return]
        try:
            page = await self._sdk.beta.threads.messages.list(thread_id, **_query(limit, said))
        except APIStatusError as error:
            _raise_ours(error, thread_id=thread_id, cursors=said)
        records = [await self._native.get_message(message.id) for message in page.data]
        assert page.has_more is not None
        onwards = 0 if said.get("before") and not said.get("after") else -1
        return Page(records, has_more=page.has_more, next_cursor=records[onwards]["id"] if page.has_more else None)

    async def iter_messages(self, thread_id: str, **said: Any) -> AsyncIterator[MessageRecord]:
        limit = said.pop("limit", None)
        if not _is_page(limit, said):
            async for message in self._native.iter_messages(thread_id, **said | ({"limit": limit} if limit else {})):
                yield message
            return
        try:
            async for message in self._sdk.beta.threads.messages.list(thread_id, **_query(limit, said)):
                yield await self._native.get_message(message.id)
        except APIStatusError as error:
            _raise_ours(error, thread_id=thread_id, cursors=said)


def _is_metadata(value: Any) -> bool:
    if not isinstance(value, dict):
        return value is None
    return len(value) <= 16 and all(
        isinstance(text, str) and len(text) <= 512 and len(key) <= 64 for key, text in value.items()
    )


def _is_page(limit: int | None, said: dict[str, Any]) -> bool:
    beyond = limit is None or _MOST < limit <= _MOST * 10
    return not beyond and said.keys() <= {"after", "before", "order", "run_id"}


def _query(limit: int | None, said: dict[str, Any]) -> dict[str, Any]:
    query = {"order": "asc", "limit": limit, **said}
    return {name: value for name, value in query.items() if value is not None}


def _raise_ours(error: APIStatusError, *, thread_id: str, message_id: str = "", cursors: Any = None) -> NoReturn:
    """Raise the error of the tree that the door has worded."""
    if isinstance(error, NotFoundError):
        ours = MessageNotFound(message_id) if "No message" in error.message else ThreadNotFound(thread_id)
        raise ours from error
    if error.status_code == _TOO_LARGE:
        raise TooLarge(str(error.param), 0) from error
    if isinstance(error, BadRequestError):
        if error.param in ("after", "before") and error.code == "invalid_value":
            raise UnknownCursor(error.param, cursors[error.param]) from error
        raise InvalidInput.at(str(error.param), error.message) from error
    raise error
