from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadkeep.tests.hostile.values import keys, objects, storable, texts
from threadkeep.tests.routers.callers import Caller

if TYPE_CHECKING:
    import httpx2

    from threadkeep.tests.live_server import LiveServer

BASE = "/openai/v1"
JSON = {"content-type": "application/json"}
metadata = st.dictionaries(
    keys | st.text(min_size=60, max_size=70), texts | st.text(min_size=500, max_size=520), max_size=18
)


@pytest.fixture(scope="module")
def caller(http: httpx2.Client, served: LiveServer) -> Caller:
    return Caller(http, served.admin_key)


def send(caller: Caller, path: str, body: Any) -> httpx2.Response:
    return caller.send("POST", BASE + path, content=json.dumps(body).encode(), headers=JSON)


def refused(response: httpx2.Response) -> str | None:
    """Return the parameter that a refusal names. The refusal must have the format of OpenAI."""
    assert response.status_code in {400, 413}, response.text
    error = response.json()["error"]
    assert error.keys() == {"message", "type", "param", "code"}
    assert error["type"] == "invalid_request_error"
    return str(error["param"]) if error["param"] else None


def is_valid(pairs: dict[str, str]) -> bool:
    """Return whether metadata is within the limits of OpenAI and can be returned exactly."""
    short = all(len(key) <= 64 and len(value) <= 512 for key, value in pairs.items())
    return len(pairs) <= 16 and short and storable(pairs)


@given(pairs=metadata)
def test_metadata_is_returned_exactly_or_refused(caller: Caller, pairs: dict[str, str]) -> None:
    for path in ("/threads", "/conversations"):
        response = send(caller, path, {"metadata": pairs})

        if is_valid(pairs):
            assert caller.get(f"{BASE}{path}/{response.json()['id']}").json()["metadata"] == pairs
        else:
            assert (refused(response) or "").startswith("metadata")


@given(text=texts)
def test_text_is_returned_exactly_or_refused(caller: Caller, text: str) -> None:
    conversation = f"/conversations/{send(caller, '/conversations', {}).json()['id']}"
    part = {"type": "input_text", "text": text}
    item = {"type": "message", "role": "user", "content": [part]}

    response = send(caller, f"{conversation}/items", {"items": [item]})

    if storable(text):
        [found] = caller.get(f"{BASE}{conversation}/items").json()["data"]
        assert found["content"] == [part]
    else:
        assert (refused(response) or "").startswith("items[0].content")
        assert caller.get(f"{BASE}{conversation}/items").json()["data"] == []


@given(value=objects)
def test_any_json_as_a_body_is_accepted_or_refused(caller: Caller, value: dict[str, Any]) -> None:
    for path, body in (
        ("/threads", value),
        ("/threads", {"messages": [value]}),
        ("/threads", {"tool_resources": value}),
        ("/conversations", {"items": [value]}),
        ("/conversations", {"metadata": value}),
    ):
        response = send(caller, path, body)

        assert response.is_success or refused(response) != ""
