"""State that several sessions share: one log thread for an app, and one for a user of an app."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...errors import PreconditionFailed
from ..histories import Own, grouped
from ..rows import rows_of
from ..threads import SessionThread, external_id_of, storable_name
from .events import NAME

if TYPE_CHECKING:
    from ...inputs import MessageInput
    from ...records import MessageRecord
    from ..stores import Store

STATE = "google_adk.state"


def state_rows(
    state: dict[str, Any], fields: dict[str, Any] | None = None, *, key: str | None = None
) -> list[MessageInput]:
    """A message with a whole state. The newest such message of a thread is its current state."""
    [row] = rows_of(NAME, {**(fields or {}), "state": state}, [], key=key, kind="state")
    row["sender_id"] = STATE
    return [row]


def state_in(record: MessageRecord) -> dict[str, Any]:
    """The content of a message of `state_rows`: `state`, and the other fields."""
    [group] = grouped(NAME, [record])
    return group.source if isinstance(group, Own) else {"state": {}}


async def newest_state(store: Store, thread: SessionThread) -> dict[str, Any] | None:
    """The content of the newest message of `state_rows` in a thread. None if there is no such message."""

    async def read(thread_id: str) -> list[MessageRecord]:
        return await store.message_service.list_messages(thread_id, 1, order="desc", sender_id=STATE)

    found = await thread.reading(read, list["MessageRecord"]())
    return state_in(found[0]) if found else None


class SharedState:
    """The state of an app, or of a user of an app, in a log thread."""

    def __init__(self, store: Store, app_name: str, user_id: str | None, participant: str | None) -> None:
        self._store = store
        names = ("google_adk", "app", app_name) if user_id is None else ("google_adk", "user", app_name, user_id)
        meta_data = {"kind": "log", "framework": NAME, "state_of": storable_name(app_name)}
        self._thread = SessionThread(store, external_id_of(*names), user_id=participant, meta_data=meta_data)

    async def read(self) -> dict[str, Any]:
        """The state."""
        found = await newest_state(self._store, self._thread)
        return {} if found is None else dict(found["state"])

    async def merge(self, delta: dict[str, Any], key: str) -> None:
        """Set the keys of `delta`. Merging again with the same `key` changes nothing."""

        async def write(thread_id: str) -> bool:
            thread = await self._store.thread_service.get_thread(thread_id)
            newest = await self._store.message_service.list_messages(thread.id, 1, order="desc")
            state = state_in(newest[0])["state"] if newest else {}
            row = state_rows({**state, **delta}, key=key)
            try:
                await self._store.message_service.create_messages(thread.id, row, expected_seq=thread.last_seq)
            except PreconditionFailed:  # perhaps another session changed the state in between
                return bool(await self._store.message_service.list_messages(thread.id, 1, client_id=key))
            return True

        while delta and not await self._thread.writing(write):
            continue
