"""What all services of one Threadkeep share."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from .idempotency.answered import GivenAgain

if TYPE_CHECKING:
    from ..documents import Documents
    from ..settings import Limits
    from .appends.appender import Appender
    from .maintenance.background import Background
    from .idempotency.claims import Claims
    from .paging.time_windows import Stretches

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
