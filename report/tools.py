"""The charts of tool calls, and of hand-overs between assistants."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .bars import Bar, bars_below_names
from .chart import Chart, empty_chart
from .extremes import highest
from .figures import total
from .formatting import counted, number, part, percent, seconds
from .theme import SERIES, WARN

if TYPE_CHECKING:
    from .figures import Figures, Rows

_SHOWN = 12


def tool_calls(figures: Figures) -> Chart:
    """Return the chart of calls and failed calls, by tool."""
    note = "Calls of each tool. A call failed if its output is incomplete."
    rows = figures.tool_calls[:_SHOWN]
    if not rows:
        return empty_chart("tools", "No tool was called in this period", note)
    if len(figures.tool_calls) > _SHOWN:
        note += f" The {_SHOWN} tools with the most calls are shown."
    bars = [
        Bar(
            row["tool"],
            (row["calls"] - row["failed"], row["failed"]),
            f"{percent(row['failed'] / row['calls'])} ({number(row['failed'])} of {number(row['calls'])}) failed",
            f"{row['tool']}: {counted(row['calls'], 'call')}, {number(row['failed'])} failed; half within {seconds(row['p50'])}",
        )
        for row in rows
    ]
    spec = bars_below_names(bars, ("not failed", "failed"), (SERIES[2], WARN))
    columns = ("tool", "calls", "failed", "share", "half within", "9 of 10 within")
    return Chart("tools", _worst(figures.tool_calls), note, spec, columns, [_cells(row) for row in rows])


def _worst(rows: Rows) -> str:
    """Return the title: the tools whose calls fail most often."""
    worst = highest((row["tool"], row["failed"] / row["calls"]) for row in rows)
    if not worst.amount:
        return f"{counted(total(rows, 'calls'), 'tool call')}, none failed"
    same = [row for row in rows if row["failed"] / row["calls"] == worst.amount]
    share = part(total(same, "failed"), total(same, "calls"), "call")
    return f"{worst.listed('tool')} {worst.verb('fails', 'fail')} most often: {share}"


def _cells(row: dict[str, Any]) -> list[str]:
    counts = [number(row["calls"]), number(row["failed"]), percent(row["failed"] / row["calls"])]
    return [row["tool"], *counts, seconds(row["p50"]), seconds(row["p90"])]


def hand_overs(figures: Figures) -> Chart:
    """Return the chart of hand-overs from one assistant to another."""
    note = "How often an assistant wrote after another assistant in the same thread."
    rows = figures.hand_overs[:_SHOWN]
    if not rows:
        return empty_chart("hand-overs", "No assistant took over from another in this period", note)
    if len(figures.hand_overs) > _SHOWN:
        note += f" The {_SHOWN} most frequent pairs are shown."
    bars = [
        Bar(
            f"{row['before']} → {row['after']}",
            (row["hand_overs"],),
            number(row["hand_overs"]),
            f"{row['before']} → {row['after']}: {counted(row['hand_overs'], 'time')} in {counted(row['threads'], 'thread')}",
        )
        for row in rows
    ]
    most = highest((bar.name, bar.amounts[0]) for bar in bars)
    count = counted(total(figures.hand_overs, "hand_overs"), "hand-over")
    title = f"{count}, all {most.listed('pair')}"
    if len(figures.hand_overs) > 1:
        title = f"{count}, most often {most.listed('pair')} {most.figure(number(most.amount))}"
    table = [[row["before"], row["after"], number(row["hand_overs"]), number(row["threads"])] for row in rows]
    spec = bars_below_names(bars, colours=(SERIES[1],))
    return Chart("hand-overs", title, note, spec, ["from", "to", "hand-overs", "threads"], table)
