"""All tables of a run, and on what they were measured."""

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
    """What a run found."""

    effort: str
    mongodb: str
    began: datetime
    machine: dict[str, str] = field(default_factory=machine)
    tables: list[Table] = field(default_factory=list)
    given_up: list[str] = field(default_factory=list)
    """The parts of which nothing is known, because a request was refused."""

    @classmethod
    def begin(cls, stage: Stage) -> Report:
        """A report without tables."""
        return cls(stage.effort.name, stage.mongodb.description, datetime.now(UTC))

    @property
    def findings(self) -> list[Finding]:
        """All figures that have a target."""
        return [found for table in self.tables for found in table.findings]

    @property
    def gross(self) -> list[Finding]:
        """Ratios so bad that something must be broken."""
        return [found for found in self.findings if found.gross]

    def markdown(self) -> str:
        """Everything, as a page takes it."""
        verdict = [self.verdict()] if self.findings else []
        return "\n\n".join([self.circumstances(), *(table.markdown() for table in self.tables), *verdict])

    def circumstances(self) -> str:
        """One paragraph on what, where and when."""
        here = self.machine
        return (
            f"Threadkeep {__version__}, {self.effort} run of {self.began:%Y-%m-%d}: {here['processor']}, {here['cores']} cores, "
            f"{here['system']}, {here['python']}; {self.mongodb}; {here['libraries']}."
        )

    def verdict(self) -> str:
        """How many targets were reached, and which were not."""
        missed = [
            f"{found.what} ({found.cells()[0]}, target {found.target})" for found in self.findings if not found.reached
        ]
        reached = f"{len(self.findings) - len(missed)} of {len(self.findings)} targets reached"
        return f"{reached}; not reached: {', '.join(missed)}." if missed else f"{reached}."

    def parts(self) -> dict[str, list[Table]]:
        """The tables by the part that gave them."""
        found: dict[str, list[Table]] = {}
        for table in self.tables:
            found.setdefault(table.part, []).append(table)
        return found

    def figures(self, tables: list[Table]) -> dict[str, Any]:
        """These tables for programs, and where they come from."""
        return {
            "threadkeep": __version__,
            "effort": self.effort,
            "began": self.began,
            "mongodb": self.mongodb,
            "machine": self.machine,
            "tables": [table.json() for table in tables],
        }

    def json(self) -> bytes:
        """Everything, for programs."""
        return orjson.dumps(self.figures(self.tables), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
