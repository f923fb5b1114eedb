"""A table of figures: for people as Markdown, which a terminal shows as well as a page does; for programs as JSON."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .targets import Finding

_LONGEST_FIGURE = 24
_JUDGED = ("measured", "target", "reached")


@dataclass
class Table:
    """Rows of words, and the figures among them that have a target."""

    part: str
    title: str
    note: str
    columns: Sequence[str]
    rows: list[list[str]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def add(self, *cells: str, found: Finding | None = None) -> None:
        """Another row; a figure with a target fills the columns measured, target and reached, which then come last."""
        judged = () if found is None else found.cells()
        missing = len(self.columns) - len(cells) - len(judged)
        self.rows.append([*cells, *judged, *[""] * missing])
        if found is not None:
            self.findings.append(found)

    def markdown(self) -> str:
        """The table with its title and note."""
        return "\n".join([f"### {self.title}", "", self.note, "", self.brief()])

    def brief(self) -> str:
        """The rows alone, their columns aligned to be read as they are."""
        columns = [_Column(column) for column in zip(self.columns, *self.rows, strict=True)]
        columns[0].is_words = True
        lines = zip(*(column.lines() for column in columns), strict=True)
        return "\n".join(f"|{'|'.join(line)}|" for line in lines)

    def json(self) -> dict[str, Any]:
        """What a program wants of it."""
        findings = [
            {
                "what": found.what,
                "measured": found.measured,
                "unit": found.target.unit,
                "target": found.target.at_most,
                "reached": found.reached,
            }
            for found in self.findings
        ]
        rows = [dict(zip(self.columns, row, strict=True)) for row in self.rows]
        return {"part": self.part, "title": self.title, "note": self.note, "rows": rows, "findings": findings}


class _Column:
    """Cells below each other: figures to the right, words to the left."""

    def __init__(self, cells: Sequence[str]) -> None:
        self._cells = cells
        self.is_words = any(len(cell) > _LONGEST_FIGURE for cell in cells[1:])

    def lines(self) -> list[str]:
        """The heading, the rule below it, and the cells, all as wide as the widest."""
        width = max(map(len, self._cells))
        rule = "-" * (width + 2) if self.is_words else "-" * (width + 1) + ":"
        heading, *cells = (f" {cell.ljust(width) if self.is_words else cell.rjust(width)} " for cell in self._cells)
        return [heading, rule, *cells]


def judged(*columns: str) -> list[str]:
    """Columns of a table whose rows have targets."""
    return [*columns, *_JUDGED]


def microseconds(seconds: float) -> str:
    """For CPU times of requests."""
    return f"{seconds * 1_000_000:,.0f} µs"


def milliseconds(seconds: float) -> str:
    """For what a client waits."""
    return f"{seconds * 1000:,.1f} ms"
