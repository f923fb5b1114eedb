"""Reads an imported conversation through HTTP, client, database and OpenAI SDK, and compares it field by field."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from openai import OpenAI
from typer.testing import CliRunner

from threadkeep.cli import app
from threadkeep.client import Client

if TYPE_CHECKING:
    from threadkeep.tests.live_server import LiveServer

ROOT = Path(__file__).parents[2]
FILES = [
    path
    for path in (ROOT / "tests/data/conversation.json", ROOT.parent / "shared/data/conversation.json")
    if path.exists()
]


@pytest.fixture(params=FILES, ids=lambda path: path.parts[-3])
def conversation(
    request: pytest.FixtureRequest, live_server: LiveServer, monkeypatch: pytest.MonkeyPatch
) -> dict[str, Any]:
    """The conversation of a file that was imported into the database of the server."""
    monkeypatch.setenv("THREADKEEP_MONGODB_URL", live_server.mongodb_url)
    monkeypatch.setenv("THREADKEEP_DATABASE", live_server.database.name)
    result = CliRunner().invoke(app, ["import", str(request.param)])
    assert result.exit_code == 0, result.output
    imported: dict[str, Any] = json.loads(request.param.read_text(encoding="utf-8"))
    return imported


def assert_same(conversation: dict[str, Any], found: list[dict[str, Any]]) -> None:
    assert [message["id"] for message in found] == [message["id"] for message in conversation["messages"]]
    for before, after in zip(conversation["messages"], found, strict=True):
        assert {name: after[name] for name in before} == before


def test_messages_over_http_equal_the_file(conversation: dict[str, Any], live_server: LiveServer) -> None:
    url = f"{live_server.url}/v1/threads/{conversation['thread']['id']}/messages"
    answer = httpx2.get(url, params={"limit": 1000}, headers={"X-API-Key": live_server.admin_key}, timeout=30)

    assert_same(conversation, answer.json()["data"])


def test_messages_of_the_client_equal_the_file(conversation: dict[str, Any], live_server: LiveServer) -> None:
    with Client(live_server.url, live_server.admin_key) as client:
        found = client.message_service.list_messages(conversation["thread"]["id"])

    assert_same(conversation, found.to_list())


def test_rows_of_the_database_equal_the_file(conversation: dict[str, Any], live_server: LiveServer) -> None:
    rows = list(live_server.database.messages.find({"thread_id": conversation["thread"]["id"]}).sort("seq", 1))

    assert [row["seq"] for row in rows] == list(range(1, len(rows) + 1))
    assert [(row["_id"], row["content"]) for row in rows] == [(m["id"], m["content"]) for m in conversation["messages"]]


@pytest.mark.filterwarnings("ignore:The Assistants API:DeprecationWarning")
def test_messages_of_the_openai_sdk_equal_the_file(conversation: dict[str, Any], live_server: LiveServer) -> None:
    with OpenAI(base_url=f"{live_server.url}/openai/v1", api_key=live_server.admin_key) as client:
        found = list(client.beta.threads.messages.list(conversation["thread"]["id"], order="asc"))

    assert [(m.id, m.created_at) for m in found] == [(m["id"], m["created_at"]) for m in conversation["messages"]]
    for before, after in zip(conversation["messages"], found, strict=True):
        assert "\n".join(part.text.value for part in after.content if part.type == "text") == before["content"]
