"""Each limit accepts its value, refuses one more with the name of the field, and is in the documentation."""

from __future__ import annotations

import json
import re
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import httpx2
import pytest

from threadkeep.app import create_app
from threadkeep.client.options import certificates
from threadkeep.keep import Threadkeep
from threadkeep.settings import Limits, Settings
from threadkeep.testing import mongomock_client

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from pymongo import AsyncMongoClient

DOCS = Path(__file__).parents[2] / "docs"
SMALL: dict[str, Any] = {
    "max_body_bytes": 4000,
    "max_bodies_bytes": 4000,
    "max_message_bytes": 2000,
    "max_metadata_bytes": 500,
    "max_nesting": 8,
    "max_participants": 3,
    "max_batch": 4,
    "max_page": 5,
    "max_records_page": 6,
    "max_body_elements": 60,
    "max_message_elements": 20,
    "max_filter_keys": 7,
    "max_metadata_keys": 9,
}
TESTED_ELSEWHERE = {
    "max_analytics_seconds",
    "max_import_bytes",
    "max_import_unpacked_bytes",
    "max_imports",
    "max_keys_per_user",
    "max_page_elements",
    "participants_see_names",
    "audit_days",
}
"""Limits that refuse no single request. `services/analytics`, `services/test_keys.py`, `test_page_elements.py`,
`routers/native/test_imports.py` test them."""
Request = tuple[str, str, dict[str, Any]]


def post(path: str, **body: Any) -> Request:
    return "POST", path, {"json": body}


def nested(levels: int) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for _ in range(levels - 1):
        value = {"a": value}
    return value


def filter_of(count: int) -> str:
    return quote(json.dumps(keys(count)))


def keys(count: int) -> dict[str, int]:
    return {str(number): 0 for number in range(count)}


def body_of(size: int) -> dict[str, Any]:
    return {"content": b"{" + b" " * (size - 2) + b"}", "headers": {"content-type": "application/json"}}


NATIVE: dict[str, tuple[str, Callable[[str, int], Request]]] = {
    "max_body_bytes": ("body", lambda _, most: ("POST", "/v1/threads", body_of(most))),
    "max_message_bytes": ("content|message", lambda path, most: post(f"{path}/messages", content="x" * most)),
    "max_metadata_bytes": ("meta_data", lambda _, most: post("/v1/threads", meta_data={"a": "x" * (most - 8)})),
    "max_nesting": ("tool_resources", lambda _, most: post("/v1/threads", tool_resources=nested(most))),
    "max_participants": ("participant_ids", lambda _, most: post("/v1/threads", participant_ids=["x"] * most)),
    "max_batch": ("messages", lambda path, most: post(f"{path}/messages", messages=[{}] * most)),
    "max_page": ("limit", lambda path, most: ("GET", f"{path}/messages?limit={most}", {})),
    "max_body_elements": ("body", lambda _, most: post("/v1/threads", meta_data={"a": [0] * (most - 4)})),
    "max_message_elements": (
        "message",
        lambda path, most: post(f"{path}/messages", attachments=[{"a": [0] * (most - 3)}]),
    ),
    "max_metadata_keys": ("meta_data", lambda _, most: post("/v1/threads", meta_data=keys(most))),
    "max_filter_keys": ("meta_data", lambda _, most: ("GET", f"/v1/threads?meta_data={filter_of(most)}", {})),
    "max_records_page": ("limit", lambda _, most: ("GET", f"/v1/threads?limit={most}", {})),
}
ITEM = {"type": "message", "role": "user", "content": "x"}
OPENAI: dict[str, tuple[str, Callable[[str, int], Request]]] = {
    "max_body_bytes": ("", lambda _, most: ("POST", "/openai/v1/threads", body_of(most))),
    "max_message_bytes": ("content", lambda path, most: post(f"{path}/messages", role="user", content="x" * most)),
}


@asynccontextmanager
async def small() -> AsyncIterator[tuple[httpx2.AsyncClient, str]]:
    """Run a service with small limits. Yields a client and the id of a thread."""
    keep = Threadkeep(mongomock_client(), sweep_seconds=None)
    app = create_app(Settings(_env_file=None, auth=False, **SMALL), keep=keep)
    transport = httpx2.ASGITransport(app)
    async with (
        keep,
        app.router.lifespan_context(app),
        httpx2.AsyncClient(verify=certificates(), transport=transport, base_url="http://test") as client,
    ):
        await app.state.opened
        yield client, (await client.post("/v1/threads", json={})).json()["id"]


def refused_field(response: httpx2.Response) -> str:
    """Return the refused field, in the error format of either API."""
    answer = response.json()
    if isinstance(answer["error"], dict):
        return str(answer["error"]["param"] or "")
    return str(answer["detail"][0]["loc"][-1])


@pytest.mark.parametrize(("base", "requests"), [("/v1/threads/", NATIVE), ("/openai/v1/threads/", OPENAI)])
async def test_a_value_at_the_limit_is_accepted_and_one_more_is_refused(base: str, requests: dict[str, Any]) -> None:
    failures = []
    async with small() as (client, thread_id):
        for name, (field, request) in requests.items():
            method, path, options = request(base + thread_id, SMALL[name])
            at_limit = await client.request(method, path, **options)
            method, path, options = request(base + thread_id, SMALL[name] + 1)
            above_limit = await client.request(method, path, **options)
            # unknown participants are refused only after their number is accepted
            is_accepted = at_limit.is_success or at_limit.json()["error"] == "InvalidParticipants"
            if (
                not is_accepted
                or above_limit.status_code not in {400, 413, 422}
                or not re.fullmatch(field, refused_field(above_limit))
            ):
                failures.append((name, at_limit.text, above_limit.text))
            elif f"{SMALL[name]:,}" not in above_limit.text and name != "max_nesting":
                failures.append((name, "does not say the limit", above_limit.text))

    assert not failures


def test_every_limit_is_tested() -> None:
    assert NATIVE.keys() == Limits.model_fields.keys() - TESTED_ELSEWHERE


def documented(page: str) -> dict[str, str]:
    """Return the value of each setting in the table of the page."""
    rows = re.findall(r"^\|(.*)\|$", (DOCS / page).read_text(), re.MULTILINE)
    cells = [[cell.strip() for cell in row.split("|")] for row in rows]
    return {cell.strip("`"): row[1] for row in cells for cell in row if cell.startswith("`THREADKEEP_MAX_")}


def formatted(name: str, value: float) -> str:
    if name.endswith("_bytes"):
        return f"{value // 2**20} MiB" if value % 2**20 == 0 else f"{value // 1024} KiB"
    return f"{value:,} levels" if name == "max_nesting" else f"{value:,}"


def test_the_documentation_names_every_limit_and_its_value() -> None:
    found = documented("http.md")

    for name in (*SMALL, "max_page_elements"):
        value = Settings.model_fields[name].default
        assert found[f"THREADKEEP_{name.upper()}"] == formatted(name, value)


@pytest.mark.slow
async def test_a_message_and_metadata_at_the_largest_limits_are_stored(
    mongo_client: AsyncMongoClient[Any], emptied_database_name: str
) -> None:
    most = {
        name: 14 * 2**20 if name == "max_message_bytes" else 2**20
        for name in ("max_message_bytes", "max_metadata_bytes")
    }
    options: dict[str, Any] = {"database": emptied_database_name, "sweep_seconds": None, "limits": Limits(**most)}
    async with Threadkeep(mongo_client, **options) as keep:
        thread = await keep.thread_service.create_thread(
            meta_data={"a": "x" * (2**20 - 8)}, tool_resources={"a": [0] * (2**19 - 4)}
        )
        message = await keep.message_service.create_message(
            thread.id, "x" * (14 * 2**20), meta_data={"a": "x" * (2**20 - 8)}
        )

    assert message.seq == 1
