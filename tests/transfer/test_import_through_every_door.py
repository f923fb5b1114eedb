"""What `threadkeep import` brought in, read back through every door and compared field by field."""

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
def said(request: pytest.FixtureRequest, live_server: LiveServer, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A conversation in a file, imported into what the server serves."""
    monkeypatch.setenv("THREADKEEP_MONGODB_URL", live_server.mongodb_url)
    monkeypatch.setenv("THREADKEEP_DATABASE", live_server.database.name)
    result = CliRunner().invoke(app, ["import", str(request.param)])
    assert result.exit_code == 0, result.output
    conversation: dict[str, Any] = json.loads(request.param.read_text(encoding="utf-8"))
    return conversation


def assert_same(said: dict[str, Any], kept: list[dict[str, Any]]) -> None:
    assert [message["id"] for message in kept] == [message["id"] for message in said["messages"]]
    for before, after in zip(said["messages"], kept, strict=True):
        assert {name: after[name] for name in before} == before


def test_over_http(said: dict[str, Any], live_server: LiveServer) -> None:
    url = f"{live_server.url}/v1/threads/{said['thread']['id']}/messages"
    answer = httpx2.get(url, params={"limit": 1000}, headers={"X-API-Key": live_server.admin_key})

    assert_same(said, answer.json()["data"])


def test_through_the_client(said: dict[str, Any], live_server: LiveServer) -> None:
    with Client(live_server.url, live_server.admin_key) as client:
        kept = client.message_service.list_messages(said["thread"]["id"])

    assert_same(said, kept.to_list())


def test_in_the_database(said: dict[str, Any], live_server: LiveServer) -> None:
    rows = list(live_server.database.messages.find({"thread_id": said["thread"]["id"]}).sort("seq", 1))

    assert [row["seq"] for row in rows] == list(range(1, len(rows) + 1))
    assert [(row["_id"], row["content"]) for row in rows] == [(m["id"], m["content"]) for m in said["messages"]]


@pytest.mark.filterwarnings("ignore:The Assistants API:DeprecationWarning")
def test_through_the_openai_sdk(said: dict[str, Any], live_server: LiveServer) -> None:
    with OpenAI(base_url=f"{live_server.url}/openai/v1", api_key=live_server.admin_key) as client:
        kept = list(client.beta.threads.messages.list(said["thread"]["id"], order="asc"))

    assert [(m.id, m.created_at) for m in kept] == [(m["id"], m["created_at"]) for m in said["messages"]]
    for before, after in zip(said["messages"], kept, strict=True):
        assert "\n".join(part.text.value for part in after.content if part.type == "text") == before["content"]
