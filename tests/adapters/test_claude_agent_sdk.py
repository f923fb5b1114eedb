"""The session store of the Claude Agent SDK: its public suite, transcripts, retries and lone surrogates."""

from __future__ import annotations

import asyncio
import json
import secrets
import uuid
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("claude_agent_sdk")

from claude_agent_sdk import (
    fork_session_via_store,
    get_session_messages_from_store,
    list_sessions_from_store,
    project_key_for_directory,
    rename_session_via_store,
)
from claude_agent_sdk._internal.transcript_mirror_batcher import TranscriptMirrorBatcher
from claude_agent_sdk.testing import run_session_store_conformance

from threadkeep.adapters.claude_agent_sdk import ThreadkeepSessionStore
from threadkeep.errors import InvalidInput

if TYPE_CHECKING:
    from pathlib import Path

    from threadkeep.adapters.stores import Store
    from threadkeep.keep import Threadkeep

KEY: Any = {"project_key": "-home-ada/web", "session_id": "7d1c"}
TRANSCRIPT: Any = [
    {"type": "summary", "summary": "Weather", "leafUuid": "u1"},
    {"type": "user", "uuid": "u1", "parentUuid": None, "message": {"role": "user", "content": "How warm is it in Rome and Oslo?"}},
    {
        "type": "assistant",
        "uuid": "u2",
        "message": {
            "id": "msg_1",
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "Both cities, so two calls at once.", "signature": "EqQB"},
                {"type": "text", "text": "Let me look at both of them."},
                {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {"city": "Rome", "days": 1.0}},
                {"type": "tool_use", "id": "toolu_2", "name": "weather", "input": {"city": "Oslo"}},
            ],
            "usage": {"input_tokens": 3},
        },
    },
    {
        "type": "user",
        "uuid": "u3",
        "message": {
            "role": "user",
            "content": [
                {"type": "tool_result", "tool_use_id": "toolu_1", "content": "22 degrees"},
                {"type": "tool_result", "tool_use_id": "toolu_2", "content": [{"type": "text", "text": "8 degrees"}]},
            ],
        },
        "toolUseResult": {"stdout": "22 degrees"},
    },
    {"type": "user", "uuid": "u4", "isMeta": True, "message": {"role": "user", "content": "<reminder/>"}},
    {"type": "assistant", "uuid": "u5", "message": {"role": "assistant", "content": [{"type": "text", "text": "Half \ud83d"}]}},
]  # fmt: skip


@pytest.mark.slow
async def test_the_public_suite_passes(store: Store) -> None:
    class Fresh(ThreadkeepSessionStore):
        """A store whose projects no other store has."""

        def __init__(self) -> None:
            super().__init__(store)
            self.mark = secrets.token_hex(4)

        def _own(self, key: Any) -> Any:
            return {**key, "project_key": f"{self.mark}{key['project_key']}"}

        async def append(self, key: Any, entries: Any) -> None:
            await super().append(self._own(key), entries)

        async def load(self, key: Any) -> Any:
            return await super().load(self._own(key))

        async def delete(self, key: Any) -> None:
            await super().delete(self._own(key))

        async def list_subkeys(self, key: Any) -> Any:
            return await super().list_subkeys(self._own(key))

        async def list_sessions(self, project_key: str) -> Any:
            return await super().list_sessions(self.mark + project_key)

        async def list_session_summaries(self, project_key: str) -> Any:
            return await super().list_session_summaries(self.mark + project_key)

    await run_session_store_conformance(Fresh)


async def test_a_transcript_comes_back_and_others_read_its_turns(store: Store) -> None:
    user = await store.user_service.create_user(full_name="Ada")
    sessions = ThreadkeepSessionStore(store, user_id=user.id)
    await sessions.append(KEY, TRANSCRIPT[:3])
    await sessions.append(KEY, TRANSCRIPT)  # the first append was retried, with more

    loaded = await ThreadkeepSessionStore(store).load(KEY)
    assert json.dumps(loaded, sort_keys=True) == json.dumps(
        [*TRANSCRIPT[:3], TRANSCRIPT[0], *TRANSCRIPT[3:]], sort_keys=True
    )
    thread = await store.thread_service.get_thread_by_external_id("-home-ada%2Fweb/7d1c")
    shown = await store.message_service.get_formatted_messages(thread.id)
    assert [message["role"] for message in shown] == ["user", "assistant", "tool", "tool", "assistant"]
    assert shown[1]["content"] == "Let me look at both of them."
    assert [call["id"] for call in shown[1]["tool_calls"]] == ["toolu_1", "toolu_2"]
    assert [message["content"] for message in shown[2:]] == ["22 degrees", "8 degrees", "Half \ufffd"]
    assert thread.participant_ids == [user.id]


async def test_messages_of_others_become_entries(store: Store) -> None:
    sessions = ThreadkeepSessionStore(store)
    await sessions.append(KEY, TRANSCRIPT[1:2])
    thread = await store.thread_service.get_thread_by_external_id("-home-ada%2Fweb/7d1c")
    others: Any = [
        {"role": "assistant", "content": "Looking."},
        {"type": "function_call", "item": {"call_id": "c1", "name": "weather", "arguments": '{"city": "Rome"}'}},
        {"type": "function_call_output", "item": {"call_id": "c1", "output": "22"}},
    ]
    await store.message_service.create_messages(thread.id, others)

    found: Any = await sessions.load(KEY)

    assert [entry["message"]["role"] for entry in found] == ["user", "assistant", "user"]
    assert [block["type"] for block in found[1]["message"]["content"]] == ["text", "tool_use"]
    assert found[2]["message"]["content"] == [{"type": "tool_result", "tool_use_id": "c1", "content": "22"}]
    assert [entry["parentUuid"] for entry in found] == [None, "u1", found[1]["uuid"]]


async def test_concurrent_first_writers_share_one_session(store: Store) -> None:
    await asyncio.gather(
        *(ThreadkeepSessionStore(store).append(KEY, [{"type": "user", "uuid": f"u{number}"}]) for number in range(6)),
        *(ThreadkeepSessionStore(store).append(KEY, [{"type": "user", "uuid": "same"}]) for _ in range(3)),
    )

    loaded = await ThreadkeepSessionStore(store).load(KEY)
    assert loaded is not None
    assert sorted(entry["uuid"] for entry in loaded) == [*("same", "u0", "u1", "u2", "u3", "u4", "u5")]


async def test_transcripts_of_subagents_are_logs_that_go_with_their_session(store: Store) -> None:
    user = await store.user_service.create_user(full_name="Ada")
    sessions = ThreadkeepSessionStore(store, user_id=user.id)
    key: Any = {**KEY, "subpath": "subagents/a"}
    await sessions.append(key, TRANSCRIPT)

    [log] = await store.thread_service.find_threads(meta_data={"kind": "log"})
    assert log.participant_ids == [user.id]
    await sessions.delete(KEY)
    assert await store.thread_service.find_threads() == []


async def test_an_edit_of_any_message_reaches_the_framework(keep: Threadkeep) -> None:
    sessions = ThreadkeepSessionStore(keep)
    results = [{"type": "tool_result", "tool_use_id": f"t{number}", "content": f"PIN {number}"} for number in range(2)]
    await sessions.append(KEY, [{"type": "user", "uuid": "u", "message": {"role": "user", "content": results}}])  # type: ignore[typeddict-unknown-key]
    thread = await keep.thread_service.get_thread_by_external_id("-home-ada%2Fweb/7d1c")
    first, second = await keep.message_service.list_messages(thread.id)

    with pytest.raises(InvalidInput, match="item"):
        await keep.message_service.update_message(first.id, content="removed")
    await keep.message_service.update_message(second.id, content="removed")
    stored = [row async for row in keep.runtime.documents.messages.find({})]
    loaded: Any = await sessions.load(KEY)

    assert "PIN 1" not in repr(stored)
    assert [block["content"] for block in loaded[0]["message"]["content"]] == ["PIN 0", "removed"]
    await keep.message_service.update_message(first.id, content="gone", item={"call_id": "t0"})
    loaded = await sessions.load(KEY)
    assert [block["content"] for block in loaded[0]["message"]["content"]] == ["gone", "removed"]
    assert "PIN" not in repr([row async for row in keep.runtime.documents.messages.find({})])


async def test_the_mirror_of_the_sdk_and_its_readers_work_on_the_store(store: Store, tmp_path: Path) -> None:
    """The SDK's own mirror writes as Claude Code does, in two processes. Its functions read, rename and fork the session."""
    directory, session_id = str(tmp_path / "web"), str(uuid.uuid4())
    key = project_key_for_directory(directory)
    texts = ["Refactor the parser.", "Done.", "And the tests?", "Done, half \ud83d too."]
    entries: list[Any] = []
    for number, text in enumerate(texts):
        role = "user" if number % 2 == 0 else "assistant"
        parent = entries[-1]["uuid"] if entries else None
        fields = {"type": role, "uuid": str(uuid.uuid4()), "parentUuid": parent, "sessionId": session_id}
        moment = f"2026-11-30T12:00:0{number}.000Z"
        entries.append({**fields, "timestamp": moment, "cwd": directory, "message": {"role": role, "content": text}})
    errors: list[Any] = []

    async def failed(session: Any, error: str) -> None:
        errors.append((session, error))

    for part in (entries[:2], entries[1:]):  # the second process sends an entry again
        mirror = TranscriptMirrorBatcher(ThreadkeepSessionStore(store), str(tmp_path), failed)
        mirror.enqueue(str(tmp_path / key / f"{session_id}.jsonl"), part)
        await mirror.flush()
    sessions = ThreadkeepSessionStore(store)
    await rename_session_via_store(sessions, session_id, "Parser", directory)
    fork = await fork_session_via_store(sessions, session_id, directory)

    assert errors == []
    for one in (session_id, fork.session_id):
        messages: Any = await get_session_messages_from_store(sessions, one, directory)
        assert [message.message["content"] for message in messages] == texts
    listed = await list_sessions_from_store(sessions, directory)
    assert {one.session_id for one in listed} == {session_id, fork.session_id}
    assert "Parser" in {one.custom_title for one in listed}


@pytest.mark.usefixtures("keep")
async def test_a_batch_above_one_request_is_stored_in_parts(stores: dict[str, Store]) -> None:
    store = stores["over http"]
    entries: Any = [
        {"type": "user", "uuid": f"u{number}", "message": {"role": "user", "content": f"{number} " + "x" * 1_000_000}}
        for number in range(18)
    ]
    wide: Any = [{"type": "state", "uuid": f"w{number}", "values": [1, 2] * 1500} for number in range(40)]
    await ThreadkeepSessionStore(store).append(KEY, entries + wide)

    assert await ThreadkeepSessionStore(store).load(KEY) == entries + wide
