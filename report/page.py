"""The page of a report: one HTML file that needs no network. Only tooltips need its script."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..escaping import html_text
from . import activity, answers, conversations, people, storage, tools
from .drawing import LONGEST_TITLE, svg
from .formatting import counted, date
from .headlines import headlines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .chart import Chart
    from .figures import Figures, Period

_HERE = Path(__file__).parent
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
"""The browser loads nothing from the network, even if the data contains HTML."""


def sections(figures: Figures) -> dict[str, list[Chart]]:
    """Return all charts by the heading of their section."""
    return {
        "Activity": [activity.messages_a_day(figures), activity.busy_hours(figures)],
        "People": [people.active_users(figures), people.retention(figures)],
        "Assistants": [activity.assistants_a_day(figures), tools.hand_overs(figures)],
        "Answers": [answers.by_assistant(figures), answers.by_hour(figures)],
        "Threads": [
            conversations.lengths(figures),
            conversations.drop_off(figures),
            *(conversations.metadata(figures, key) for key in figures.metadata),
        ],
        "Tools and storage": [tools.tool_calls(figures), storage.growth(figures)],
    }


def page(figures: Figures, title: str) -> str:
    """Return the HTML of the page."""
    return "\n".join(_lines(figures, title))


def _lines(figures: Figures, title: str) -> Iterator[str]:
    period = figures.period
    yield "<!doctype html>"
    yield '<html lang="en"><head><meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{html_text(title, LONGEST_TITLE)}, {_span(period)}</title>"
    yield f"<style>\n{_read('page.css')}</style></head><body>"
    yield f"<header><h1>{html_text(title, LONGEST_TITLE)}</h1>"
    yield f"<p>{_span(period)}: {counted(period.days, 'day')}{_state(figures)}</p>"
    yield '<dl class="tiles">'
    for headline in headlines(figures):
        yield f'<div class="tile"><dt>{html_text(headline.name)}</dt>'
        yield f"<dd>{html_text(headline.figure)}</dd><dd>{html_text(headline.remark)}</dd></div>"
    yield "</dl></header><main>"
    for heading, charts in sections(figures).items():
        yield f'<section><h2>{heading}</h2><div class="charts">'
        for chart in charts:
            yield _figure(chart)
        yield "</div></section>"
    yield "</main>"
    yield f"<footer>Made by Threadkeep at {figures.made_at:%Y-%m-%d %H:%M} UTC."
    yield f"Days are in UTC, hours in {html_text(period.zone)}.</footer>"
    yield f'<div id="tip" aria-hidden="true" hidden></div><script>\n{_read("page.js")}</script></body></html>'


def _span(period: Period) -> str:
    first, last = date(period.since), date(period.last_day)
    return first if first == last else f"{first} to {last}"


def _state(figures: Figures) -> str:
    """Return the end of the line below the title: how much of the period is complete. Empty if the period is over."""
    if not figures.has_begun:
        return ". It has not begun"
    if not figures.is_over:
        return f". It is not over: {counted(figures.complete_days, 'day')} complete"
    return ""


def _figure(chart: Chart) -> str:
    inside = '<p class="nothing">No data for this chart.</p>'
    if chart.spec is not None:
        inside = f'<div class="drawing">{svg(chart, chart.spec)}</div>'
    text = f"<h3>{html_text(chart.title, LONGEST_TITLE)}</h3><p>{html_text(chart.note, LONGEST_TITLE)}</p>"
    return f'<figure id="{html_text(chart.name, LONGEST_TITLE)}">{text}{inside}{_table(chart)}</figure>'


def _table(chart: Chart) -> str:
    if not chart.rows:
        return ""
    head = "".join(f'<th scope="col">{html_text(column, LONGEST_TITLE)}</th>' for column in chart.columns)
    body = "".join(
        f"<tr>{''.join(f'<td>{html_text(cell, LONGEST_TITLE)}</td>' for cell in row)}</tr>" for row in chart.rows
    )
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return f'<details><summary>The figures</summary><div class="table">{table}</div></details>'


def _read(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")
