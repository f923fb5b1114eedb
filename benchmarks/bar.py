"""The progress bar of a run, which draws itself only when there is something new: a thread that did would be measured too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

if TYPE_CHECKING:
    from rich.progress import TaskID


class Bar(Progress):
    """On stderr, so that the tables can be piped."""

    def __init__(self) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
        super().__init__(*columns, console=Console(stderr=True), transient=True, auto_refresh=False)

    def advance(self, task_id: TaskID, advance: float = 1) -> None:
        """Go on, and show it."""
        super().advance(task_id, advance)
        self.refresh()
