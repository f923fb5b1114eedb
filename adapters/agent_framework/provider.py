"""The history provider."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from agent_framework import Content, HistoryProvider, Message

from .. import rows
from ..histories import Own, grouped, said_by_others
from ..outcomes import outcome_of
from ..sources import json_text
from ..threads import SessionThread, external_id_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...context import Piece
    from ...inputs import MessageInput
    from ...records import MessageRecord, Page
    from ..histories import Said
    from ..stores import Store

_NAME = "agent_framework"
_ROLES = frozenset({"user", "assistant", "system", "developer"})
_LONGEST_KEY = 200


class ThreadkeepHistoryProvider(HistoryProvider):
    """The history of an agent's sessions, kept as threads that every other framework can read.

    The external id of a thread is the `session_id`. Messages come back equal to those that were saved. A message whose
    `message_id` is stored already is not stored again, and neither is the beginning of a transcript that is sent whole.
    """

    def __init__(
        self, store: Store, *, user_id: str | None = None, source_id: str = "threadkeep", **options: Any
    ) -> None:
        """`store` is a `Threadkeep` or an `AsyncClient`. New threads get the participant `user_id`.

        `options` are those of `HistoryProvider`, such as `store_inputs`.
        """
        super().__init__(source_id, **options)
        self._store = store
        self._user_id = user_id

    async def get_messages(
        self,
        session_id: str | None,
        *,
        state: dict[str, Any] | None = None,  # noqa: ARG002 - the history is in the store
        **kwargs: Any,  # noqa: ARG002 - for other providers
    ) -> list[Message]:
        """The messages of a session, oldest first. Any framework or API may have written them."""
        return _messages(await self._thread(session_id).records())

    async def save_messages(
        self,
        session_id: str | None,
        messages: Sequence[Message],
        *,
        state: dict[str, Any] | None = None,  # noqa: ARG002 - the history is in the store
        **kwargs: Any,  # noqa: ARG002 - for other providers
    ) -> None:
        """Append messages: all of them become visible together. A cancelled caller waits for the outcome."""
        if messages:
            await outcome_of(self._save(self._thread(session_id), messages))

    def _thread(self, session_id: str | None) -> SessionThread:
        if session_id is None:
            raise ValueError("session_id: a session needs an id, so that its history is found again")
        return SessionThread(self._store, external_id_of(session_id), user_id=self._user_id)

    async def _save(self, thread: SessionThread, messages: Sequence[Message]) -> None:
        sources = [json.loads(json_text(message.to_dict())) for message in messages]
        known = await self._known_beginning(thread, sources)
        waiting: list[MessageInput] = []
        for message, source in list(zip(messages, sources, strict=True))[known:]:
            key = message.message_id if message.message_id and len(message.message_id) <= _LONGEST_KEY else None
            waiting += rows.rows_of(_NAME, source, _neutral(message), key=key)
        if waiting:
            await thread.append_new(waiting)

    async def _known_beginning(self, thread: SessionThread, sources: list[Any]) -> int:
        """How many of the messages are the whole stored history, because the transcript is sent again."""
        most = 4 * len(sources)

        async def read(thread_id: str) -> list[MessageRecord]:
            page: Page[MessageRecord] = await self._store.message_service.list_messages(
                thread_id, min(most, 1000), order="desc"
            )
            return [] if page.has_more else page[::-1]

        records = await thread.reading(read, list[Any]())
        stored = [group.source for group in grouped(_NAME, records) if isinstance(group, Own)]
        return len(stored) if stored and stored == sources[: len(stored)] else 0


def _neutral(message: Message) -> list[rows.Row]:
    """The rows of a message: reasoning, words, calls and outputs in order. Contents that stand together are one row."""
    found: list[rows.Row] = []
    parts: list[dict[str, Any]] = []
    role = message.role if message.role in _ROLES else "user"

    def words() -> None:
        if parts:
            is_text = len(parts) == 1 and parts[0].keys() == {"type", "text"}
            found.append(rows.words(role, parts[0]["text"] if is_text else list(parts)))
            parts.clear()

    for content in message.contents:
        row = _row(content)
        if row is not None:
            words()
            found.append(row)
        elif (part := _part(content, role)) is not None:
            parts.append(part)
    words()
    return found


def _row(content: Content) -> rows.Row | None:
    if content.type == "function_call" and content.call_id and content.name:
        return rows.call(content.call_id, content.name, {} if content.arguments is None else content.arguments)
    if content.type == "function_result" and content.call_id:
        parts = [part for one in content.items or () if (part := _part(one, "user")) is not None]
        if not parts or all(part.keys() == {"type", "text"} for part in parts):
            text = content.result if isinstance(content.result, str) else json_text(content.result)
            return rows.output(content.call_id, text)
        return rows.output(content.call_id, parts)
    if content.type == "text_reasoning":
        return rows.reasoning(content.text or "")
    return None


def _part(content: Content, role: str) -> dict[str, Any] | None:
    if content.type == "text" and content.text is not None:
        return {"type": "output_text" if role == "assistant" else "input_text", "text": content.text}
    if content.type in ("uri", "data") and isinstance(content.uri, str):
        if str(content.media_type).startswith("image/"):
            return {"type": "input_image", "image_url": content.uri}
        return {"type": "input_file", "file_data" if content.type == "data" else "file_url": content.uri}
    return None


def _messages(records: list[MessageRecord]) -> list[Message]:
    found: list[Message] = []
    for group in grouped(_NAME, records):
        if isinstance(group, Own):
            found.append(Message.from_dict(group.source))
            continue
        last: Message | None = None
        for said in said_by_others(group.records):
            role = {"call": "assistant", "reasoning": "assistant", "output": "tool", "developer": "system"}.get(
                said.kind, said.kind
            )
            continues = last is not None and last.role == role and said.kind in ("call", "output")
            if last is not None and continues:
                last.contents.extend(_contents(said))
            else:
                last = Message(role, _contents(said), message_id=said.record.id)
                found.append(last)
    return found


def _contents(said: Said) -> list[Content]:
    if said.kind == "call":
        return [Content.from_function_call(said.call_id, said.name, arguments=said.arguments)]
    if said.kind == "output":
        contents = [_content(piece) for piece in said.pieces]
        is_text = all(content.type == "text" for content in contents)
        return [Content.from_function_result(said.call_id, result=said.text if is_text else contents)]
    if said.kind == "reasoning":
        return [Content.from_text_reasoning(text=said.text)]
    return [_content(piece) for piece in said.pieces]


def _content(piece: Piece) -> Content:
    url = piece.fields.get("url") if piece.kind == "image" else None
    if url is None:
        return Content.from_text(piece.text)
    kind = url.removeprefix("data:").partition(";")[0] if url.startswith("data:") else "image/png"
    return Content.from_uri(url, media_type=kind)
