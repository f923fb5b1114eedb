"""Counts failures of work that no caller waits for, and lets the rest of the work go on."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from ...errors import Unavailable
from ...log_events import log_events
from ..database import translate

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

_log = log_events(__name__)


class Failures:
    """The failures of one process, by the name of the work."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    def add(self, work: str, error: Exception) -> None:
        """Log and count one failure."""
        self.counts[work] += 1
        temporary = isinstance(translate(error), Unavailable)
        _log.warning("background_work_failed", work=work, error=type(error).__name__, temporary=temporary)

    async def attempt(
        self, work: str, step: Coroutine[Any, Any, object], *, or_give_up: Callable[[], Awaitable[object]]
    ) -> Exception | None:
        """Run `step`. Returns its error if it failed, so that the caller goes on with other work.

        After a failure, `or_give_up` may raise: the database does not answer, and other work would fail too.
        """
        try:
            await step
        except Exception as error:  # noqa: BLE001 - an error of one row or step must not stop the others
            self.add(work, error)
            await or_give_up()
            return error
        return None
