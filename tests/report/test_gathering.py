from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import TYPE_CHECKING

import pytest

from threadkeep.report import Period, gather, headlines, last_days, write_report
from threadkeep.services.analytics.rollups import Rollups
from threadkeep.services.maintenance.leases import Leaseholder
from threadkeep.transfer.demo import Demo, fill, generate

if TYPE_CHECKING:
    from pathlib import Path

    from threadkeep.keep import Threadkeep

END = datetime(2026, 11, 22, tzinfo=UTC)
DEMO = Demo(300, seed=5, days=8, until=END)
UNTIL = END.replace(tzinfo=None)
PERIOD = Period(UNTIL - timedelta(days=5), UNTIL, "Asia/Tokyo")


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


@pytest.mark.slow
async def test_figures_equal_those_computed_from_the_messages(keep: Threadkeep) -> None:
    await fill(keep, DEMO)
    figures = await gather(keep, PERIOD, metadata_keys=["topic"])
    conversations = list(generate(DEMO).conversations)
    threads = [(thread, rows) for thread, rows in conversations if thread["created_at"] >= PERIOD.since]
    messages = [row for _, rows in conversations for row in rows if row["created_at"] >= PERIOD.since]
    questions = [row for row in messages if row["role"] == "user"]
    hours = Counter((row["created_at"] + timedelta(hours=9)).hour for row in questions)
    reported_hours = Counter[int]()
    for row in figures.busy_hours:
        reported_hours[row["hour"]] += row["messages"]

    assert figures.messages == len(messages)
    assert figures.users == len({row["sender_id"] for row in questions})
    assert figures.threads == len(threads)
    assert figures.unanswered_share == sum(rows[-1]["role"] == "user" for _, rows in threads) / len(threads)
    assert sum(row["calls"] for row in figures.tool_calls) == sum(len(row.get("tool_calls", ())) for row in messages)
    assert reported_hours == hours
    assert {row["value"]: row["threads"] for row in figures.metadata["topic"]} == Counter(
        thread["meta_data"]["topic"] for thread, _ in threads
    )
    assert figures.growth[-1]["messages_so_far"] == DEMO.messages
    middle = median(len(rows) for _, rows in threads)
    assert sum(row["threads"] for row in figures.thread_lengths if row["at_least"] <= middle) * 2 >= len(threads)


async def test_report_is_written_to_a_file_and_summed_up_in_headlines(keep: Threadkeep, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    figures = await write_report(
        keep,
        tmp_path / "report.html",
        PERIOD,
        title="Nobody's",
        on_progress=lambda done, total: seen.append((done, total)),
    )
    html = (tmp_path / "report.html").read_text(encoding="utf-8")

    assert html.startswith("<!doctype html>")
    assert "<h1>Nobody&#x27;s</h1>" in html
    assert [headline.figure for headline in headlines(figures)[:3]] == ["0", "0", "0"]
    assert seen[-1][0] == seen[-1][1]
    assert names_in(tmp_path) == ["report.html"]


async def test_report_waits_for_the_process_that_computes_the_daily_facts(keep: Threadkeep) -> None:
    other = Leaseholder(keep.runtime.documents, "rollups")
    await other.take()
    gathered = asyncio.create_task(gather(keep, PERIOD, ask_again_seconds=0.01))
    await asyncio.sleep(0.1)
    assert not gathered.done()

    await other.release()

    assert (await gathered).messages == 0
    assert await Rollups(keep.runtime.documents).as_of() is not None


def test_last_days_end_at_midnight() -> None:
    period = last_days(7)

    assert period.days == len(period.each_day()) == 7
    assert period.until.time() == datetime.min.time()
    assert period.before.until == period.since
