from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.tests.routers.callers import answered, problems

if TYPE_CHECKING:
    import httpx2

    from threadkeep.tests.routers.callers import Person

JSON = {"content-type": "application/json"}


@pytest.fixture
def ada(shared_ada: Person) -> Person:
    return shared_ada


def send(caller: Person, content: bytes, **headers: str) -> httpx2.Response:
    return caller.send("POST", "/v1/threads", content=content, headers=JSON | headers)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"{", "json_invalid"),
        (b"{'a': 1}", "json_invalid"),
        (b'{"a": 1,}', "json_invalid"),
        (b"{} {}", "json_invalid"),
        (b"\xef\xbb\xbf{}", "json_invalid"),
        ('{"meta_data": {}}'.encode("utf-16"), "json_invalid"),
        (b'{"meta_data": {"a": "\xff"}}', "json_invalid"),
        (b'{"a": "' + b"[" * 600_000 + b'\\"' * 1_000_000, "json_invalid"),
        (b'{"meta_data": {"a": NaN, "a": NaN}', "json_invalid"),
        (b'{"meta_data": {"a": NaN, "b": "' + b"x" * 1024 * 1024 + b'"}}', "json_invalid"),
        (b'{"meta_data": {"a": 1, "a": 2}}', "json_duplicate_key"),
        (b'{"meta_data": {}, "meta_data": {}}', "json_duplicate_key"),
        (b'{"meta_data": ' + b'{"a":' * 20_000 + b"1" + b"}" * 20_001, "too_deep"),
    ],
)
def test_json_that_parsers_read_differently_is_refused(ada: Person, content: bytes, kind: str) -> None:
    response = send(ada, content)

    assert (response.status_code, problems(response)) == (422, {"body": kind})


@pytest.mark.parametrize("content", [b"[]," * 50_000 + b"[]", b"0, " * 50_000 + b"0", b'{"":0},' * 20_000 + b"{}"])
def test_a_body_of_too_many_keys_and_values_is_refused_before_it_is_read(ada: Person, content: bytes) -> None:
    response = send(ada, b'{"meta_data": {"a": [' + content + b"]}}")

    assert (response.status_code, problems(response)) == (413, {"body": "too_large"})
    assert "50,000 keys and values" in response.text


@pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"-Infinity", b"9" * 5000])
@pytest.mark.parametrize(
    ("content", "field"),
    [
        (b'{"meta_data": {"a": %b}}', "body.meta_data.a"),
        (b'{"messages": [{"content": "x"}, {"content": [%b]}]}', "body.messages.1.content.0"),
        (b'{"meta_data": {"\\ud800": %b}}', "body.meta_data"),
        (b"%b", "body"),
    ],
)
def test_an_invalid_number_is_refused_with_its_field(ada: Person, content: bytes, field: str, number: bytes) -> None:
    response = send(ada, content % number)

    assert (response.status_code, problems(response)) == (422, {field: "json_invalid"})


@pytest.mark.parametrize("text", ["[" * 600_000, '{"' * 300_000, "\\" * 9 + "[" * 600_000])
def test_brackets_in_text_do_not_count_as_nesting(ada: Person, text: str) -> None:
    thread_id = answered(ada.post("/v1/threads", {}))["id"]
    message = answered(ada.post(f"/v1/threads/{thread_id}/messages", {"content": text}))

    assert message["content"] == text


def test_a_duplicate_key_is_named(ada: Person) -> None:
    assert "'topic' occurs twice" in send(ada, b'{"meta_data": {"topic": 1, "topic": 1}}').text


@pytest.mark.parametrize("content", [b"[]", b"7", b'"text"', b"null", b"true"])
def test_a_body_must_be_an_object(ada: Person, content: bytes) -> None:
    response = send(ada, content)

    assert (response.status_code, list(problems(response))) == (422, ["body"])


@pytest.mark.parametrize(
    "value",
    [
        b"18446744073709551616",
        b"9223372036854775808",
        b"-9223372036854775809",
        b"1e400",
        b'"\\ud800"',
        b'{"\\udfff": 1}',
        b'{"a\\u0000b": 1}',
        b"[" * 64 + b"]" * 64,
    ],
)
@pytest.mark.parametrize("field", ["meta_data", "tool_resources"])
def test_a_value_that_cannot_be_stored_exactly_is_refused_with_its_field(ada: Person, field: str, value: bytes) -> None:
    response = send(ada, b'{"%b": {"field": %b}}' % (field.encode(), value))

    assert (response.status_code, list(problems(response))) == (422, [f"body.{field}"])
    assert "field" in response.json()["detail"][0]["msg"]


def test_stored_values_are_returned_exactly(ada: Person) -> None:
    meta_data: dict[str, Any] = {
        "numbers": [0, -1, 2**53 + 1, 2**63 - 1, -(2**63), 0.1, 1e300, 5e-324, -0.0, 1.0],
        "texts": ["", "\0", "\U0001f600", "e\u0301", "\u2028", "$where"],
        "": {"$gt": {"a.b": {"": None}}},
        "_id": {"$oid": "x", "$ref": "y", "$id": 1},
        "constructor": [True, False, None, [], {}],
        "deep": [[[[[[[[[[[[[[[["here"]]]]]]]]]]]]]]]],
    }

    thread = ada.new_thread(meta_data=meta_data, tool_resources=meta_data)

    found = answered(ada.get(f"/v1/threads/{thread['id']}"))
    for stored in (found["meta_data"], found["tool_resources"], thread["meta_data"]):
        assert json.dumps(stored, sort_keys=True) == json.dumps(meta_data, sort_keys=True)


@pytest.mark.parametrize(
    "kind", ["application/json; charset=utf-8", "APPLICATION/JSON", "application/vnd.api+json", None]
)
def test_every_content_type_of_json_is_accepted(ada: Person, kind: str | None) -> None:
    headers = {} if kind is None else {"content-type": kind}

    assert ada.send("POST", "/v1/threads", content=b"{}", headers=headers).is_success


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "json", ""])
def test_another_content_type_is_refused(ada: Person, kind: str) -> None:
    response = send(ada, b"{}", **{"content-type": kind})

    assert (response.status_code, response.json()["error"]) == (415, "UnsupportedMediaType")
    assert problems(response) == {"header.content-type": "media_type"}


def test_a_lone_surrogate_in_any_text_is_refused_with_its_field(ada: Person, thread: dict[str, Any]) -> None:
    path = f"/v1/threads/{thread['id']}/messages"
    for field in ("content", "sender_id", "run_id", "client_id"):
        response = ada.send("POST", path, content=b'{"%b": "\\ud800"}' % field.encode(), headers=JSON)

        assert (response.status_code, list(problems(response))) == (422, [f"body.{field}"])


def test_a_pair_of_surrogates_is_one_character(ada: Person, thread: dict[str, Any]) -> None:
    path = f"/v1/threads/{thread['id']}/messages"

    message = answered(ada.send("POST", path, content=b'{"content": "\\ud83d\\ude00"}', headers=JSON))

    assert message["content"] == "\U0001f600"


def test_a_body_over_the_limit_is_refused_by_its_announced_length(ada: Person) -> None:
    response = send(ada, b" " * (16 * 1024 * 1024 + 1))

    assert (response.status_code, problems(response)) == (413, {"body": "too_large"})
    assert "16,777,216 bytes" in response.text


def test_a_body_over_the_limit_without_an_announced_length_is_refused(ada: Person) -> None:
    blocks = (b" " * 1024 * 1024 for _ in range(17))

    response = ada.send("POST", "/v1/threads", content=blocks, headers=JSON)

    assert (response.status_code, problems(response)) == (413, {"body": "too_large"})


def test_a_route_without_a_body_ignores_one(ada: Person, thread: dict[str, Any]) -> None:
    response = ada.send("DELETE", f"/v1/threads/{thread['id']}", content=b"\xff" * 100_000)

    assert response.is_success
    assert ada.get(f"/v1/users/{ada.id}").is_success
