"""The session service."""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING, Any, TypeVar

from google.adk.errors._stale_session_error import StaleSessionError
from google.adk.errors.already_exists_error import AlreadyExistsError
from google.adk.errors.session_not_found_error import SessionNotFoundError
from google.adk.events import EventActions
from google.adk.sessions import BaseSessionService, Session
from google.adk.sessions._session_util import extract_state_delta
from google.adk.sessions.base_session_service import ListSessionsResponse

from ...errors import ExternalIdTaken, InvalidParticipants, PreconditionFailed, ThreadNotFound
from ..histories import Own, grouped
from ..outcomes import outcome_of
from ..rows import rows_of
from ..threads import SessionThread, external_id_of, storable_name
from .events import NAME, events_of, neutral, source_of
from .state import SharedState, newest_state, state_rows

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from google.adk.events import Event
    from google.adk.sessions.base_session_service import GetSessionConfig

    from ...records import MessageRecord, ThreadRecord
    from ..stores import Store

T = TypeVar("T")
_MOST_ROWS = 100
"""An event has fewer messages than this."""


class ThreadkeepSessionService(BaseSessionService):
    """The sessions of the Agent Development Kit, kept as threads that every other framework can read.

    The external id of a thread is `app_name/user_id/session_id`, with `/` in a name as `%2F`, unless `external_id` gives
    another one. The user of a session is the Threadkeep user whose external id is `user_id`. The state of apps and users
    is in log threads. A session that somebody else continued is refused with `StaleSessionError`.
    """

    def __init__(
        self,
        store: Store,
        *,
        external_id: Callable[[str, str, str], str] = external_id_of,
        ensures_users: bool = True,
    ) -> None:
        """`store` is a `Threadkeep` or an `AsyncClient`. With `ensures_users=False`, threads have no participants."""
        super().__init__()
        self._store = store
        self._external_id = external_id
        self._ensures_users = ensures_users
        self._participants: dict[str, str] = {}

    async def create_session(
        self, *, app_name: str, user_id: str, state: dict[str, Any] | None = None, session_id: str | None = None
    ) -> Session:
        """Create a session. Raises `AlreadyExistsError` if there is one with this id."""
        return await outcome_of(
            self._create(app_name, user_id, state or {}, (session_id or "").strip() or str(uuid.uuid4()))
        )

    async def get_session(
        self, *, app_name: str, user_id: str, session_id: str, config: GetSessionConfig | None = None
    ) -> Session | None:
        """A session with its events and its merged state, or None. Messages of other programs are events too."""
        thread = self._thread(app_name, user_id, session_id.strip())
        found = await thread.record()
        if found is None:
            return None
        stored = await newest_state(self._store, thread)
        records = await self._records(thread, config)
        events = list(events_of(records))
        last_update = self._last_update(stored, events)
        if config is not None and config.num_recent_events is not None:
            events = events[-config.num_recent_events :] if config.num_recent_events else []
        if config is not None and config.after_timestamp is not None:
            events = [event for event in events if event.timestamp >= config.after_timestamp]
        session = Session(
            id=session_id.strip(),
            app_name=app_name,
            user_id=user_id,
            state=await self._merged(app_name, user_id, (stored or {"state": {}})["state"]),
            events=events,
            last_update_time=last_update,
        )
        session._storage_update_marker = str(max([found.last_seq, *(record.seq for record in records[-1:])]))  # noqa: SLF001 - where services keep what they compare
        return session

    async def list_sessions(self, *, app_name: str, user_id: str | None = None) -> ListSessionsResponse:
        """The sessions of an app, or of a user, without their events. The session that was used last comes last."""
        meta_data = {"framework": NAME, "app_name": storable_name(app_name)}
        if user_id is not None:
            meta_data["user_id"] = storable_name(user_id)
        threads = self._store.thread_service.iter_threads(meta_data=meta_data, order="asc")
        found = [await self._listed(app_name, thread) async for thread in threads]
        found.sort(key=lambda session: session.last_update_time)
        return ListSessionsResponse(sessions=found)

    async def delete_session(self, *, app_name: str, user_id: str, session_id: str) -> None:
        """Delete a session with its events. Nothing happens if there is none."""
        await outcome_of(self._thread(app_name, user_id, session_id.strip()).delete())

    async def get_user_state(self, *, app_name: str, user_id: str) -> dict[str, Any]:
        """The state of a user of an app, with keys without `user:`."""
        return await SharedState(self._store, app_name, user_id, None).read()

    async def append_event(self, session: Session, event: Event) -> Event:
        """Append an event to a session, with the state that it changes. The same event again is stored once."""
        if event.partial:
            return event
        self._apply_temp_state(session, event)
        event = self._trim_temp_delta_state(event)
        await outcome_of(self._append(session, event))
        if not any(known.id == event.id for known in session.events):
            self._commit_event_to_session(session, event)
        session.last_update_time = event.timestamp
        return event

    async def _create(self, app_name: str, user_id: str, state: dict[str, Any], session_id: str) -> Session:
        deltas = _deltas(state)
        moment = time.time()
        external_id = self._external_id(app_name, user_id, session_id)
        rows = state_rows(deltas["session"], {"time": moment})
        meta_data = self._meta_data(app_name, user_id, session_id)

        async def create(participant: str | None) -> ThreadRecord:
            return await self._store.thread_service.create_thread(
                [] if participant is None else [participant], meta_data, messages=rows, external_id=external_id
            )

        try:
            thread = await self._with_participant(user_id, create)
        except ExternalIdTaken:
            raise AlreadyExistsError(f"Session with id {session_id} already exists.") from None
        await self._merge_shared(app_name, user_id, deltas, f"create/{thread.id}")
        session = Session(
            id=session_id,
            app_name=app_name,
            user_id=user_id,
            state=await self._merged(app_name, user_id, deltas["session"]),
            last_update_time=moment,
        )
        session._storage_update_marker = "1"  # noqa: SLF001 - where services keep what they compare
        return session

    async def _append(self, session: Session, event: Event) -> None:
        thread = self._thread(session.app_name, session.user_id, session.id)
        thread_id = await thread.find()
        if thread_id is None:
            raise SessionNotFoundError(f"Session {session.id} not found.")
        deltas = _deltas(event.actions.state_delta if event.actions and event.actions.state_delta else {})
        source = {"event": source_of(event)}
        rows = rows_of(NAME, source, neutral(event), key=external_id_of("event", event.id), kind="event")
        if deltas["session"]:
            stored = await newest_state(self._store, thread)
            state = {**(stored or {"state": {}})["state"], **deltas["session"]}
            rows += state_rows(state, {"time": event.timestamp}, key=external_id_of("state", event.id))
        await self._merge_shared(session.app_name, session.user_id, deltas, external_id_of("event", event.id))
        marker = session._storage_update_marker  # noqa: SLF001 - where services keep what they compare
        try:
            stored_rows = await self._store.message_service.create_messages(
                thread_id, rows, expected_seq=None if marker is None else int(marker)
            )
        except ThreadNotFound:
            raise SessionNotFoundError(f"Session {session.id} not found.") from None
        except PreconditionFailed:
            raise StaleSessionError("The session was continued elsewhere. Get it again.") from None
        [group, *_] = grouped(NAME, stored_rows)
        if not isinstance(group, Own) or group.source != source:
            raise AlreadyExistsError(f"Event {event.id} already exists.")
        session._storage_update_marker = str(stored_rows[-1].seq)  # noqa: SLF001 - where services keep what they compare

    async def _merge_shared(self, app_name: str, user_id: str, deltas: dict[str, dict[str, Any]], key: str) -> None:
        """Change the state of the app and of the user. Call it before the event is stored; a retry changes nothing more."""
        if deltas["app"]:
            await SharedState(self._store, app_name, None, None).merge(deltas["app"], key)
        if deltas["user"]:

            async def merge(participant: str | None) -> None:
                await SharedState(self._store, app_name, user_id, participant).merge(deltas["user"], key)

            await self._with_participant(user_id, merge)

    async def _merged(self, app_name: str, user_id: str, state: dict[str, Any]) -> dict[str, Any]:
        app = await SharedState(self._store, app_name, None, None).read()
        user = await SharedState(self._store, app_name, user_id, None).read()
        return {
            **state,
            **{f"app:{name}": value for name, value in app.items()},
            **{f"user:{name}": value for name, value in user.items()},
        }

    async def _listed(self, app_name: str, record: ThreadRecord) -> Session:
        thread = SessionThread(self._store, "", thread_id=record.id)
        user_id = record.meta_data["user_id"]
        stored = await newest_state(self._store, thread)
        newest = await self._newest_event(record.id)
        return Session(
            id=record.meta_data["session_id"],
            app_name=app_name,
            user_id=user_id,
            state=await self._merged(app_name, user_id, (stored or {"state": {}})["state"]),
            last_update_time=self._last_update(stored, newest),
        )

    async def _newest_event(self, thread_id: str) -> list[Event]:
        """The newest event of a session. Empty if the newest message is a state, which has the time of its event."""
        messages = self._store.message_service
        newest = await messages.list_messages(thread_id, 1, order="desc")
        _, _, number = str(newest[0].get("client_id", "") if newest else "").rpartition("/")
        if number.isdigit() and int(number) < _MOST_ROWS:  # the last of several messages of an event
            newest = await messages.list_messages(thread_id, int(number) + 1, order="desc")
        return list(events_of(newest[::-1]))

    @staticmethod
    def _last_update(stored: dict[str, Any] | None, events: list[Event]) -> float:
        """The time of the newest event. Without events, it is the time of the newest state, or of the creation."""
        return events[-1].timestamp if events else (stored or {}).get("time", 0.0)

    async def _records(self, thread: SessionThread, config: GetSessionConfig | None) -> list[MessageRecord]:
        """The messages of a session: all, or enough of the newest for the events that the config asks for."""
        recent = None if config is None or config.after_timestamp is not None else config.num_recent_events
        if recent is None or recent > 200:  # noqa: PLR2004 - more than a page of ordinary events
            return await thread.records()

        async def read(thread_id: str) -> list[MessageRecord]:
            found = await self._store.message_service.list_messages(thread_id, 4 * recent + 4, order="desc")
            if found.has_more and len(list(events_of(found[::-1]))) <= recent:
                return await self._store.message_service.list_messages(thread_id)
            return found[::-1]

        return await thread.reading(read, list["MessageRecord"]())

    async def _participant(self, user_id: str) -> str | None:
        """The Threadkeep user of this user id. The user is created once."""
        if not self._ensures_users:
            return None
        if user_id not in self._participants:
            user = await self._store.user_service.ensure_user(external_id_of(user_id))
            self._participants[user_id] = user.id
        return self._participants[user_id]

    async def _with_participant(self, user_id: str, write: Callable[[str | None], Awaitable[T]]) -> T:
        """The result of a write for the Threadkeep user of this user id. If the user was erased meanwhile, a new one is created."""
        try:
            return await write(await self._participant(user_id))
        except InvalidParticipants:
            if self._participants.pop(user_id, None) is None:
                raise
            return await write(await self._participant(user_id))

    def _thread(self, app_name: str, user_id: str, session_id: str) -> SessionThread:
        meta_data = self._meta_data(app_name, user_id, session_id)
        return SessionThread(self._store, self._external_id(app_name, user_id, session_id), meta_data=meta_data)

    @staticmethod
    def _meta_data(app_name: str, user_id: str, session_id: str) -> dict[str, str]:
        names = {"app_name": app_name, "user_id": user_id, "session_id": session_id}
        return {"framework": NAME, **{field: storable_name(name) for field, name in names.items()}}


def _deltas(state: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The changes of a state for app, user and session, as JSON. Values that JSON lacks become texts, as in the kit."""
    return extract_state_delta(EventActions(state_delta=state).model_dump(mode="json")["state_delta"])
