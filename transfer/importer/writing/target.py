"""The database to which an import writes, and the options of its writes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..rights import ImportRights

if TYPE_CHECKING:
    from ....documents import Documents
    from ....services import Appender
    from ..report import ImportReport


@dataclass(frozen=True, slots=True)
class Target:
    """The database of an import, and its report. A dry run reads only."""

    documents: Documents
    appender: Appender
    report: ImportReport
    dry_run: bool = False
    update: bool = False
    """Whether a conversation with another path replaces the stored path, which becomes a branch."""
    rights: ImportRights = field(default_factory=ImportRights)
