"""The table of budgets in docs/security.md has the defaults of the settings, and each of its metrics exists."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from threadkeep.errors import MOST_PROBLEMS
from threadkeep.server import protocol
from threadkeep.services import long_work
from threadkeep.settings import Settings
from threadkeep.tests.hostile.sockets import many

if TYPE_CHECKING:
    import httpx2

    from threadkeep.tests.live_server import LiveServer

PAGE = (Path(__file__).parents[2] / "docs" / "security.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in row.strip("|").split("|")]
    for row in PAGE.partition("| budget | default |")[2].partition("\n\n")[0].splitlines()[2:]
]
BUDGETS = {
    *("max_concurrent_requests", "max_waiting_requests", "max_bodies_bytes", "max_responses_bytes"),
    *("max_client_connections", "receive_timeout_seconds", "send_timeout_seconds", "min_bytes_per_second"),
    *("request_timeout_seconds", "key_requests_per_second", "user_key_requests_per_second", "key_bytes_per_second"),
}
CONSTANTS = {
    "requests that wait on one connection": f"{protocol._MAX_PIPELINED}",  # noqa: SLF001 - it has no setting
    "headers of a request": f"{protocol._MAX_HEADER_BYTES // 1024} KiB",  # noqa: SLF001
    "unread bytes, and small pieces, of a body": (
        f"{protocol._MAX_DISCARDED_BYTES >> 20} MiB, {protocol._MAX_SMALL_PIECES:,}"  # noqa: SLF001
    ),
    "long histories that are computed at once": f"{long_work.AT_ONCE}",
    "problems that one error names": f"{MOST_PROBLEMS}",
}


def written(setting: str) -> str:
    """The default of a setting, as the table writes it."""
    value = Settings.model_fields[setting].default
    size = f"{value >> 20} MiB" if value >= 2**20 else f"{value // 1024} KiB"
    shown = size if "bytes" in setting else f"{value:,}"
    return shown + ("/s" if setting.endswith("per_second") else " s" if setting.endswith("seconds") else "")


def test_each_budget_is_in_the_table_with_its_default() -> None:
    found = {row[2].strip("`").removeprefix("THREADKEEP_").lower(): row[1] for row in ROWS if row[2]}

    assert found == {setting: written(setting) for setting in BUDGETS}
    assert {row[0]: row[1] for row in ROWS if not row[2]} == CONSTANTS


def test_each_metric_of_the_table_is_in_the_metrics(served: LiveServer, http: httpx2.Client) -> None:
    text = http.get("/metrics", headers={"x-api-key": served.admin_key}).text
    samples = {line.rpartition(" ")[0] for line in text.splitlines() if not line.startswith("#")}

    metrics = {metric for row in ROWS for metric in re.findall("`([^`]+)`", row[4])}
    assert len(metrics) > 10
    assert metrics <= samples
    assert {line for line in samples if "ended" in line} <= metrics


@pytest.mark.slow
@pytest.mark.parametrize(
    ("limit", "request_"),
    [
        ("headers", b"GET / HTTP/1.1\r\nx: " + b"x" * 140_000 + b"\r\n"),
        ("pipelined", b"GET /openapi.json HTTP/1.1\r\n\r\n" * 40),
    ],
)
def test_connections_that_exceed_a_limit_are_counted(
    served: LiveServer, http: httpx2.Client, limit: str, request_: bytes
) -> None:
    def count() -> float:
        text = http.get("/metrics", headers={"x-api-key": served.admin_key}).text
        found = re.search(rf'connections_ended_total{{limit="{limit}"}} (.+)', text)
        assert found is not None
        return float(found[1])

    before = count()
    with many(served.url, 1, request_) as (connection,):
        try:
            while connection.recv(65536):
                pass
        except ConnectionError:
            pass

    assert count() == before + 1
