"""The answer to a small invalid body is never large, in either API."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from threadkeep.errors import MOST_PROBLEMS, InvalidInput, InvalidParticipants
from threadkeep.inputs import Input, NewMessage
from threadkeep.services.validation import validate_input
from threadkeep.settings import Limits

if TYPE_CHECKING:
    import httpx2

    from threadkeep.tests.live_server import LiveServer

MANY = 12_000
MOST_ANSWER_BYTES = 16 * 1024
UNKNOWN = {f"x{number}": 0 for number in range(MANY)}
LONG = "x" * 1_000_000
PART = {"type": "input_text", "text": "x"}

NATIVE: dict[str, tuple[str, Any]] = {
    "participants": ("/v1/threads", {"participant_ids": [0] * MANY}),
    "few participants": ("/v1/threads", {"participant_ids": [0] * 200}),
    "unknown fields": ("/v1/threads", UNKNOWN),
    "attachments": ("/v1/threads/t/messages", {"attachments": [0] * MANY}),
    "tool calls": ("/v1/threads/t/messages", {"tool_calls": [0] * MANY}),
    "messages": ("/v1/threads", {"messages": [0] * 1000}),
    "messages of unknown fields": ("/v1/threads", {"messages": [{f"x{number}": 0 for number in range(99)}] * 100}),
    "a message of unknown fields": ("/v1/threads", {"messages": [UNKNOWN]}),
    "parts": ("/v1/threads/t/messages", {"content": [{"type": 0}] * MANY}),
    "a long unknown field": ("/v1/threads", {LONG: 0}),
    "a long key of a value that cannot be stored": ("/v1/threads", {"meta_data": {LONG: [2**64]}}),
    "a long role": ("/v1/threads/t/messages", {"role": LONG}),
    "a long e-mail": ("/v1/users", {"email": LONG}),
    "unknown fields of a user": ("/v1/users", UNKNOWN),
    "unknown participants": ("/v1/threads", {"participant_ids": [f"{number:0128}" for number in range(200)]}),
    "repeated client ids": ("/v1/threads", {"messages": [{"client_id": "c" * 256}] * 1000}),
}
OPENAI: dict[str, tuple[str, Any]] = {
    "unknown fields": ("/openai/v1/threads", UNKNOWN),
    "messages": ("/openai/v1/threads", {"messages": [0] * 1000}),
    "parts": ("/openai/v1/threads/t/messages", {"role": "user", "content": [{"type": "text", "text": 0}] * MANY}),
    "numbers as parts": ("/openai/v1/threads/t/messages", {"role": "user", "content": [0] * MANY}),
    "a part of unknown fields": (
        "/openai/v1/threads/t/messages",
        {"role": "user", "content": [{"type": "text", **UNKNOWN}]},
    ),
    "attachments": ("/openai/v1/threads/t/messages", {"role": "user", "content": "x", "attachments": [UNKNOWN]}),
    "metadata": ("/openai/v1/threads", {"metadata": UNKNOWN}),
    "resources": ("/openai/v1/threads", {"tool_resources": UNKNOWN}),
    "items": ("/openai/v1/conversations", {"items": [0] * MANY}),
    "an item of unknown fields": ("/openai/v1/conversations", {"items": [{"role": "user", "content": "x", **UNKNOWN}]}),
    "parts of an item": (
        "/openai/v1/conversations",
        {"items": [{"role": "user", "content": [{**PART, "a": 0}] * MANY}]},
    ),
    "a kind of item": ("/openai/v1/conversations", {"items": [{"type": LONG}]}),
    "variables": (
        "/openai/v1/conversations",
        {
            "items": [
                {
                    "type": "local_shell_call",
                    "id": "x",
                    "call_id": "x",
                    "status": "completed",
                    "action": {"type": "exec", "command": ["x"], "env": UNKNOWN},
                }
            ]
        },
    ),
    "results": (
        "/openai/v1/conversations",
        {"items": [{"type": "file_search_call", "queries": [], "results": [{"attributes": {**UNKNOWN, "x0": []}}]}]},
    ),
}


@pytest.mark.parametrize(
    ("path", "body"),
    [*NATIVE.values(), *OPENAI.values()],
    ids=[*(f"native, {name}" for name in NATIVE), *(f"openai, {name}" for name in OPENAI)],
)
def test_refusals_have_at_most_16_kib(http: httpx2.Client, served: LiveServer, path: str, body: Any) -> None:
    headers = {"authorization": f"Bearer {served.admin_key}", "content-type": "application/json"}

    response = http.post(path, content=json.dumps(body).encode(), headers=headers)

    assert response.status_code in {400, 413, 422}, response.text[:500]
    assert len(response.content) < MOST_ANSWER_BYTES
    if path.startswith("/v1"):
        assert len(response.json()["detail"]) <= MOST_PROBLEMS + 1


class ManyFields(Input):
    """A model with more fields than an error names."""

    __annotations__ = {f"field{number}": int for number in range(50)}


def test_an_error_names_the_first_problems_and_the_number_of_the_others() -> None:
    before = InvalidInput.left_out
    with pytest.raises(InvalidInput) as refused:
        validate_input(ManyFields, {}, Limits())

    assert len(refused.value.problems) == MOST_PROBLEMS + 1
    assert refused.value.problems[-1]["msg"] == "30 more problems are not shown"
    assert InvalidInput.left_out == before + 30


def test_an_error_about_many_users_names_the_first_ones() -> None:
    error = InvalidParticipants(unknown=[f"user_{number}" for number in range(10_000)])

    assert "user_19 and 9,980 more" in str(error)


def test_validation_stops_at_the_first_invalid_entry() -> None:
    with pytest.raises(ValidationError) as refused:
        NewMessage.model_validate({"attachments": [{}, 0, 0, 0]})

    assert [found["loc"] for found in refused.value.errors()] == [("attachments", 1)]


@pytest.mark.parametrize(
    ("part", "field"),
    [
        ({"type": [], "text": "x"}, "[0].type"),
        ({"type": None}, "[0].type"),
        ({"type": "text"}, "[0].text"),
        ({"type": "input_text", "text": None}, "[0].text"),
        ({"type": "output_text", "text": {"value": 1}}, "[0].text"),
        ({"type": "text", "text": {"value": "x", "annotations": 5}}, "[0].text.annotations"),
        ({"type": "refusal", "refusal": 5}, "[0].refusal"),
    ],
)
def test_a_part_that_cannot_be_shown_is_refused_with_its_field(part: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        validate_input(NewMessage, {"content": [part]}, Limits())

    (problem,) = refused.value.problems
    assert problem["loc"] == ["content"]
    assert problem["msg"].startswith(f"{field}: ")
