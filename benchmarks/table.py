"""Tables of figures, as Markdown for people and as JSON for programs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from .targets import Finding, SpeedTarget

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

_LONGEST_FIGURE = 24
_JUDGED = ("measured", "target", "reached")


@dataclass
class Table:
    """A table of text cells, and its figures that have a target."""

    part: str
    title: str
    note: str
    columns: Sequence[str]
    rows: list[list[str]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @classmethod
    def of(cls, stored: dict[str, Any]) -> Self:
        """The table whose `json` this is. It has rows."""
        rows = [[*row.values()] for row in stored["rows"]]
        findings = [
            Finding(found["what"], found["measured"], SpeedTarget(found["target"], found["unit"]))
            for found in stored["findings"]
        ]
        return cls(stored["part"], stored["title"], stored["note"], [*stored["rows"][0]], rows, findings)

    def add(self, *cells: str, found: Finding | None = None) -> None:
        """Add a row. A figure with a target fills the last columns: measured, target and reached."""
        judged = () if found is None else found.cells()
        missing = len(self.columns) - len(cells) - len(judged)
        self.rows.append([*cells, *judged, *[""] * missing])
        if found is not None:
            self.findings.append(found)

    def markdown(self) -> str:
        """The table with its title and note."""
        return "\n".join([f"### {self.title}", "", self.note, "", self.brief()])

    def brief(self, *, without: Collection[str] = ()) -> str:
        """The rows alone as Markdown, with aligned columns, except the columns `without`."""
        shown = (column for column in zip(self.columns, *self.rows, strict=True) if column[0] not in without)
        columns = [_TextColumn(column) for column in shown]
        columns[0].is_text = True
        lines = zip(*(column.lines() for column in columns), strict=True)
        return "\n".join(f"|{'|'.join(line)}|" for line in lines)

    def json(self) -> dict[str, Any]:
        """The table as JSON values."""
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


class _TextColumn:
    """The cells of one column: figures are aligned to the right, text to the left."""

    def __init__(self, cells: Sequence[str]) -> None:
        self._cells = cells
        self.is_text = any(len(cell) > _LONGEST_FIGURE for cell in cells[1:])

    def lines(self) -> list[str]:
        """The heading, the line below it and the cells, all with the same width."""
        width = max(map(len, self._cells))
        rule = "-" * (width + 2) if self.is_text else "-" * (width + 1) + ":"
        heading, *cells = (f" {cell.ljust(width) if self.is_text else cell.rjust(width)} " for cell in self._cells)
        return [heading, rule, *cells]


def judged(*columns: str) -> list[str]:
    """The columns of a table whose rows have targets: these, and measured, target and reached."""
    return [*columns, *_JUDGED]


def microseconds(seconds: float) -> str:
    """The seconds as microseconds, for CPU times."""
    return f"{seconds * 1_000_000:,.0f} µs"


def milliseconds(seconds: float) -> str:
    """The seconds as milliseconds, for waiting times of clients."""
    return f"{seconds * 1000:,.1f} ms"
