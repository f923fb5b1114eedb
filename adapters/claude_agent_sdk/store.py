"""The session store."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from claude_agent_sdk import SessionStore, fold_session_summary

from ...errors import InvalidInput, PreconditionFailed, ThreadNotFound
from ..histories import Own, grouped, said_by_others
from ..rows import batches_of, rows_of
from ..threads import SessionThread, external_id_of, storable_name
from . import entries as claude_entries

if TYPE_CHECKING:
    from collections.abc import Callable

    from claude_agent_sdk.types import (
        SessionKey,
        SessionListSubkeysKey,
        SessionStoreEntry,
        SessionStoreListEntry,
        SessionSummaryEntry,
    )

    from ...inputs import MessageInput
    from ...records import MessageRecord, ThreadRecord
    from ..stores import Store

NAME = "claude_agent_sdk"


class ThreadkeepSessionStore(SessionStore):
    """The transcripts of the Claude Agent SDK, kept as threads that every other framework can read.

    The external id of a session's thread is `project_key/session_id`, with `/` in a name as `%2F`. The transcript of a
    subagent is a log thread, which lists of people's threads leave out. Entries come back equal to those that were
    appended. An entry whose `uuid` is stored already is not stored again.
    """

    def __init__(
        self, store: Store, *, user_id: str | None = None, external_id: Callable[[str, str], str] = external_id_of
    ) -> None:
        """`store` is a `Threadkeep` or an `AsyncClient`. New threads get the participant `user_id`.

        `external_id` gives a session another external id: a function of the project key and the session id.
        """
        self._store = store
        self._user_id = user_id
        self._external_id = external_id

    async def append(self, key: SessionKey, entries: list[SessionStoreEntry]) -> None:
        """Append entries in this order."""
        thread = self._thread(key)
        for batch in batches_of(_rows_of_entries(entries, is_log=bool(key.get("subpath")))):
            await thread.append_new(batch)

    async def load(self, key: SessionKey) -> list[SessionStoreEntry] | None:
        """All entries, or None if the session was never written. Messages of other programs become entries too."""
        records = await self._thread(key).records()
        return _entries_of(records, key["session_id"]) or None

    async def list_sessions(self, project_key: str) -> list[SessionStoreListEntry]:
        """The sessions of a project, with the milliseconds at which the database stored their last entries."""
        return [
            {"session_id": thread.meta_data["session_id"], "mtime": thread.last_active_at_ms}
            for thread in await self._threads(_of_project(project_key))
        ]

    async def list_session_summaries(self, project_key: str) -> list[SessionSummaryEntry]:
        """The summaries of all sessions of a project. Entries that came since the last call are folded in now."""
        return [await self._summary(thread) for thread in await self._threads(_of_project(project_key))]

    async def delete(self, key: SessionKey) -> None:
        """Delete a session with the transcripts of its subagents, or one of these transcripts."""
        if not key.get("subpath"):
            for thread in await self._threads(_of_session(key)):
                await self._delete(thread.id)
        await self._thread(key).delete()

    async def list_subkeys(self, key: SessionListSubkeysKey) -> list[str]:
        """The paths of the transcripts of a session's subagents."""
        return [thread.meta_data["subpath"] for thread in await self._threads(_of_session(key)) if thread.message_count]

    def _thread(self, key: SessionKey) -> SessionThread:
        subpath = key.get("subpath")
        if subpath:
            meta_data = {**_of_session(key), "subpath": storable_name(subpath)}
            external_id = external_id_of(key["project_key"], key["session_id"], subpath)
            session = self._thread({"project_key": key["project_key"], "session_id": key["session_id"]})
            return SessionThread(self._store, external_id, user_id=self._user_id, meta_data=meta_data, beside=session)
        meta_data = {**_of_project(key["project_key"]), "session_id": storable_name(key["session_id"])}
        external_id = self._external_id(key["project_key"], key["session_id"])
        return SessionThread(self._store, external_id, user_id=self._user_id, meta_data=meta_data)

    async def _threads(self, meta_data: dict[str, Any]) -> list[ThreadRecord]:
        found = self._store.thread_service.iter_threads(meta_data=meta_data, sort="created")
        return [thread async for thread in found if thread.message_count]

    async def _summary(self, thread: ThreadRecord) -> SessionSummaryEntry:
        kept = thread.meta_data.get(NAME) or {}
        key = cast("SessionKey", {"project_key": "", "session_id": thread.meta_data["session_id"]})
        summary: SessionSummaryEntry = {"session_id": key["session_id"], "mtime": 0, "data": kept.get("data", {})}
        if kept.get("seq") != thread.last_seq:
            records = await self._store.message_service.list_messages(thread.id, after=kept.get("last"))
            summary = fold_session_summary(summary, key, _entries_of(records, key["session_id"]))
            if records:
                news = {"data": summary["data"], "seq": thread.last_seq, "last": records[-1].id}
                await self._keep_summary(thread, news)
        return {**summary, "mtime": thread.last_active_at_ms}

    async def _keep_summary(self, thread: ThreadRecord, summary: dict[str, Any]) -> None:
        try:
            await self._store.thread_service.update_thread(
                thread.id, meta_data={NAME: summary}, expected_revision=thread.revision
            )
        except (PreconditionFailed, ThreadNotFound, InvalidInput):
            return  # the next call folds again

    async def _delete(self, thread_id: str) -> None:
        try:
            await self._store.thread_service.delete_thread(thread_id)
        except ThreadNotFound:
            return


def _of_project(project_key: str) -> dict[str, Any]:
    return {"framework": NAME, "project_key": storable_name(project_key)}


def _of_session(key: SessionKey | SessionListSubkeysKey) -> dict[str, Any]:
    """The metadata of the transcripts of a session's subagents."""
    return {"framework": NAME, "kind": "log", "subagents_of": external_id_of(key["project_key"], key["session_id"])}


def _rows_of_entries(entries: list[SessionStoreEntry], *, is_log: bool) -> list[list[MessageInput]]:
    """The rows of each entry. In a log, all of them are bookkeeping, so that analytics do not count them."""
    seen = set[str]()
    found = []
    for entry in entries:
        key = entry.get("uuid")
        if isinstance(key, str) and key:
            if key in seen:
                continue
            seen.add(key)
        found.append(
            rows_of(
                NAME,
                entry,
                [] if is_log else claude_entries.neutral(dict(entry)),
                key=external_id_of(key) if isinstance(key, str) and key else None,
                kind=str(entry.get("type", "entry")),
            )
        )
    return found


def _entries_of(records: list[MessageRecord], session_id: str) -> list[SessionStoreEntry]:
    """The entries in stored messages. Messages of other programs are linked to the entry before them."""
    found: list[Any] = []
    parent: str | None = None
    for group in grouped(NAME, records):
        entries: list[Any] = [group.source] if isinstance(group, Own) else []
        if not isinstance(group, Own):
            for record, message in claude_entries.messages(said_by_others(group.records)):
                entries.append(_entry(record, message, session_id, parent))
                parent = entries[-1]["uuid"]
        found += entries
        if entries and isinstance(entries[-1], dict):
            parent = entries[-1].get("uuid") or parent
    return found


def _entry(record: MessageRecord, message: dict[str, Any], session_id: str, parent: str | None) -> dict[str, Any]:
    moment = datetime.fromtimestamp(record.created_at_ms / 1000, UTC)
    kind = "assistant" if message["role"] == "assistant" else "user"
    name = f"{record.id}/{kind}/{message['content']!r}"
    return {
        "type": kind,
        "uuid": str(uuid.uuid5(uuid.NAMESPACE_OID, name)),
        "parentUuid": parent,
        "sessionId": session_id,
        "isSidechain": False,
        "userType": "external",
        "timestamp": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "message": message,
    }
