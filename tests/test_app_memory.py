"""The memory of a request that waits for MongoDB."""

from __future__ import annotations

import asyncio
import gc
from typing import Any

import pytest

from threadkeep.inputs import NewMessage
from threadkeep.services.appends import batches, sequencer
from threadkeep.tests.app_in_memory import app_with, running


@pytest.mark.slow
async def test_messages_that_wait_to_be_written_are_kept_only_as_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    insert, insert_called, may_insert = batches.insert_batch, asyncio.Event(), asyncio.Event()

    async def insert_later(*arguments: Any) -> Any:
        insert_called.set()
        await may_insert.wait()
        return await insert(*arguments)

    app = app_with()
    async with running(app) as client:
        await app.state.opened
        user_id = (await client.post("/v1/users", json={})).json()["id"]
        thread_id = (await client.post("/v1/threads", json={"participant_ids": [user_id]})).json()["id"]
        monkeypatch.setattr(sequencer, "insert_batch", insert_later)
        messages = [{"content": f"text {number}", "sender_id": user_id} for number in range(50)]
        body = {"messages": messages}
        sent = asyncio.create_task(client.post(f"/v1/threads/{thread_id}/messages", json=body))
        await insert_called.wait()

        messages_in_memory = [one for one in gc.get_objects() if issubclass(type(one), NewMessage)]
        kept = [one for one in messages_in_memory if one.sender_id == user_id]
        may_insert.set()
        written = (await sent).json()["data"]

    assert kept == []
    assert [message["content"] for message in written] == [message["content"] for message in messages]
