"""The progress bar of long commands. It appears on stderr, so that output can be piped, and only on a terminal."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from ..escaping import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_LONGEST_STEP = 200


@contextmanager
def progress_bar(label: str) -> Iterator[Callable[..., None]]:
    """Show a progress bar, and yield a function that takes the done and the total amount.

    A total of 0 means that the total is not known. The function also takes `step=`: the text in place of the label.
    """
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(show_speed=False),
        TimeRemainingColumn(),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(label, total=None)

        def on_progress(done: int, total: int, *, step: str = label) -> None:
            progress.update(task, completed=done, total=total or None, description=visible(step, _LONGEST_STEP))

        yield on_progress
