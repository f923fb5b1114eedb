"""The main figures, for the top of the page and for the terminal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .figures import change, total
from .formatting import MINUS, NOTHING, TO, counted, number, percent, seconds

if TYPE_CHECKING:
    from .figures import Figures, Rows


@dataclass(frozen=True, slots=True)
class Headline:
    """A figure with its name and a remark."""

    name: str
    figure: str
    remark: str


def headlines(figures: Figures) -> list[Headline]:
    """Return the main figures. Counts are compared with the period before, if the period is over."""
    days = figures.complete_days
    return [
        _count("Messages", figures.messages, figures, total(figures.messages_a_day_before, "messages")),
        _count("Users who wrote", figures.users, figures, total(figures.days_of_activity_before, "users")),
        _count("New threads", figures.threads, figures, total(figures.new_threads_before, "threads")),
        Headline("Messages per day", _mean(figures.messages_per_day), f"in {counted(days, 'complete day')}"),
        Headline(
            "Typical answer", _medians(figures), f"medians of the assistants, {counted(figures.answers, 'answer')}"
        ),
        Headline(
            "Ended unanswered",
            percent(figures.unanswered_share),
            _of(figures.drop_off, "unanswered", "threads", "new thread"),
        ),
        Headline(
            "Tool calls that failed", percent(figures.failure_share), _of(figures.tool_calls, "failed", "calls", "call")
        ),
    ]


def _count(name: str, now: int, figures: Figures, before: int) -> Headline:
    return Headline(name, number(now), _compared(now, before) if figures.is_over else "the period is not over")


def _compared(now: int, before: int) -> str:
    difference = change(now, before)
    if difference is None:
        return "none in the period before"
    sign = "+" if difference > 0 else MINUS if difference < 0 else "±"
    return f"{sign}{percent(abs(difference))} compared with {number(before)}"


def _mean(value: float | None) -> str:
    if value is None:
        return NOTHING
    return f"{value:.1f}" if 0 < value < 10 else number(value)  # noqa: PLR2004


def _of(rows: Rows, part: str, whole: str, noun: str) -> str:
    return f"{number(total(rows, part))} of {counted(total(rows, whole), noun)}"


def _medians(figures: Figures) -> str:
    """Return the range of the medians of all assistants. The median of all answers cannot be computed from them."""
    medians = sorted(row["p50"] for row in figures.answer_times_by_assistant if row["p50"] is not None)
    if not medians:
        return NOTHING
    low, high = seconds(medians[0]), seconds(medians[-1])
    if low == high:
        return low
    return f"{low.split()[0] if low.split()[1] == high.split()[1] else low}{TO}{high}"
