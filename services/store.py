"""What all services of one Threadkeep share."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from .given_again import GivenAgain

if TYPE_CHECKING:
    from ..documents import Documents
    from ..settings import Limits
    from .appending import Appender
    from .background import Background
    from .repeating import Claims
    from .stretches import Stretches

EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - naive UTC, as the driver has it


@dataclass(frozen=True, slots=True)
class Store:
    """The documents, the limits, the lanes in which appends queue, and the work that goes on behind requests."""

    documents: Documents
    limits: Limits
    appender: Appender
    background: Background
    claims: Claims
    stretches: Stretches
    given_again: GivenAgain = field(default_factory=GivenAgain)


def now() -> datetime:
    """The time as MongoDB keeps it: UTC without a zone, whole milliseconds."""
    moment = datetime.now(UTC).replace(tzinfo=None)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
