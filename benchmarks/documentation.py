"""Writes the tables of a run into the documentation. Only the blocks of the measured parts change.

A block is the text between `<!-- bench: requests -->` and `<!-- /bench -->`.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from .chart import chart

if TYPE_CHECKING:
    from .report import Report

ROOT = Path(__file__).parents[1]
PAGE = Path("docs", "performance.md")
FIGURES = PAGE.with_suffix(".json")
CHART = PAGE.with_suffix(".svg")
README = Path("README.md")
SHOWN_FIRST = "requests"
"""The part whose first table and chart the README shows."""


def write(report: Report, root: Path = ROOT) -> None:
    """Rewrite the blocks and the JSON figures of the measured parts.

    If the part `requests` was measured, this also rewrites the chart and the block of the README.
    """
    page = root / PAGE
    text = page.read_text()
    figures = orjson.loads((root / FIGURES).read_bytes()) if (root / FIGURES).exists() else {}
    for part, tables in report.parts().items():
        text = replaced(
            text, part, "\n\n".join([*(table.markdown() for table in tables), f"*{report.circumstances()}*"])
        )
        figures[part] = report.figures(tables)
    page.write_text(text)
    (root / FIGURES).write_bytes(orjson.dumps(figures, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    shown = report.parts().get(SHOWN_FIRST)
    if shown is not None:
        (root / CHART).write_text(chart(shown[0].findings))
        readme = root / README
        readme.write_text(replaced(readme.read_text(), SHOWN_FIRST, shown[0].brief()))


def replaced(text: str, part: str, content: str) -> str:
    """The text with new content in the block of this part. Raises `LookupError` if there is no such block."""
    block = re.compile(rf"(<!-- bench: {re.escape(part)} -->\n).*?(<!-- /bench -->)", re.DOTALL)
    text, count = block.subn(lambda found: f"{found[1]}\n{content}\n\n{found[2]}", text)
    if not count:
        raise LookupError(f"There is no block for {part!r}.")
    return text
