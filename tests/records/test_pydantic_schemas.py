"""Records and pages as response types of FastAPI and as fields of pydantic models."""

from __future__ import annotations

from inspect import getdoc
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from fastapi import FastAPI
from pydantic import BaseModel, TypeAdapter, ValidationError

from threadkeep import MessageRecord, Page, ThreadRecord, UserRecord
from threadkeep.records import Record
from threadkeep.routers.native.response_models import MessageOut, PageOut, ThreadOut, UserOut

if TYPE_CHECKING:
    from threadkeep import Threadkeep
    from threadkeep.inputs import MessageInput

THREAD: dict[str, Any] = {
    "id": "thread_1",
    "created_at": 1,
    "meta_data": {"topic": ["any", {"JSON": None}]},
    "object": "thread",
    "tool_resources": {},
    "owner_id": None,
    "participant_ids": [],
    "message_count": 0,
    "last_seq": 0,
    "revision": 1,
    "updated_at": 1,
    "last_message_at": None,
    "last_active_at": 1,
    "external_id": None,
    "title": None,
    "archived": False,
    "pinned": False,
    "labels": [],
    "last_message": None,
    "created_at_ms": 1_000,
    "updated_at_ms": 1_001,
    "last_message_at_ms": None,
    "last_active_at_ms": 1_001,
}


class Conversation(BaseModel):
    """A model of a host application."""

    thread: ThreadRecord
    messages: Page[MessageRecord]


async def answer_of(app: FastAPI) -> httpx2.Response:
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://test") as client:
        return await client.get("/")


async def test_a_response_is_the_record_with_all_its_fields(keep_in_memory: Threadkeep) -> None:
    user = await keep_in_memory.user_service.create_user(full_name="Ada")
    app = FastAPI()

    @app.get("/")
    async def get_user() -> UserRecord:
        return user

    assert (await answer_of(app)).json() == user.dict()


async def test_a_response_is_the_page_in_the_form_of_the_native_api(keep_in_memory: Threadkeep) -> None:
    threads = keep_in_memory.thread_service
    for _ in range(2):
        await threads.create_thread()
    page = await threads.find_threads(limit=1)
    app = FastAPI()

    @app.get("/")
    async def find_threads() -> Page[ThreadRecord]:
        return page

    response = await answer_of(app)

    assert response.json() == page.envelope()
    assert response.json()["has_more"]


async def test_records_are_fields_of_models_and_are_restored_from_json(keep_in_memory: Threadkeep) -> None:
    tools = [{"id": "call_1", "type": "function", "function": {"name": "look", "arguments": "{}"}}]
    written: list[MessageInput] = [
        {"content": [{"type": "text", "text": "Look"}], "client_id": "mine"},
        {"role": "assistant", "tool_calls": tools},
    ]
    thread = await keep_in_memory.thread_service.create_thread(messages=written)
    messages = await keep_in_memory.message_service.list_messages(thread.id)
    conversation = Conversation(thread=thread, messages=messages)

    again = Conversation.model_validate_json(conversation.model_dump_json())

    assert conversation.thread is thread
    assert again == conversation
    assert isinstance(again.messages, Page)
    assert isinstance(again.messages[0], MessageRecord)
    assert conversation.model_dump() == {"thread": thread, "messages": messages.envelope()}


def test_a_field_without_an_annotation_is_kept() -> None:
    thread = TypeAdapter(ThreadRecord).validate_python({**THREAD, "of_a_later_version": 1})

    assert thread.of_a_later_version == 1
    assert TypeAdapter(ThreadRecord).dump_python(thread, mode="json") == thread


@pytest.mark.parametrize("wrong", [{**THREAD, "revision": "often"}, {"id": "thread_1"}, [], "thread_1"])
def test_data_that_is_not_a_record_is_refused(wrong: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(ThreadRecord).validate_python(wrong)


def test_an_openapi_description_has_one_schema_for_each_type() -> None:
    app = FastAPI()

    @app.get("/thread")
    async def get_thread() -> ThreadRecord:
        raise NotImplementedError

    @app.get("/threads")
    async def find_threads() -> Page[ThreadRecord]:
        raise NotImplementedError

    @app.get("/users")
    async def list_users() -> list[UserRecord]:
        raise NotImplementedError

    @app.get("/conversation")
    async def get_conversation() -> Conversation:
        raise NotImplementedError

    schemas = app.openapi()["components"]["schemas"]

    assert set(schemas) == {
        "Conversation",
        "MessageRecord",
        "Page_MessageRecord_",
        "Page_ThreadRecord_",
        "ThreadRecord",
        "UserRecord",
    }
    assert schemas["Page_ThreadRecord_"]["title"] == "Page[ThreadRecord]"
    assert schemas["Page_ThreadRecord_"]["properties"]["data"]["items"]["$ref"].endswith("/ThreadRecord")
    assert schemas["ThreadRecord"]["description"] == getdoc(ThreadRecord)


@pytest.mark.parametrize(
    ("record", "model"),
    [(UserRecord, UserOut), (ThreadRecord, ThreadOut), (MessageRecord, MessageOut), (Page, PageOut)],
)
def test_the_schema_of_a_record_has_the_fields_of_the_native_api(record: type, model: type[BaseModel]) -> None:
    described = TypeAdapter(record).json_schema(mode="serialization")
    native = TypeAdapter(model).json_schema(mode="validation")

    assert described["properties"].keys() == native["properties"].keys()
    assert sorted(described["required"]) == sorted(native["required"])


@pytest.mark.parametrize("record", Record.__subclasses__())
def test_the_schema_of_every_record_has_a_description(record: type[Record]) -> None:
    schema = TypeAdapter(record).json_schema()

    assert schema["description"] == getdoc(record)
    assert schema["properties"]
