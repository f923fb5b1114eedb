"""Writes the report to a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from .gathering import gather
from .page import page

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Sequence

    from ..keep import Threadkeep
    from .figures import Figures, Period


async def write_report(
    keep: Threadkeep,
    path: str | os.PathLike[str],
    period: Period,
    *,
    title: str = "Conversations",
    metadata_keys: Sequence[str] = (),
    on_progress: Callable[[int, int], None] | None = None,
) -> Figures:
    """Write the page for a period to `path`, and return what is on it.

    The charts of `metadata_keys` show threads by the value of these keys of their metadata.
    """
    figures = await gather(keep, period, metadata_keys=metadata_keys, on_progress=on_progress)
    _write(Path(path), page(figures, title))
    return figures


def _write(path: Path, text: str) -> None:
    """Whole or not at all, like everything that somebody may be looking at."""
    unfinished = path.with_name(f"{path.name}.new")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(path)
