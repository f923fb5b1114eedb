"""Who asks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..documents import Scope
    from .idempotency.claims import RequestIds


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody with a scope; `user_id` where the scope is `user`, `key_id` where a key was shown."""

    scope: Scope
    user_id: str | None = None
    key_id: str | None = None
    request_ids: RequestIds | None = None
    """What the request may be a repetition of: everything it makes gets its id from there."""


TRUSTED = Caller("admin")
"""Code in the same process: it may do everything, and has the database anyway."""
