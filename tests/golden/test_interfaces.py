"""The interfaces that others build on stay as they are: OpenAPI, errors, stored documents, settings.

`THREADKEEP_TEST_RECORD=1 pytest tests/golden` writes the files anew; the difference belongs in the change that wants it.
"""

from __future__ import annotations

import json
import os
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from threadkeep.settings import Settings
from threadkeep.tests.app_in_memory import app_with, running
from threadkeep.tests.golden import recording
from threadkeep.tests.golden.requests import refused_by_rules, refused_everywhere
from threadkeep.tests.routers.routes import application

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx2

    from threadkeep.keep import Threadkeep

FOLDER = Path(__file__).parent / "recorded"
WIDEST = 200


def same_as_recorded(name: str, found: Any) -> None:
    """Compare with the recorded file, or write the file if `THREADKEEP_TEST_RECORD` is set."""
    path = FOLDER / f"{name}.json"
    if os.environ.get("THREADKEEP_TEST_RECORD"):
        path.write_text(lines(found) + "\n")

    assert json.loads(lines(found)) == json.loads(path.read_text())


def lines(value: Any, depth: int = 0) -> str:
    """JSON with a line for each short value, so that a difference is easy to read."""
    small = json.dumps(value, ensure_ascii=False, sort_keys=True)
    if len(small) <= WIDEST or not isinstance(value, (dict, list)):
        return small
    space = "\n" + " " * (depth + 1)
    if isinstance(value, dict):
        members = [f"{json.dumps(key, ensure_ascii=False)}: {lines(value[key], depth + 1)}" for key in sorted(value)]
        return "{" + space + f",{space}".join(members) + "\n" + " " * depth + "}"
    return "[" + space + f",{space}".join(lines(member, depth + 1) for member in value) + "\n" + " " * depth + "]"


def test_the_openapi_descriptions_are_unchanged() -> None:
    same_as_recorded("openapi", recording.openapi(application()))


def test_the_settings_are_unchanged() -> None:
    fields = Settings.model_fields.items()
    same_as_recorded("settings", {name: [str(field.annotation), str(field.default)] for name, field in fields})


async def test_the_errors_of_every_route_are_unchanged() -> None:
    async with opened() as http:
        same_as_recorded("errors_of_routes", await recording.errors(http, refused_everywhere))


async def test_the_errors_of_rules_are_unchanged() -> None:
    async with opened() as http:
        same_as_recorded("errors_of_rules", await recording.errors(http, refused_by_rules))


@asynccontextmanager
async def opened() -> AsyncIterator[httpx2.AsyncClient]:
    """The application on an empty database. It answers requests already."""
    app = app_with()
    async with running(app) as http:
        await app.state.opened
        yield http


async def test_the_stored_documents_are_unchanged(keep_in_memory: Threadkeep) -> None:
    keep = keep_in_memory
    users, threads, messages = keep.user_service, keep.thread_service, keep.message_service
    ada = await users.create_user(email="ada@example.org", full_name="Ada")
    bob = await users.create_user(full_name="Bob", oauth_provider="github", provider_user_id="7")
    thread = await threads.create_thread([ada.id, bob.id], {"topic": "time"}, {"code": {"file_ids": ["f"]}})
    await threads.create_thread(messages=[{"content": "Hello"}, {"role": "assistant", "content": "Hi"}])
    first = await messages.create_message(thread.id, "Hello", sender_id=ada.id, client_id="one", meta_data={"n": 1})
    call = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    await messages.create_message(thread.id, "", "assistant", tool_calls=[call], run_id="run", assistant_id="asst")
    await messages.submit_tool_output(thread.id, "42", tool_call_id="c")
    parts: list[dict[str, Any]] = [{"type": "text", "text": "Look"}, {"type": "image_url", "image_url": {"url": "u"}}]
    await messages.create_messages(thread.id, [{"content": parts, "attachments": [{"file_id": "f"}]}, {"content": "b"}])
    half = await messages.create_message(thread.id, "half", "assistant", status="in_progress")
    await messages.update_message(half.id, content="whole", status="completed")
    await messages.delete_message(first.id)
    await threads.update_thread(thread.id, meta_data={"more": [1, None]})
    await keep.key_service.create_key("user", user_id=ada.id, key_name="laptop", expires_in_days=1)

    same_as_recorded("documents", await recording.documents(keep))
