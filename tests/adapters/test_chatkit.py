"""The store of ChatKit: threads, items that are saved again while they grow, users, and attachments."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("chatkit")

from chatkit.server import ChatKitServer
from chatkit.store import NotFoundError
from chatkit.types import (
    AssistantMessageContent,
    AssistantMessageItem,
    ClientToolCallItem,
    EndOfTurnItem,
    FileAttachment,
    HiddenContextItem,
    InferenceOptions,
    ThreadItemDoneEvent,
    ThreadMetadata,
    UserMessageItem,
    UserMessageTextContent,
    WidgetItem,
)
from chatkit.widgets import Card, Text

from threadkeep.adapters.chatkit import ThreadkeepStore

if TYPE_CHECKING:
    from threadkeep.adapters.stores import Store

NOW = datetime(2026, 11, 29, 12, 0, 0, 123456, tzinfo=UTC)
BASE: Any = {"thread_id": "thr_1", "created_at": NOW}
FILE = FileAttachment(id="atc_1", name="a.txt", mime_type="text/plain", metadata={"source": "test"})
CALL = ClientToolCallItem(id="tc_1", call_id="call_1", name="locate", arguments={"precision": 1.0}, **BASE)
ITEMS: list[Any] = [
    UserMessageItem(
        id="msg_1", content=[UserMessageTextContent(text="Where am I, half \ud83d way?")], attachments=[FILE],
        quoted_text="You are here.", inference_options=InferenceOptions(), **BASE,
    ),
    HiddenContextItem(id="hc_1", content={"at": [1, 2]}, **BASE),
    CALL,
    AssistantMessageItem(id="msg_2", content=[AssistantMessageContent(text="Near the river.")], **BASE),
    WidgetItem(id="wdg_1", widget=Card(children=[Text(value="Map")]), copy_text="A map", **BASE),
    EndOfTurnItem(id="eot_1", **BASE),
]  # fmt: skip


async def _started(store: Store, **options: Any) -> ThreadkeepStore[Any]:
    chats = ThreadkeepStore[Any](store, **options)
    await chats.save_thread(ThreadMetadata(id="thr_1", title="Where", created_at=NOW, metadata={"a": 1}), None)
    for item in ITEMS:
        await chats.add_thread_item("thr_1", item, None)
    return chats


async def test_items_come_back_in_pages_and_others_read_their_turns(store: Store) -> None:
    chats = await _started(store)
    await chats.add_thread_item("thr_1", ITEMS[0], None)  # a retry
    done = CALL.model_copy(update={"status": "completed", "output": {"city": "Rome"}})
    grown = ITEMS[3].model_copy(update={"content": [AssistantMessageContent(text="Near the river Tiber.")]})
    await chats.save_item("thr_1", done, None)
    await chats.save_item("thr_1", grown, None)
    expected = [*ITEMS[:2], done, grown, *ITEMS[4:]]

    first = await chats.load_thread_items("thr_1", None, 4, "asc", None)
    rest = await chats.load_thread_items("thr_1", first.after, 4, "asc", None)
    newest = await chats.load_thread_items("thr_1", None, 2, "desc", None)
    assert (first.data, rest.data, rest.has_more) == (expected[:4], expected[4:], False)
    assert newest.data == expected[:3:-1]
    assert await chats.load_item("thr_1", "tc_1", None) == done
    thread = await store.thread_service.get_thread_by_external_id("thr_1")
    shown = await store.message_service.get_formatted_messages(thread.id)
    assert [message["role"] for message in shown] == ["user", "assistant", "tool", "assistant", "assistant"]
    assert [message["content"] for message in shown[2:]] == ['{"city": "Rome"}', "Near the river Tiber.", "A map"]


async def test_deleted_items_and_threads_are_gone(store: Store) -> None:
    chats = await _started(store)
    await chats.save_item("thr_1", CALL.model_copy(update={"status": "completed", "output": "Rome"}), None)
    await chats.delete_thread_item("thr_1", "tc_1", None)
    await chats.delete_thread_item("thr_1", "unknown", None)

    with pytest.raises(NotFoundError):
        await chats.load_item("thr_1", "tc_1", None)
    thread = await store.thread_service.get_thread_by_external_id("thr_1")
    assert "tool" not in {message.role for message in await store.message_service.list_messages(thread.id)}
    await chats.delete_thread("thr_1", None)
    await chats.delete_thread("thr_1", None)
    with pytest.raises(NotFoundError):
        await chats.load_thread("thr_1", None)


async def test_users_see_their_own_threads_only(store: Store) -> None:
    ada, bob = [(await store.user_service.create_user(full_name=name)).id for name in ("Ada", "Bob")]
    chats = ThreadkeepStore[str](store, user_of=lambda user_id: user_id)
    for number in range(3):
        await chats.save_thread(ThreadMetadata(id=f"thr_{number}", title=f"T{number}", created_at=NOW), ada)
    await chats.save_thread(ThreadMetadata(id="thr_0", title="New title", created_at=NOW), ada)

    page = await chats.load_threads(2, None, "desc", ada)
    following = await chats.load_threads(2, page.after, "desc", ada)
    assert [thread.title for thread in page.data + following.data] == ["T2", "T1", "New title"]
    assert (await chats.load_threads(10, None, "desc", bob)).data == []
    assert (await chats.load_thread_items("thr_0", None, 10, "asc", bob)).data == []
    for refused in (chats.load_thread("thr_0", bob), chats.save_thread(page.data[0], bob)):
        with pytest.raises(NotFoundError):
            await refused


async def test_attachments_are_kept_apart_from_threads(store: Store) -> None:
    chats = ThreadkeepStore[Any](store)
    await chats.save_attachment(FILE, None)
    await chats.save_attachment(FILE.model_copy(update={"name": "b.txt"}), None)

    assert await chats.load_attachment("atc_1", None) == FILE.model_copy(update={"name": "b.txt"})
    assert (await chats.load_threads(10, None, "asc", None)).data == []
    await chats.delete_attachment("atc_1", None)
    with pytest.raises(NotFoundError):
        await chats.load_attachment("atc_1", None)


class _Server(ChatKitServer[None]):
    """Asks the client for its place, and then answers with the number of items that it has read."""

    async def respond(self, thread: ThreadMetadata, input_user_message: Any, context: None) -> Any:
        items = (await self.store.load_thread_items(thread.id, None, 100, "asc", context)).data
        base: Any = {"thread_id": thread.id, "created_at": NOW}
        if input_user_message is not None:
            name = f"tc_{len(items)}"
            yield ThreadItemDoneEvent(
                item=ClientToolCallItem(id=name, call_id=f"call_{name}", name="locate", arguments={}, **base)
            )
            return
        answer = [AssistantMessageContent(text=f"Answer {len(items)}")]
        yield ThreadItemDoneEvent(item=AssistantMessageItem(id=f"msg_{len(items)}", content=answer, **base))


async def _sent(server: _Server, kind: str, **params: Any) -> list[Any]:
    result: Any = await server.process(json.dumps({"type": kind, "params": params}), None)
    return [json.loads(event.removeprefix(b"data: ")) async for event in result]


async def test_a_server_with_client_tools_goes_on_in_another_process(store: Store) -> None:
    said: Any = {"content": [{"type": "input_text", "text": "Where am I?"}], "attachments": [], "inference_options": {}}
    begun = await _sent(_Server(ThreadkeepStore[None](store)), "threads.create", input=said)
    thread_id = begun[0]["thread"]["id"]
    for number in range(2):
        if number:
            await _sent(
                _Server(ThreadkeepStore[None](store)), "threads.add_user_message", thread_id=thread_id, input=said
            )
        result: Any = {"city": "Rome"}
        await _sent(
            _Server(ThreadkeepStore[None](store)), "threads.add_client_tool_output", thread_id=thread_id, result=result
        )

    thread = await store.thread_service.get_thread_by_external_id(thread_id)
    shown = await store.message_service.get_formatted_messages(thread.id)
    assert [message["role"] for message in shown] == 2 * ["user", "assistant", "tool", "assistant"]
    assert [message["content"] for message in shown[3::4]] == ["Answer 2", "Answer 5"]


async def test_an_item_that_becomes_another_kind_is_replaced(store: Store) -> None:
    chats = await _started(store)
    widget = WidgetItem(id="w", widget=Card(children=[Text(value="Map")]), **BASE)
    await chats.add_thread_item("thr_1", widget, None)
    grown = widget.model_copy(update={"copy_text": "A map"})
    await chats.save_item("thr_1", grown, None)

    assert (await chats.load_thread_items("thr_1", None, 20, "asc", None)).data == [*ITEMS, grown]
    thread = await store.thread_service.get_thread_by_external_id("thr_1")
    assert (await store.message_service.list_messages(thread.id, 1, order="desc"))[0].content == "A map"


async def test_half_characters_in_titles_and_attachments_come_back(store: Store) -> None:
    chats = ThreadkeepStore[Any](store)
    thread = ThreadMetadata(id="thr_1", title="half \ud83d", created_at=NOW, metadata={"big": 2**70})
    file = FILE.model_copy(update={"name": "half \ud83d"})
    await chats.save_thread(thread, None)
    await chats.save_attachment(file, None)

    assert await chats.load_thread("thr_1", None) == thread
    assert await chats.load_attachment("atc_1", None) == file


async def test_items_that_share_an_id_are_all_kept(store: Store) -> None:
    """The Agents SDK gives the id `__fake_id__` to every answer and call of a model of chat completions."""
    chats = ThreadkeepStore[Any](store)
    await chats.save_thread(ThreadMetadata(id="thr_1", title="Where", created_at=NOW), None)
    items: list[Any] = []
    for number in range(3):
        base: Any = {"id": "__fake_id__", "thread_id": "thr_1", "created_at": NOW + timedelta(seconds=number)}
        content = [AssistantMessageContent(text=f"Answer {number}")]
        items.append(AssistantMessageItem(**base, content=content))
    items.append(CALL.model_copy(update={"id": "__fake_id__", "created_at": NOW + timedelta(seconds=4)}))
    for item in [*items, items[1]]:  # the last one is a retry
        await chats.add_thread_item("thr_1", item, None)
    items[3] = items[3].model_copy(update={"status": "completed", "output": "Rome"})
    items[2] = items[2].model_copy(update={"content": [AssistantMessageContent(text="Answer 2, with more")]})
    for item in items[2:]:
        await chats.save_item("thr_1", item, None)

    pages, after = [], None
    for _ in items:
        page = await chats.load_thread_items("thr_1", after, 1, "asc", None)
        pages += page.data
        after = page.after
    assert (pages, after) == (items, None)
    thread = await store.thread_service.get_thread_by_external_id("thr_1")
    shown = await store.message_service.get_formatted_messages(thread.id)
    assert [one["content"] for one in shown if one["role"] == "assistant"][:2] == ["Answer 0", "Answer 1"]
    assert [one["content"] for one in shown if one["role"] == "tool"] == ["Rome"]
    await chats.delete_thread_item("thr_1", "__fake_id__", None)
    assert await store.message_service.list_messages(thread.id) == []
