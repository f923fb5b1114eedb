from __future__ import annotations

from typing import TYPE_CHECKING, Any

from threadkeep.tests.transfer.conversations import openai_message
from threadkeep.transfer import import_file

if TYPE_CHECKING:
    from threadkeep.keep import Threadkeep
    from threadkeep.records import MessageRecord
    from threadkeep.tests.transfer.conftest import Write

THREAD = {"id": "thread_abc", "object": "thread", "created_at": 1_700_000_000, "metadata": {"plan": "pro"}}
CITED = {
    "type": "text",
    "text": {
        "value": "See the manual【1】.",
        "annotations": [
            {
                "type": "file_citation",
                "text": "【1】",
                "start_index": 14,
                "end_index": 17,
                "file_citation": {"file_id": "file-abc"},
            }
        ],
    },
}


async def imported(keep: Threadkeep, write: Write, *messages: dict[str, Any]) -> list[MessageRecord]:
    report = await import_file(keep, write({"thread": THREAD | {"tool_resources": None}, "messages": [*messages]}))
    assert report.problems == []
    return await keep.message_service.list_messages("thread_abc")


async def test_import_keeps_fields_that_the_openai_api_cannot_set(keep: Threadkeep, write: Write) -> None:
    source = openai_message(
        1,
        CITED,
        role="assistant",
        run_id="run_1",
        assistant_id="asst_1",
        completed_at=1_700_000_009,
        metadata={"grade": "A"},
    )
    [message] = await imported(keep, write, source)

    assert (message.id, message.created_at, message.completed_at) == (source["id"], source["created_at"], 1_700_000_009)
    assert (message.run_id, message.assistant_id, message.status) == ("run_1", "asst_1", "completed")
    assert message.content == [CITED]
    assert message.meta_data == {"grade": "A"}
    assert message.sender_id == "assistant"
    assert [row.id for row in await keep.message_service.list_messages("thread_abc", run_id="run_1")] == [message.id]


async def test_import_stores_plain_text_as_text(keep: Threadkeep, write: Write) -> None:
    [message] = await imported(keep, write, openai_message(1, attachments=None, metadata=None))

    assert (message.content, message.attachments, message.meta_data) == ("number 1", [], {})


async def test_import_keeps_parts_in_addition_to_the_text(keep: Threadkeep, write: Write) -> None:
    image = {"type": "image_file", "image_file": {"file_id": "file-1", "detail": "auto"}}
    await imported(keep, write, openai_message(1, CITED, image))
    row = await keep.runtime.documents.messages.find_one({})

    assert row is not None
    assert row["content"] == "See the manual【1】."
    assert row["parts"] == [CITED, image]


async def test_import_reverses_lists_that_are_newest_first(keep: Threadkeep, write: Write) -> None:
    messages = await imported(keep, write, openai_message(3), openai_message(2), openai_message(1))

    assert [message.content for message in messages] == ["number 1", "number 2", "number 3"]


async def test_import_keeps_the_order_of_messages_with_equal_times(keep: Threadkeep, write: Write) -> None:
    sources = [openai_message(number, created_at=1_700_000_000 + number // 3) for number in range(6)]

    assert [message.id for message in await imported(keep, write, *sources)] == [message["id"] for message in sources]


async def test_import_keeps_the_fields_of_the_thread(keep: Threadkeep, write: Write) -> None:
    await imported(keep, write, openai_message(1))
    thread = await keep.thread_service.get_thread("thread_abc")

    assert (thread.created_at, thread.meta_data, thread.tool_resources) == (1_700_000_000, {"plan": "pro"}, {})
    assert (thread.owner_id, thread.participant_ids) == (None, [])
