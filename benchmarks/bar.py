"""The progress bar of a run. It is drawn only on progress: a thread that draws it would change the measured times."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

if TYPE_CHECKING:
    from rich.progress import TaskID


class ProgressBar(Progress):
    """A progress bar on stderr, so that the tables on stdout can be piped."""

    def __init__(self) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
        super().__init__(*columns, console=Console(stderr=True), transient=True, auto_refresh=False)

    def advance(self, task_id: TaskID, advance: float = 1) -> None:
        """Advance the task and draw the bar."""
        super().advance(task_id, advance)
        self.refresh()
