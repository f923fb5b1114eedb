"""The history provider."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from agent_framework import HistoryProvider

from ..outcomes import outcome_of
from ..rows import batches_of, rows_of
from ..sources import json_text
from ..threads import SessionThread, external_id_of
from .messages import NAME, neutral, stored_in
from .transcripts import may_contain, names_others, new_in, sent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent_framework import Message

    from ...inputs import MessageInput
    from ...records import MessageRecord
    from ..stores import Store
    from .transcripts import Sent

_LOOKED_AT = 20
"""The number of the newest messages that are read to find out whether a transcript may contain the history."""


class ThreadkeepHistoryProvider(HistoryProvider):
    """The history of an agent's sessions, kept as threads that every other framework can read.

    The external id of a thread is the `session_id`. Messages come back equal to those that were saved. A message whose
    `message_id` is stored already is not stored again. If a program sends a whole transcript, only its new messages are
    stored. If a program changed a message of another program, the changed message is stored beside the original.
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
        return [one.message for one in stored_in(await self._thread(session_id).records())]

    async def save_messages(
        self,
        session_id: str | None,
        messages: Sequence[Message],
        *,
        state: dict[str, Any] | None = None,  # noqa: ARG002 - the history is in the store
        **kwargs: Any,  # noqa: ARG002 - for other providers
    ) -> None:
        """Append the new ones among these messages. They become visible together if one request can hold them.

        A cancelled caller waits for the outcome.
        """
        if messages:
            await outcome_of(self._save(self._thread(session_id), messages))

    def _thread(self, session_id: str | None) -> SessionThread:
        if session_id is None:
            raise ValueError("session_id: a session needs an id, so that its history is found again")
        return SessionThread(self._store, external_id_of(session_id), user_id=self._user_id)

    async def _save(self, thread: SessionThread, messages: Sequence[Message]) -> None:
        compared = [sent(message) for message in messages]
        sources: list[list[MessageInput]] = []
        for index, key in new_in(compared, await self._history(thread, compared)):
            message = messages[index]
            source = json.loads(json_text(message.to_dict()))
            sources.append(rows_of(NAME, source, neutral(message), key=key))
        for batch in batches_of(sources):
            await thread.append_new(batch)

    async def _history(self, thread: SessionThread, messages: Sequence[Sent]) -> Sequence[MessageRecord]:
        """The stored messages if the transcript may contain them, else an empty list. `append_new` still recognises known ids."""
        if names_others(messages):
            return await thread.records()

        async def read(thread_id: str) -> list[MessageRecord]:
            page = await self._store.message_service.list_messages(thread_id, _LOOKED_AT, order="desc")
            if not may_contain(messages, page[::-1]):
                return []
            return await self._store.message_service.list_messages(thread_id) if page.has_more else page[::-1]

        return await thread.reading(read, list["MessageRecord"]())
