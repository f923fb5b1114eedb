"""A table of figures: for people as Markdown, which a terminal shows as well as a page does; for programs as JSON."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .targets import Finding

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
        widths = [max(map(len, column)) for column in zip(self.columns, *self.rows, strict=True)]
        rule = "|".join(_rule(index, width) for index, width in enumerate(widths))
        lines = [self._line(self.columns, widths), f"|{rule}|"]
        lines += [self._line(row, widths) for row in self.rows]
        return "\n".join(lines)

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

    @staticmethod
    def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
        aligned = [
            cell.rjust(width) if index else cell.ljust(width)
            for index, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ]
        return f"| {' | '.join(aligned)} |"


def judged(*columns: str) -> list[str]:
    """Columns of a table whose rows have targets."""
    return [*columns, *_JUDGED]


def _rule(index: int, width: int) -> str:
    return "-" * (width + 1) + ":" if index else "-" * (width + 2)


def microseconds(seconds: float) -> str:
    """For CPU times of requests."""
    return f"{seconds * 1_000_000:,.0f} µs"


def milliseconds(seconds: float) -> str:
    """For what a client waits."""
    return f"{seconds * 1000:,.1f} ms"
