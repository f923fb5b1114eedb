from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import httpx2
import jsonschema  # type: ignore[import-untyped]
import openai
import pytest
from openai import OpenAI

from threadkeep.tests.routers.openai.conftest import sdk_options
from threadkeep.tests.routers.openai.item_examples import item_examples

if TYPE_CHECKING:
    from collections.abc import Iterator

    from threadkeep.tests.live_server import LiveServer

METHODS = {
    "/v1/threads": {"post"},
    "/v1/threads/{thread_id}": {"get", "post", "delete"},
    "/v1/threads/{thread_id}/messages": {"get", "post"},
    "/v1/threads/{thread_id}/messages/{message_id}": {"get", "post", "delete"},
    "/v1/conversations": {"post"},
    "/v1/conversations/{conversation_id}": {"get", "post", "delete"},
    "/v1/conversations/{conversation_id}/items": {"get", "post"},
    "/v1/conversations/{conversation_id}/items/{item_id}": {"get", "delete"},
}


@pytest.fixture
def description(live_server: LiveServer) -> dict[str, Any]:
    """The OpenAPI document, which needs no key."""
    answer = httpx2.get(f"{live_server.url}/openai/openapi.json", timeout=30)
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def operations(description: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def test_the_pages_of_both_apis_show_their_openapi_document(live_server: LiveServer) -> None:
    for page, url in (("/openai/docs", "/openai/openapi.json"), ("/docs", "/openapi.json")):
        answer = httpx2.get(f"{live_server.url}{page}", timeout=30)
        assert answer.status_code == 200
        (linked,) = re.findall(r"url: '([^']*)'", answer.text)
        assert urljoin(f"{live_server.url}{page}", linked) == f"{live_server.url}{url}"


def test_every_call_is_described(description: dict[str, Any]) -> None:
    assert {path: set(methods) for path, methods in description["paths"].items()} == METHODS
    assert description["servers"] == [{"url": "/openai"}]


def test_every_call_has_a_summary_a_description_and_schemas(description: dict[str, Any]) -> None:
    for path, method, operation in operations(description):
        operation_name = f"{method} {path}"
        assert operation["summary"], operation_name
        assert operation["description"], operation_name
        assert operation["security"] == [{"bearer": []}, {"apiKey": []}], operation_name
        assert "422" not in operation["responses"], operation_name
        assert {"200", "400", "401", "503"} <= operation["responses"].keys(), operation_name
        for status, response in operation["responses"].items():
            schema = response["content"]["application/json"]["schema"]
            assert schema, f"{operation_name} {status}"
            if status != "200":
                assert schema == {"$ref": "#/components/schemas/ErrorAnswer"}, f"{operation_name} {status}"
        if "requestBody" in operation:
            assert "examples" in operation["requestBody"]["content"]["application/json"]["schema"], operation_name
    assert "422" not in str(description["components"])


def schema_of(description: dict[str, Any], request: httpx2.Request, status: int) -> Any:
    """Return the schema of an answer, by the path and method of its request."""
    parts = request.url.path.removeprefix("/openai").split("/")
    for path, method, operation in operations(description):
        pattern = path.split("/")
        same = len(parts) == len(pattern) and all(
            a == b or b.startswith("{") for a, b in zip(parts, pattern, strict=True)
        )
        if same and method == request.method.lower():
            response = operation["responses"].get(str(status), operation["responses"]["default"])
            return response["content"]["application/json"]["schema"]
    raise AssertionError(request.url.path)


@pytest.mark.slow
def test_answers_fit_their_schemas(live_server: LiveServer, description: dict[str, Any]) -> None:
    answers: list[httpx2.Response] = []
    with (
        openai.DefaultHttpxClient(event_hooks={"response": [answers.append]}) as transport,
        OpenAI(**sdk_options(live_server, http_client=transport)) as sdk,
    ):
        make_all_calls(sdk)

    validator = jsonschema.Draft202012Validator(description)
    statuses = set()
    for answer in answers:
        statuses.add(answer.status_code)
        schema = schema_of(description, answer.request, answer.status_code)
        validator.evolve(schema={**schema, "components": description["components"]}).validate(answer.json())
    assert statuses == {200, 400, 404}


def make_all_calls(sdk: OpenAI) -> None:
    content: list[Any] = [
        {"type": "text", "text": "x"},
        {"type": "image_url", "image_url": {"url": "https://example.com"}},
        {"type": "image_file", "image_file": {"file_id": "file_1"}},
    ]
    attachments: list[Any] = [{"file_id": "file_1", "tools": [{"type": "file_search"}]}]
    thread = sdk.beta.threads.create(
        metadata={"a": "b"}, tool_resources={"code_interpreter": {"file_ids": ["f"]}, "file_search": {}}
    )
    messages = sdk.beta.threads.messages
    message = messages.create(thread.id, role="user", content=content, attachments=attachments, metadata={"a": "b"})
    messages.retrieve(message.id, thread_id=thread.id)
    messages.update(message.id, thread_id=thread.id, metadata={"c": "d"})
    messages.list(thread.id)
    sdk.beta.threads.update(thread.id, metadata={"c": "d"})
    sdk.beta.threads.retrieve(thread.id)
    conversation = sdk.conversations.create(metadata={"a": "b"})
    examples = list({item.get("type", "message"): item for item in item_examples()}.values())
    for at in range(0, len(examples), 20):
        sdk.conversations.items.create(conversation.id, items=examples[at : at + 20])
    items = list(sdk.conversations.items.list(conversation.id, limit=100))
    messages.list(conversation.id, limit=100)
    sdk.conversations.items.retrieve(str(items[0].id), conversation_id=conversation.id)
    sdk.conversations.items.delete(str(items[0].id), conversation_id=conversation.id)
    sdk.conversations.retrieve(conversation.id)
    sdk.conversations.update(conversation.id, metadata={"c": "d"})
    messages.delete(message.id, thread_id=thread.id)
    sdk.conversations.delete(conversation.id)
    sdk.beta.threads.delete(thread.id)
    for refused in (
        lambda: sdk.beta.threads.retrieve(thread.id),
        lambda: sdk.conversations.items.list(conversation.id),
        lambda: messages.list(thread.id, limit=1000),
    ):
        with pytest.raises(openai.APIStatusError):
            refused()
