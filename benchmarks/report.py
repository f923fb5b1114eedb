"""The report of a run: its tables, and the machine and software that were measured."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson

from .._version import __version__
from .machine import machine

if TYPE_CHECKING:
    from .stage import Stage
    from .table import Table
    from .targets import Finding


@dataclass
class Report:
    """The results of a run."""

    effort: str
    mongodb: str
    began: datetime
    machine: dict[str, str] = field(default_factory=machine)
    tables: list[Table] = field(default_factory=list)
    given_up: list[str] = field(default_factory=list)
    """The parts without results, because a request was refused."""

    @classmethod
    def begin(cls, stage: Stage) -> Report:
        """A new report without tables."""
        return cls(stage.effort.name, stage.mongodb.description, datetime.now(UTC))

    @property
    def findings(self) -> list[Finding]:
        """All figures that have a target."""
        return [found for table in self.tables for found in table.findings]

    @property
    def gross(self) -> list[Finding]:
        """The ratios that are so far above their target that they must be a regression."""
        return [found for found in self.findings if found.gross]

    def markdown(self) -> str:
        """The whole report as Markdown."""
        verdict = [self.verdict()] if self.findings else []
        return "\n\n".join([self.circumstances(), *(table.markdown() for table in self.tables), *verdict])

    def circumstances(self) -> str:
        """One paragraph: version, date, machine and software."""
        return circumstances(self.figures([]))

    def verdict(self) -> str:
        """One sentence: the number of reached targets, and the list of the others."""
        missed = [
            f"{found.what} ({found.cells()[0]}, target {found.target})" for found in self.findings if not found.reached
        ]
        reached = f"{len(self.findings) - len(missed)} of {len(self.findings)} targets reached"
        return f"{reached}; not reached: {', '.join(missed)}." if missed else f"{reached}."

    def parts(self) -> dict[str, list[Table]]:
        """The tables of each part."""
        found: dict[str, list[Table]] = {}
        for table in self.tables:
            found.setdefault(table.part, []).append(table)
        return found

    def figures(self, tables: list[Table]) -> dict[str, Any]:
        """These tables as JSON values, with version, date, machine and software."""
        return {
            "threadkeep": __version__,
            "effort": self.effort,
            "began": self.began.isoformat(),
            "mongodb": self.mongodb,
            "machine": self.machine,
            "tables": [table.json() for table in tables],
        }

    def json(self) -> bytes:
        """The whole report as JSON."""
        return orjson.dumps(self.figures(self.tables), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def circumstances(figures: dict[str, Any]) -> str:
    """One paragraph about these figures: version, date, machine and software."""
    here, day = figures["machine"], figures["began"][: len("2026-11-23")]
    return (
        f"Threadkeep {figures['threadkeep']}, {figures['effort']} run of {day}: {here['processor']}, {here['cores']} cores, "
        f"{here['system']}, {here['python']}; {figures['mongodb']}; {here['libraries']}."
    )
