"""Writes the tables of a run into the documentation. Only the blocks of the measured parts change.

A block is the text between `<!-- bench: requests -->` and `<!-- /bench -->`.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from .chart import chart
from .report import circumstances
from .table import Table

if TYPE_CHECKING:
    from .report import Report

ROOT = Path(__file__).parents[1]
PAGE = Path("docs", "performance.md")
FIGURES = PAGE.with_suffix(".json")
CHART = PAGE.with_suffix(".svg")
README = Path("README.md")
SHOWN_FIRST = "requests"
"""The part whose first table and chart the README shows."""
NOT_FIRST = ("ours / unchecked", "user's key / floor")
"""The columns that the README leaves out: they divide by figures that the table does not show."""


def write(report: Report, root: Path = ROOT) -> None:
    """Store the figures of the measured parts, and write all pages from the stored figures."""
    path = root / FIGURES
    figures = orjson.loads(path.read_bytes()) if path.exists() else {}
    figures |= {part: report.figures(tables) for part, tables in report.parts().items()}
    path.write_bytes(orjson.dumps(figures, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    for page, text in rendered(root).items():
        (root / page).write_text(text)


def rendered(root: Path = ROOT) -> dict[Path, str]:
    """The pages with tables, and the chart if the part `requests` was measured, as the stored figures make them."""
    figures = orjson.loads((root / FIGURES).read_bytes())
    text = (root / PAGE).read_text()
    for part, measured in figures.items():
        tables = [Table.of(table).markdown() for table in measured["tables"]]
        text = replaced(text, part, "\n\n".join([*tables, f"*{circumstances(measured)}*"]))
    pages = {PAGE: text}
    if SHOWN_FIRST in figures:
        first = Table.of(figures[SHOWN_FIRST]["tables"][0])
        pages |= {
            README: replaced((root / README).read_text(), SHOWN_FIRST, first.brief(without=NOT_FIRST)),
            CHART: chart(first.findings),
        }
    return pages


def replaced(text: str, part: str, content: str) -> str:
    """The text with new content in the block of this part. Raises `LookupError` if there is no such block."""
    block = re.compile(rf"(<!-- bench: {re.escape(part)} -->\n).*?(<!-- /bench -->)", re.DOTALL)
    text, count = block.subn(lambda found: f"{found[1]}\n{content}\n\n{found[2]}", text)
    if not count:
        raise LookupError(f"There is no block for {part!r}.")
    return text
