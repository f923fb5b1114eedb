"""The main figures, for the top of the page and for the terminal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .figures import change, total
from .formatting import MINUS, NOTHING, TO, counted, number, percent, seconds

if TYPE_CHECKING:
    from .figures import Figures


@dataclass(frozen=True, slots=True)
class Headline:
    """A figure with its name and a remark."""

    name: str
    figure: str
    remark: str


def headlines(figures: Figures) -> list[Headline]:
    """Return the main figures. Counts are compared with the period before."""
    days = figures.period.days
    return [
        Headline(
            "Messages", number(figures.messages), _compared(figures.messages, figures.messages_a_day_before, "messages")
        ),
        Headline(
            "Users who wrote", number(figures.users), _compared(figures.users, figures.days_of_activity_before, "users")
        ),
        Headline(
            "New threads", number(figures.threads), _compared(figures.threads, figures.new_threads_before, "threads")
        ),
        Headline("Messages per day", number(figures.messages / days), f"in {counted(days, 'day')}"),
        Headline(
            "Typical answer", _medians(figures), f"medians of the assistants, {counted(figures.answers, 'answer')}"
        ),
        Headline("Ended unanswered", percent(figures.unanswered_share), "of new threads"),
        Headline(
            "Tool calls that failed",
            percent(figures.failure_share),
            f"of {counted(total(figures.tool_calls, 'calls'), 'call')}",
        ),
    ]


def _compared(now: int, rows_before: list[dict[str, object]], name: str) -> str:
    before = total(rows_before, name)
    difference = change(now, before)
    if difference is None:
        return "none in the period before"
    sign = "+" if difference > 0 else MINUS if difference < 0 else "±"
    return f"{sign}{percent(abs(difference))} compared with {number(before)}"


def _medians(figures: Figures) -> str:
    """Return the range of the medians of all assistants. The median of all answers cannot be computed from them."""
    medians = sorted(row["p50"] for row in figures.answer_times_by_assistant if row["p50"] is not None)
    if not medians:
        return NOTHING
    low, high = seconds(medians[0]), seconds(medians[-1])
    if low == high:
        return low
    return f"{low.split()[0] if low.split()[1] == high.split()[1] else low}{TO}{high}"
