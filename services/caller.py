"""The identity that a request acts for, and the ids that a request with an idempotency key creates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..ids import LENGTH, characters_of, clock_characters

if TYPE_CHECKING:
    from datetime import datetime

    from ..documents import Scope


@dataclass(frozen=True, slots=True)
class RequestIds:
    """Derives the id of everything that a request creates from its idempotency key: a retry gets the same ids."""

    seed: str
    milliseconds: int
    is_retry: bool = False
    """Whether the request was begun before: the things that it creates may exist, or may have been deleted since."""
    is_answered: bool = False
    """Whether the request was answered before. Then all its writes are done, and it must only read the objects of that answer."""

    def id_of(self, prefix: str) -> str:
        """The id of the only thing with this prefix that the request creates."""
        return f"{prefix}_{characters_of(f'{self.seed}/{prefix}', LENGTH)}"

    def ordered_id_of(self, prefix: str, index: int) -> str:
        """The id of the message with this index among the messages that the request creates."""
        clock = clock_characters(self.milliseconds)
        return f"{prefix}_{clock}{characters_of(f'{self.seed}/{prefix}/{index}', LENGTH - len(clock))}"


@dataclass(frozen=True, slots=True)
class Caller:
    """A scope, with the user that it acts for (scope "user") and the API key that the request sent."""

    scope: Scope
    user_id: str | None = None
    key_id: str | None = None
    request_ids: RequestIds | None = None
    """Set for a request with an idempotency key: the ids of everything that it creates."""
    key_expires_at: datetime | None = None
    """When the key stops working. None if it does not expire, or if there is no key."""

    @property
    def owner(self) -> str:
        """The owner of a request's share of all budgets: the user, for all keys of the user together, or else the key.

        All callers without a key share one owner.
        """
        return self.user_id or self.key_id or ""


TRUSTED = Caller("admin")
"""Code in the same process. It has every right, because it has the database anyway."""
