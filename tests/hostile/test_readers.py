"""Readers never fail on stored data: an odd row is shown in its nearest form, and hides no other row."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Literal

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from threadkeep.clock import now
from threadkeep.keep import Threadkeep
from threadkeep.report import last_days, write_report
from threadkeep.services.external_ids import Kind, external_key
from threadkeep.tests.hostile.stored import databases, worst
from threadkeep.tests.routers.callers import Caller, answered
from threadkeep.tests.routers.routes import ENTRIES
from threadkeep.transfer import export
from threadkeep.transfer.exporter.renderers import RENDERERS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    import httpx2
    from pymongo import AsyncMongoClient

    from threadkeep.tests.live_server import LiveServer

KINDS: tuple[Kind, ...] = ("user", "thread")
READING = sorted({entry.path for entry in ENTRIES if entry.method == "GET" and entry.route.include_in_schema})
FORMATS: tuple[Literal["chat", "responses", "anthropic"], ...] = ("chat", "responses", "anthropic")
NEEDED: dict[str, dict[str, Any]] = {"metadata": {"key": "type"}, "context": {"max_tokens": 10**7}}
"""The parameters that the last part of a path needs."""
VIEWS = ("messages_flat", "threads_flat", "daily_activity")
SLOW = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]
Stored = dict[str, list[dict[str, Any]]]


def some(examples: int) -> settings:
    # No shrinking: the failing example is small already, and each try takes half a second.
    phases = [Phase.explicit, Phase.reuse, Phase.generate]
    return settings(max_examples=examples, suppress_health_check=SLOW, deadline=None, phases=phases)


@pytest.fixture
async def keep(served: LiveServer, mongo_client: AsyncMongoClient[Any]) -> AsyncIterator[Threadkeep]:
    async with Threadkeep(mongo_client, database=served.database.name, sweep_seconds=None) as keep:
        yield keep


def store(served: LiveServer, stored: Stored) -> None:
    served.empty()
    for name, rows in stored.items():
        if rows:
            served.database[name].insert_many(rows)


def numbers(stored: Stored, thread_id: str) -> list[str]:
    """The ids of the messages of a thread, oldest first."""
    return [row["_id"] for row in stored["messages"] if row["thread_id"] == thread_id]


def listed(caller: Caller, path: str, after: str = "next_cursor") -> list[str]:
    """The ids of a whole list, two entries a page, oldest first."""
    found: list[str] = []
    query: dict[str, Any] = {"limit": 2, "order": "asc"}
    while True:
        page = answered(caller.get(path, **query))
        found += [entry["id"] for entry in page["data"]]
        if not page["has_more"]:
            return found
        query["after"] = page["next_cursor"] if after == "next_cursor" else page["last_id"]


def check_apis(stored: Stored, served: LiveServer, http: httpx2.Client) -> None:
    """Read everything through both APIs."""
    store(served, stored)
    caller = Caller(http, served.admin_key)
    for thread in stored["threads"]:
        ids = numbers(stored, thread["_id"])
        assert listed(caller, f"/v1/threads/{thread['_id']}/messages") == ids
        assert listed(caller, f"/openai/v1/threads/{thread['_id']}/messages", "last_id") == ids
        assert listed(caller, f"/openai/v1/conversations/{thread['_id']}/items", "last_id") == ids
    assert set(listed(caller, "/v1/threads")) == {thread["_id"] for thread in stored["threads"]}
    assert set(listed(caller, "/v1/users")) == {user["_id"] for user in stored["users"]}
    for row in stored["messages"]:
        known = {"message_id": row["_id"], "item_id": row["_id"]} | thread_ids(row["thread_id"])
        for path in READING:
            if "{message_id}" in path or "{item_id}" in path:
                answered(caller.get(with_ids(path, known)))
    served.database["external_ids"].insert_many(
        {"_id": external_key(kind, None, "mine"), "target_id": f"{kind}_0", "created_at": now()} for kind in KINDS
    )
    known = {"user_id": "user_0", "prefix": served.admin_key[:11], "external_id": "mine"} | thread_ids("thread_0")
    for path in READING:
        if not any(name in path for name in ("{message_id}", "{item_id}", "{prefix}", "{external_id}", "{import_id}")):
            response = caller.get(with_ids(path, known), **NEEDED.get(path.rpartition("/")[2], {}))
            assert response.status_code == 200, (path, response.text)


def thread_ids(thread_id: str) -> dict[str, str]:
    return {"thread_id": thread_id, "conversation_id": thread_id}


def with_ids(path: str, ids: dict[str, str]) -> str:
    return re.sub(r"\{([^}]+)\}", lambda found: ids[found[1]], path)


@pytest.mark.slow
@some(3)
@given(stored=databases())
@example(stored=worst())
def test_both_apis_show_every_row(served: LiveServer, http: httpx2.Client, stored: Stored) -> None:
    check_apis(stored, served, http)


@pytest.mark.chaos
@pytest.mark.timeout(0)
@some(2000)
@given(stored=databases())
def test_both_apis_show_every_row_for_long(served: LiveServer, http: httpx2.Client, stored: Stored) -> None:
    check_apis(stored, served, http)


async def check_services(stored: Stored, served: LiveServer, keep: Threadkeep, folder: Path) -> None:
    """Read everything through the services, both formats of an export, and the views."""
    store(served, stored)
    messages = keep.message_service
    for thread in stored["threads"]:
        ids = numbers(stored, thread["_id"])
        for order in ("asc", "desc"):
            found = [record.id async for record in messages.iter_messages(thread["_id"], order=order)]
            assert found == (ids if order == "asc" else ids[::-1])
        await messages.get_formatted_messages(thread["_id"])
        for format_ in FORMATS:
            await messages.context(thread["_id"], 10**7, format=format_)
        await keep.thread_service.get_thread(thread["_id"])
    assert {user.id async for user in keep.user_service.iter_users()} == {user["_id"] for user in stored["users"]}
    for row in stored["messages"]:
        assert (await messages.get_message(row["_id"])).id == row["_id"]
    await check_exports(keep, stored, folder)
    rows = {view: list(served.database[view].find()) for view in VIEWS}
    shown = {row["_id"] for row in stored["messages"] if "covers" not in row}  # summaries repeat the messages of others
    assert {row["message_id"] for row in rows["messages_flat"]} == shown
    assert {row["thread_id"] for row in rows["threads_flat"]} == {row["_id"] for row in stored["threads"]}


async def check_exports(keep: Threadkeep, stored: Stored, folder: Path) -> None:
    wanted = {row["_id"] for rows in stored.values() for row in rows}
    await export(keep, folder / "all.jsonl", restart=True)
    lines = [json.loads(line) for line in (folder / "all.jsonl").read_bytes().splitlines()]
    assert {line["id"] for line in lines if "id" in line} == wanted
    await export(keep, folder / "tables", format="parquet", restart=True)
    kinds = ("users", "threads", "messages")
    tables = [pq.read_table(part) for kind in kinds for part in (folder / "tables" / kind).glob("*.parquet")]
    assert {name for table in tables for name in table["id"].to_pylist()} == wanted
    for name in RENDERERS:
        path = folder / f"threads.{name}"
        report = await export(keep, path, format=name, restart=True)  # type: ignore[arg-type]
        assert report.messages == len(stored["messages"])
        text = path.read_text()
        assert name != "chatgpt" or isinstance(json.loads(text), list)


@pytest.mark.slow
@some(5)
@given(stored=databases())
@example(stored=worst())
async def test_services_exports_and_views_show_every_row(
    served: LiveServer, keep: Threadkeep, tmp_path: Path, stored: Stored
) -> None:
    await check_services(stored, served, keep, tmp_path)


@pytest.mark.chaos
@pytest.mark.timeout(0)
@some(2000)
@given(stored=databases())
async def test_services_exports_and_views_show_every_row_for_long(
    served: LiveServer, keep: Threadkeep, tmp_path: Path, stored: Stored
) -> None:
    await check_services(stored, served, keep, tmp_path)


async def check_analytics(stored: Stored, key: str, served: LiveServer, keep: Threadkeep, folder: Path) -> None:
    """Write the report, which asks most questions. The routes ask all of them."""
    store(served, stored)
    figures = await write_report(keep, folder / "report.html", last_days(5), metadata_keys=[key])
    since, until = figures.period.since, figures.period.until
    counted = [row for row in stored["messages"] if since <= row["created_at"] < until and is_said(row)]
    assert figures.messages == len(counted)


def is_said(row: dict[str, Any]) -> bool:
    """Whether the message is no summary, and no bookkeeping of a framework."""
    return "covers" not in row and (row["role"] != "unknown" or row["type"] == "message")


metadata_keys = st.sampled_from(("type", "id", "a.b"))


@pytest.mark.slow
@some(2)
@given(stored=databases(), key=metadata_keys)
async def test_analytics_and_the_report_count_every_row(
    served: LiveServer, keep: Threadkeep, tmp_path: Path, stored: Stored, key: str
) -> None:
    await check_analytics(stored, key, served, keep, tmp_path)


@pytest.mark.chaos
@pytest.mark.timeout(0)
@some(200)
@given(stored=databases(), key=metadata_keys)
async def test_analytics_and_the_report_count_every_row_for_long(
    served: LiveServer, keep: Threadkeep, tmp_path: Path, stored: Stored, key: str
) -> None:
    await check_analytics(stored, key, served, keep, tmp_path)
