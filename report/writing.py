"""Writes the report to a file: `write_report`."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InvalidInput
from ..private_files import open_private, replace_private
from .drawing import warm_up
from .gathering import gather
from .page import page

if TYPE_CHECKING:
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
    """Write the page about a period to `path`, and return its figures.

    The file is replaced in one step. For each of `metadata_keys`, the page has a chart of new threads by the values of this
    key. `on_progress` gets the number of finished steps and the total: first days, then questions. A `title` of your own
    becomes the heading.

    Raises `InvalidInput`, before any query, if `path` cannot be the file of a report (see `check_path`). Raises it too if
    the period is empty or not within the years 1900 to 2999.
    """
    check_path(Path(path))
    figures, text = await render_report(keep, period, title=title, metadata_keys=metadata_keys, on_progress=on_progress)
    _write(Path(path), text)
    return figures


async def render_report(
    keep: Threadkeep,
    period: Period,
    *,
    title: str = "Conversations",
    metadata_keys: Sequence[str] = (),
    on_progress: Callable[[int, int], None] | None = None,
) -> tuple[Figures, str]:
    """Return the figures of a period and the HTML of their page. Takes the arguments of `write_report`."""
    warming_up = asyncio.create_task(asyncio.to_thread(warm_up))  # meanwhile the database works
    try:
        figures = await gather(keep, period, metadata_keys=metadata_keys, on_progress=on_progress)
    finally:
        await warming_up
    return figures, page(figures, title)


def check_path(path: Path) -> None:
    """Raise `InvalidInput` if a report cannot be written to `path`.

    The folder must exist, and the name must end in `.html` or `.htm`.
    """
    folder = path.absolute().parent
    if path.is_dir():
        raise InvalidInput.at("file", f"{path} is a folder; name a file, such as report.html")
    if not folder.is_dir():
        raise InvalidInput.at("file", f"there is no folder {folder}; create it, or name another file")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise InvalidInput.at("file", f"the folder {folder} cannot be written to; name another file")
    if path.suffix.lower() not in (".html", ".htm"):
        raise InvalidInput.at(
            "file", f"a report is an HTML file, and {path.name} is not; choose a name that ends in .html"
        )


def _write(path: Path, text: str) -> None:
    """Replace the file in one step, so that a reader never sees a part of it."""
    unfinished = path.with_name(f"{path.name}.new")
    with open_private(unfinished) as file:
        file.write(text.encode())
    replace_private(unfinished, path)
