"""The services over the `openai` SDK. Calls that the SDK does not have go through Threadkeep's own client.

Writes, pages and deletions go through the SDK. The stored documents are then read through the native API, because tests
compare numbers and senders, which the OpenAI API does not show.
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

_MAX_LIMIT = 100
_TOO_LARGE = 413


class OpenAIServices:
    """The services of both clients: the SDK if it has the call, the native client otherwise."""

    def __init__(self, native: AsyncClient, sdk: AsyncOpenAI) -> None:
        self.user_service: Any = native.user_service
        self.key_service: Any = native.key_service
        self.thread_service: Any = _Threads(native.thread_service, sdk)
        self.message_service: Any = _Messages(native.message_service, sdk)


class _Service:
    def __init__(self, native: Any, sdk: AsyncOpenAI) -> None:
        self._native = native
        self._sdk = sdk

    def __getattr__(self, name: str) -> Any:
        return getattr(self._native, name)


class _Threads(_Service):
    async def create_thread(self, *args: Any, **options: Any) -> ThreadRecord:
        metadata = options.get("meta_data")
        if args or set(options) != {"meta_data"} or not _is_metadata(metadata):
            return await self._native.create_thread(*args, **options)  # type: ignore[no-any-return]
        thread = await self._sdk.beta.threads.create(metadata=metadata)
        return await self._native.get_thread(thread.id)  # type: ignore[no-any-return]

    async def get_thread(self, thread_id: str) -> ThreadRecord:
        try:
            await self._sdk.beta.threads.retrieve(thread_id)
        except APIStatusError as error:
            _raise_as_threadkeep_error(error, thread_id=thread_id)
        return await self._native.get_thread(thread_id)  # type: ignore[no-any-return]

    async def delete_thread(self, thread_id: str) -> Deleted:
        try:
            deleted = await self._sdk.beta.threads.delete(thread_id)
        except APIStatusError as error:
            _raise_as_threadkeep_error(error, thread_id=thread_id)
        return Deleted(deleted.to_dict())


class _Messages(_Service):
    async def create_message(
        self, thread_id: str, content: Any = "", role: Any = "user", **options: Any
    ) -> MessageRecord:
        metadata = options.pop("meta_data", None)
        if options or not isinstance(content, str) or role not in ("user", "assistant") or not _is_metadata(metadata):
            if metadata is not None:
                options["meta_data"] = metadata
            return await self._native.create_message(thread_id, content, role, **options)  # type: ignore[no-any-return]
        try:
            message = await self._sdk.beta.threads.messages.create(
                thread_id, role=role, content=content, metadata=metadata
            )
        except APIStatusError as error:
            _raise_as_threadkeep_error(error, thread_id=thread_id)
        try:
            return await self._native.get_message(message.id)  # type: ignore[no-any-return]
        except MessageNotFound:  # the thread was deleted after the message was created
            raise ThreadNotFound(thread_id) from None

    async def delete_message(self, message_id: str, *, thread_id: str | None = None) -> Deleted:
        thread_id = thread_id or (await self._native.get_message(message_id))["thread_id"]
        try:
            deleted = await self._sdk.beta.threads.messages.delete(message_id, thread_id=thread_id)
        except APIStatusError as error:
            _raise_as_threadkeep_error(error, thread_id=thread_id, message_id=message_id)
        return Deleted(deleted.to_dict())

    async def list_messages(self, thread_id: str, limit: int | None = None, **options: Any) -> Page[MessageRecord]:
        if not _is_page(limit, options):
            return await self._native.list_messages(thread_id, limit, **options)  # type: ignore[no-any-return]
        try:
            page = await self._sdk.beta.threads.messages.list(thread_id, **_query(limit, options))
        except APIStatusError as error:
            _raise_as_threadkeep_error(error, thread_id=thread_id, cursors=options)
        records = [await self._native.get_message(message.id) for message in page.data]
        assert page.has_more is not None
        next_index = 0 if options.get("before") and not options.get("after") else -1
        return Page(records, has_more=page.has_more, next_cursor=records[next_index]["id"] if page.has_more else None)

    async def iter_messages(self, thread_id: str, **options: Any) -> AsyncIterator[MessageRecord]:
        limit = options.pop("limit", None)
        if not _is_page(limit, options):
            async for message in self._native.iter_messages(thread_id, **options | ({"limit": limit} if limit else {})):
                yield message
            return
        try:
            async for message in self._sdk.beta.threads.messages.list(thread_id, **_query(limit, options)):
                yield await self._native.get_message(message.id)
        except APIStatusError as error:
            _raise_as_threadkeep_error(error, thread_id=thread_id, cursors=options)


def _is_metadata(value: Any) -> bool:
    if not isinstance(value, dict):
        return value is None
    return len(value) <= 16 and all(
        isinstance(text, str) and len(text) <= 512 and len(key) <= 64 for key, text in value.items()
    )


def _is_page(limit: int | None, options: dict[str, Any]) -> bool:
    only_native = limit is None or _MAX_LIMIT < limit <= _MAX_LIMIT * 10
    return not only_native and options.keys() <= {"after", "before", "order", "run_id"}


def _query(limit: int | None, options: dict[str, Any]) -> dict[str, Any]:
    query = {"order": "asc", "limit": limit, **options}
    return {name: value for name, value in query.items() if value is not None}


def _raise_as_threadkeep_error(
    error: APIStatusError, *, thread_id: str, message_id: str = "", cursors: Any = None
) -> NoReturn:
    """Raise the error of `threadkeep.errors` that the OpenAI API has rendered."""
    if isinstance(error, NotFoundError):
        translated = MessageNotFound(message_id) if "No message" in error.message else ThreadNotFound(thread_id)
        raise translated from error
    if error.status_code == _TOO_LARGE:
        raise TooLarge(str(error.param), 0) from error
    if isinstance(error, BadRequestError):
        if error.param in ("after", "before") and error.code == "invalid_value":
            raise UnknownCursor(error.param, cursors[error.param]) from error
        raise InvalidInput.at(str(error.param), error.message) from error
    raise error
