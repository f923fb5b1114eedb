from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import openai
import pytest
from openai import APIStatusError, AuthenticationError, NotFoundError, OpenAI

from threadkeep.tests.routers.openai.conftest import sdk_options

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx2

    from threadkeep.tests.live_server import LiveServer


def assert_envelope(answer: httpx2.Response, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-request-id"]
    [(key, error)] = answer.json().items()
    assert key == "error"
    assert error.keys() == {"message", "type", "param", "code"}
    assert isinstance(error["message"], str)
    assert error["message"]
    assert error["type"] == ("server_error" if status >= 500 else "invalid_request_error")
    found: dict[str, Any] = error
    return found


@pytest.mark.parametrize("key", ["tk_wrong", "x" * 1000, "ü"])
def test_a_request_with_an_invalid_key_is_answered_401_on_every_path(http: httpx2.Client, key: str) -> None:
    real = http.post("/threads", content=b"").json()["id"]
    header = {b"authorization": f"Bearer {key}".encode()}

    for method, path in (
        ("GET", f"/threads/{real}"),
        ("GET", "/threads/thread_unknown"),
        ("GET", "/nothing/here"),
        ("POST", "/chat/completions"),
        ("POST", "/conversations"),
    ):
        error = assert_envelope(http.request(method, path, headers=header), 401)
        assert (error["code"], error["param"]) == ("invalid_api_key", None)


def test_errors_have_a_request_id(sdk: OpenAI, live_server: LiveServer) -> None:
    with pytest.raises(NotFoundError) as refused:
        sdk.beta.threads.retrieve("thread_unknown", extra_headers={"x-request-id": "mine-1"})
    assert refused.value.request_id == "mine-1"
    with (
        OpenAI(**sdk_options(live_server, api_key="tk_wrong")) as stranger,
        pytest.raises(AuthenticationError) as refused_key,
    ):
        stranger.beta.threads.create()
    assert str(refused_key.value.request_id).startswith("req_")
    assert sdk.beta.threads.create()._request_id  # noqa: SLF001 - the SDK's name for it


UNKNOWN: list[tuple[Callable[[OpenAI, str], object], str]] = [
    (lambda sdk, _: sdk.beta.threads.retrieve("thread_x"), "No thread found with id 'thread_x'."),
    (lambda sdk, _: sdk.beta.threads.messages.list("undefined"), "No thread found with id 'undefined'."),
    (lambda sdk, t: sdk.beta.threads.messages.retrieve("msg_x", thread_id=t), "No message found with id 'msg_x'."),
    (lambda sdk, _: sdk.conversations.retrieve("conv_x"), "Conversation with id 'conv_x' not found."),
    (lambda sdk, _: sdk.conversations.items.list("conv_x"), "Conversation with id 'conv_x' not found."),
    (
        lambda sdk, t: sdk.conversations.items.retrieve("msg_x", conversation_id=t),
        "Item with id 'msg_x' not found in conversation.",
    ),
]


def test_unknown_ids_are_not_found(sdk: OpenAI) -> None:
    thread = sdk.beta.threads.create()

    for call, message in UNKNOWN:
        with pytest.raises(NotFoundError) as refused:
            call(sdk, thread.id)
        assert refused.value.body == {"message": message, "type": "invalid_request_error", "param": None, "code": None}


@pytest.mark.parametrize("thread_id", ["a/b", "a%2Fb", "..%2f..", "ü", "thread_\n", "$ne", "x" * 128])
def test_special_characters_in_an_id_are_part_of_the_id(sdk: OpenAI, thread_id: str) -> None:
    with pytest.raises(NotFoundError):
        sdk.beta.threads.retrieve(thread_id)


def test_ids_have_a_maximum_length(http: httpx2.Client) -> None:
    error = assert_envelope(http.get(f"/threads/{'x' * 5000}"), 400)

    assert (error["code"], error["param"]) == ("string_above_max_length", "thread_id")


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/nothing"), ("GET", "/"), ("GET", ""), ("POST", "/threads/a/b/c")]
)
def test_unknown_paths_are_not_found(http: httpx2.Client, method: str, path: str) -> None:
    assert assert_envelope(http.request(method, path), 404)["code"] is None


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/threads"), ("PUT", "/threads/x"), ("PATCH", "/conversations/x"), ("DELETE", "/threads/x/messages")],
)
def test_methods_that_are_not_allowed_are_answered_405(http: httpx2.Client, method: str, path: str) -> None:
    assert_envelope(http.request(method, path), 405)


BODIES: list[tuple[str, bytes, str, str | None]] = [
    ("threads", b"{", "invalid_json", None),
    ("threads", b"\xff\xfe", "invalid_json", None),
    ("threads", b"\xef\xbb\xbf{}", "invalid_json", None),
    ("threads", b'{"metadata": {"a": NaN}}', "invalid_json", "metadata.a"),
    ("threads", b'{"metadata": {"a": "1", "a": "2"}}', "invalid_json", None),
    ("threads", b"[]", "invalid_type", None),
    ("threads", b'"x"', "invalid_type", None),
    ("threads", b"null", "invalid_type", None),
    ("threads", b'{"messages": {}}', "invalid_type", "messages"),
    ("threads", b'{"messages": [5]}', "invalid_type", "messages[0]"),
    ("threads", b'{"unknown": 1}', "unknown_parameter", "unknown"),
    ("threads", b'{"metadata": []}', "invalid_type", "metadata"),
    ("threads", b'{"metadata": {"a": 1}}', "invalid_type", "metadata.a"),
    ("threads", b'{"metadata": {"a": null}}', "invalid_type", "metadata.a"),
    ("threads", b'{"metadata": {"a": "\\ud800"}}', "invalid_value", "metadata.a"),
    ("threads", b'{"metadata": {"a\\u0000": ""}}', "invalid_value", "metadata"),
    ("threads", b'{"tool_resources": {"file_search": {"vector_stores": [{}]}}}', "unsupported_parameter",
     "tool_resources.file_search.vector_stores"),
    ("threads", b'{"tool_resources": {"unknown": {}}}', "unknown_parameter", "tool_resources.unknown"),
    ("messages", b"", "missing_required_parameter", "role"),
    ("messages", b'{"role": "user"}', "missing_required_parameter", "content"),
    ("messages", b'{"content": "x"}', "missing_required_parameter", "role"),
    ("messages", b'{"role": "system", "content": "x"}', "invalid_value", "role"),
    ("messages", b'{"role": "user", "content": null}', "invalid_type", "content"),
    ("messages", b'{"role": "user", "content": {}}', "invalid_type", "content"),
    ("messages", b'{"role": "user", "content": []}', "empty_array", "content"),
    ("messages", b'{"role": "user", "content": "\\udfff"}', "invalid_value", "content"),
    ("messages", b'{"role": "user", "content": ["x"]}', "invalid_value", "content[0].type"),
    ("messages", b'{"role": "user", "content": [{"type": "video"}]}', "invalid_value", "content[0].type"),
    ("messages", b'{"role": "user", "content": [{"type": "text"}]}', "missing_required_parameter", "content[0].text"),
    ("messages", b'{"role": "user", "content": [{"type": "text", "text": {"value": "x"}}]}', "invalid_type",
     "content[0].text"),
    ("messages", b'{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x", "detail": "ultra"}}]}',
     "invalid_value", "content[0].image_url.detail"),
    ("messages", b'{"role": "user", "content": "x", "file_ids": ["file_1"]}', "unknown_parameter", "file_ids"),
    ("messages", b'{"role": "user", "content": "x", "attachments": [{"file_id": "f"}]}', "missing_required_parameter",
     "attachments[0].tools"),
    ("messages", b'{"role": "user", "content": "x", "attachments": [{"file_id": "f", "tools": [{"type": "function"}]}]}',
     "invalid_value", "attachments[0].tools[0].type"),
    ("items", b"", "missing_required_parameter", "items"),
    ("items", b'{"items": null}', "invalid_type", "items"),
    ("items", b'{"items": {}}', "invalid_type", "items"),
    ("items", b'{"items": ["x"]}', "invalid_value", "items[0].type"),
    ("items", b'{"items": [{"type": "unknown"}]}', "invalid_value", "items[0].type"),
    ("items", b'{"items": [{"role": "bogus", "content": "x"}]}', "invalid_value", "items[0].role"),
    ("items", b'{"items": [{"role": "user", "content": [{"type": "input_text"}]}]}', "missing_required_parameter",
     "items[0].content[0].text"),
    ("items", b'{"items": [{"type": "tool_search_call", "arguments": 9223372036854775808}]}', "invalid_value", "items[0]"),
    ("items", b'{"items": [{"type": "tool_search_call", "arguments": ' + b"[" * 90 + b"]" * 90 + b"}]}",
     "invalid_value", "items[0]"),
]  # fmt: skip


@pytest.fixture
def paths(sdk: OpenAI) -> dict[str, str]:
    """The path for each kind of body."""
    thread = sdk.beta.threads.create()
    return {
        "threads": "/threads",
        "messages": f"/threads/{thread.id}/messages",
        "items": f"/conversations/{thread.id}/items",
    }


def test_invalid_bodies_are_refused_with_code_and_param(
    http: httpx2.Client, paths: dict[str, str], live_server: LiveServer
) -> None:
    for kind, body, code, param in BODIES:
        answer = http.post(paths[kind], content=body, headers={"content-type": "application/json"})
        error = assert_envelope(answer, 400)
        assert (error["code"], error["param"]) == (code, param), (body, error)

    assert live_server.database.threads.count_documents({}) == 1
    assert live_server.database.messages.count_documents({}) == 0


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_other_content_types_are_refused(http: httpx2.Client, kind: str) -> None:
    error = assert_envelope(http.post("/threads", content=b"{}", headers={"content-type": kind}), 415)

    assert error["code"] == "unsupported_content_type"


def test_a_body_over_the_limit_is_refused(http: httpx2.Client, paths: dict[str, str]) -> None:
    body = json.dumps({"role": "user", "content": "x" * (16 * 1024 * 1024)}).encode()

    error = assert_envelope(http.post(paths["messages"], content=body), 413)

    assert error["param"] is None


def test_a_message_over_the_limit_is_refused(sdk: OpenAI, paths: dict[str, str]) -> None:
    thread_id = paths["messages"].split("/")[2]
    text = "x" * (8 * 1024 * 1024 + 1)
    calls: list[tuple[Callable[[], object], str]] = [
        (lambda: sdk.beta.threads.messages.create(thread_id, role="user", content=text), "content"),
        (lambda: sdk.beta.threads.create(messages=[{"role": "user", "content": text}]), "messages[0]"),
        (lambda: sdk.conversations.items.create(thread_id, items=[{"role": "user", "content": text}]), "items[0]"),
    ]

    for call, param in calls:
        with pytest.raises(APIStatusError) as refused:
            call()
        assert (refused.value.status_code, refused.value.param) == (413, param)


NOT_SUPPORTED: list[tuple[Callable[[OpenAI], object], str]] = [
    (lambda sdk: sdk.beta.threads.runs.create("thread_x", assistant_id="asst_x"), "runs"),
    (lambda sdk: sdk.beta.threads.runs.list("thread_x"), "runs"),
    (lambda sdk: sdk.beta.threads.runs.steps.list("run_x", thread_id="thread_x"), "runs"),
    (lambda sdk: sdk.beta.threads.create_and_run(assistant_id="asst_x"), "runs"),
    (lambda sdk: sdk.beta.assistants.create(model="gpt-x"), "assistants"),
    (lambda sdk: sdk.beta.assistants.retrieve("asst_x"), "assistants"),
    (lambda sdk: sdk.files.list(), "files"),
    (lambda sdk: sdk.files.delete("file_x"), "files"),
    (lambda sdk: sdk.vector_stores.create(), "vector stores"),
    (lambda sdk: sdk.responses.create(model="gpt-x", input="x"), "responses"),
    (lambda sdk: sdk.chat.completions.create(model="gpt-x", messages=[]), "chat completions"),
    (lambda sdk: sdk.embeddings.create(model="gpt-x", input="x"), "embeddings"),
    (lambda sdk: sdk.models.list(), "models"),
]


@pytest.mark.filterwarnings("ignore:deprecated:DeprecationWarning")  # assistants
def test_unsupported_calls_are_answered_501_without_a_retry(live_server: LiveServer) -> None:
    sent: list[httpx2.Request] = []
    with (
        openai.DefaultHttpxClient(event_hooks={"request": [sent.append]}) as transport,
        OpenAI(**sdk_options(live_server, max_retries=2, http_client=transport)) as sdk,
    ):
        for call, noun in NOT_SUPPORTED:
            with pytest.raises(APIStatusError, match=f"has no {noun}") as refused:
                call(sdk)
            assert (refused.value.status_code, refused.value.code) == (501, "not_supported")

    assert len(sent) == len(NOT_SUPPORTED)


def test_unknown_query_parameters_and_if_match_are_refused(sdk: OpenAI, http: httpx2.Client) -> None:
    thread = sdk.beta.threads.create()
    [message] = [sdk.beta.threads.messages.create(thread.id, role="user", content="x")]

    for path in (f"threads/{thread.id}", f"threads/{thread.id}/messages/{message.id}", f"conversations/{thread.id}"):
        for method in ("GET", "DELETE"):
            error = assert_envelope(http.request(method, f"/{path}", params={"dry_run": "true"}), 400)
            assert (error["code"], error["param"]) == ("unknown_parameter", "dry_run")
    error = assert_envelope(http.delete(f"/threads/{thread.id}", headers={"if-match": '"1.1"'}), 400)
    assert error["param"] == "if-match"
    assert sdk.beta.threads.messages.list(thread.id).data == [message]
