from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.report.page import sections
from threadkeep.tests.report.figures import EMPTY, full

if TYPE_CHECKING:
    from threadkeep.report.chart import Chart
    from threadkeep.report.figures import Figures

TITLES = {
    "messages": "28,198 messages, 182 % more than in the 30 days before; very few on Fri 6 Nov",
    "hours": "Users write most on Tuesdays, and around 10:00",
    "users": "204 users wrote, 50 of them for the first time; 10 per day on average",
    "retention": "80 % of new users write again in the week after their first one",
    "assistants": "asst_0 writes most: 15 % of the messages of assistants",
    "hand-overs": "12 hand-overs, most often from asst_1 to asst_2",
    "answers": "Half of the answers of asst_3 take longer than 3.4 s",
    "answer-hours": "At 06:00 9 of 10 answers come within 8.0 s, at 00:00 within 2.0 s",
    "lengths": "210 threads; the median length is 5\N{EN DASH}9 messages",
    "drop-off": "10 % of the threads end with an unanswered question",
    "by-channel": "71 % of the threads have “web” as their channel",
    "tools": "<b>book</b> fails most: 25 % of 40 calls",
    "growth": "3,000 messages take 2.1 MB; 700 kB are new since 1 November 2026",
}


def charts(figures: Figures) -> dict[str, Chart]:
    return {chart.name: chart for group in sections(figures).values() for chart in group}


def test_titles_state_the_finding() -> None:
    assert {name: chart.title for name, chart in charts(full()).items()} == TITLES


def test_every_chart_has_a_table_of_its_figures() -> None:
    for chart in charts(full()).values():
        assert chart.rows
        assert {len(row) for row in chart.rows} == {len(chart.columns)}


def test_every_mark_has_a_label() -> None:
    for chart in charts(full()).values():
        assert chart.spec is not None
        assert all(value["label"] for value in chart.spec["data"]["values"])


def test_a_chart_without_data_has_a_title_and_no_drawing() -> None:
    empty = charts(EMPTY)

    assert empty.keys() == TITLES.keys()
    assert all(chart.spec is None for chart in empty.values())
    assert empty["tools"].title == "No tool was called in this period"


@pytest.mark.parametrize(
    ("changes", "name", "title"),
    [
        ({"messages_a_day_before": []}, "messages", "28,198 messages; very few on Fri 6 Nov"),
        (
            {"answer_times_by_assistant": [{"assistant_id": None, "answers": 1, "p50": 0.02, "p90": 1, "p99": 1}]},
            "answers",
            "Half of the answers come within 20 ms",
        ),
        (
            {"retention": [{"cohort": EMPTY.period.since, "week": 0, "users": 3, "share": 1.0}]},
            "retention",
            "No user wrote early enough to return in a later week",
        ),
        (
            {"metadata": {"channel": [{"value": None, "threads": 3, "messages": 3, "share": 1.0}]}},
            "by-channel",
            "No thread has “channel” in its metadata",
        ),
        (
            {
                "tool_calls": [
                    {
                        "tool": "x",
                        "calls": 1,
                        "answered": 1,
                        "failed": 0,
                        "failure_share": 0.0,
                        "p50": None,
                        "p90": None,
                    }
                ]
            },
            "tools",
            "1 tool call, none failed",
        ),
    ],
)
def test_titles_follow_the_figures(changes: dict[str, Any], name: str, title: str) -> None:
    assert charts(full(**changes))[name].title == title


def test_the_busiest_assistants_are_named_and_all_others_come_last() -> None:
    chart = charts(full())["assistants"]

    assert list(chart.columns) == ["day", *(f"asst_{number}" for number in range(7)), "all others"]
