"""Frameworks write their collections themselves, and an import reads them. `make bench-peers` installs the frameworks."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.transfer import import_collections

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymongo import MongoClient

    from threadkeep.keep import Threadkeep

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]
ARGUMENTS = {"port": "Kiel"}
SAID = [
    ("message", "user", "When?"),
    ("message", "assistant", "I look."),
    ("function_call", "assistant", 'tides({"port":"Kiel"})'),
    ("function_call_output", "tool", "14:20"),
    ("message", "assistant", "At 14:20."),
]


@pytest.fixture
def source(mongo: MongoClient[dict[str, Any]]) -> Iterator[str]:
    """The name of a database for a framework."""
    name = f"source-{secrets.token_hex(4)}"
    yield name
    mongo.drop_database(name)


async def imported(keep: Threadkeep, url: str, source: str) -> list[tuple[str, str, Any]]:
    """The messages that an import of the database stores in its only thread. A second import adds nothing."""
    report = await import_collections(keep, url, source)
    again = await import_collections(keep, url, source)
    assert report.problems == again.problems == []
    assert (report.threads, again.threads, again.messages) == (1, 0, 0)
    [thread] = await keep.thread_service.find_threads()
    return [(row.type, row.role, row.content) async for row in keep.message_service.iter_messages(thread.id)]


def of_langchain() -> list[Any]:
    """The conversation in LangChain's classes."""
    messages = pytest.importorskip("langchain_core.messages")
    call = {"name": "tides", "args": ARGUMENTS, "id": "call_1", "type": "tool_call"}
    return [
        messages.HumanMessage("When?"),
        messages.AIMessage("I look.", tool_calls=[call]),
        messages.ToolMessage("14:20", tool_call_id="call_1", name="tides"),
        messages.AIMessage("At 14:20."),
    ]


async def test_a_history_of_langchain_is_imported(keep: Threadkeep, mongo_url: str, source: str) -> None:
    framework = pytest.importorskip("langchain_mongodb.chat_message_histories")
    history = framework.MongoDBChatMessageHistory(mongo_url, session_id="s 1", database_name=source, create_index=False)

    for message in of_langchain():
        history.add_message(message)

    assert await imported(keep, mongo_url, source) == SAID


async def test_checkpoints_of_langgraph_are_imported(
    keep: Threadkeep, mongo: MongoClient[dict[str, Any]], mongo_url: str, source: str
) -> None:
    framework = pytest.importorskip("langgraph.checkpoint.mongodb")
    base = pytest.importorskip("langgraph.checkpoint.base")
    saver = framework.MongoDBSaver(mongo, db_name=source)
    config: dict[str, Any] = {"configurable": {"thread_id": "t/1", "checkpoint_ns": ""}}

    for count in range(1, 5):
        checkpoint = base.empty_checkpoint()
        checkpoint["channel_values"] = {"messages": of_langchain()[:count]}
        config = saver.put(config, checkpoint, {"source": "loop", "step": count}, {})

    assert await imported(keep, mongo_url, source) == SAID


async def test_a_chat_store_of_llama_index_is_imported(keep: Threadkeep, mongo_url: str, source: str) -> None:
    framework = pytest.importorskip("llama_index.storage.chat_store.mongo")
    message = pytest.importorskip("llama_index.core.llms").ChatMessage
    store = framework.MongoChatStore(mongo_uri=mongo_url, db_name=source)
    call = {"id": "call_1", "type": "function", "function": {"name": "tides", "arguments": '{"port":"Kiel"}'}}

    store.set_messages(
        "s1",
        [
            message(role="user", content="When?"),
            message(role="assistant", content="I look.", additional_kwargs={"tool_calls": [call]}),
            message(role="tool", content="14:20", additional_kwargs={"tool_call_id": "call_1"}),
            message(role="assistant", content="At 14:20."),
        ],
    )

    assert await imported(keep, mongo_url, source) == SAID


async def test_a_session_of_the_openai_agents_sdk_is_imported(keep: Threadkeep, mongo_url: str, source: str) -> None:
    framework = pytest.importorskip("agents.extensions.memory.mongodb_session")
    session = framework.MongoDBSession.from_uri("s1", uri=mongo_url, database=source)

    await session.add_items([{"role": "user", "content": "When?"}, {"role": "assistant", "content": "I look."}])
    await session.add_items(
        [
            {"type": "function_call", "call_id": "call_1", "name": "tides", "arguments": '{"port":"Kiel"}'},
            {"type": "function_call_output", "call_id": "call_1", "output": "14:20"},
            {"role": "assistant", "content": "At 14:20."},
        ]
    )
    await session.close()

    assert await imported(keep, mongo_url, source) == SAID
