"""The rights of callers. All decisions about rights are made here.

A caller stands in one or more ways to what it asks for, and each action lists the standings that allow it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from ..errors import Forbidden

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .caller import Caller

Standing = Literal["admin", "service", "self", "owner", "participant", "sender"]
Action = Literal[
    "create users",
    "list users",
    "read this user",
    "change this user",
    "delete users",
    "manage keys of any scope",
    "manage the keys of this user",
    "create threads",
    "list the threads of this user",
    "read this thread",
    "change this thread",
    "delete this thread",
    "write messages to this thread",
    "change this message",
    "read metrics",
    "read analytics",
]

RIGHTS: Mapping[Action, frozenset[Standing]] = {
    "create users": frozenset({"admin"}),
    "list users": frozenset({"admin", "service"}),
    "read this user": frozenset({"admin", "service", "self"}),
    "change this user": frozenset({"admin", "self"}),
    "delete users": frozenset({"admin"}),
    "manage keys of any scope": frozenset({"admin"}),
    "manage the keys of this user": frozenset({"admin", "self"}),
    "create threads": frozenset({"admin", "service", "self"}),
    "list the threads of this user": frozenset({"admin", "service", "self"}),
    "read this thread": frozenset({"admin", "service", "owner", "participant"}),
    "change this thread": frozenset({"admin", "service", "owner"}),
    "delete this thread": frozenset({"admin", "service", "owner"}),
    "write messages to this thread": frozenset({"admin", "service", "owner", "participant"}),
    "change this message": frozenset({"admin", "service", "owner", "sender"}),
    "read metrics": frozenset({"admin", "service"}),
    "read analytics": frozenset({"admin", "service"}),
}


def require(
    caller: Caller,
    action: Action,
    *,
    user_id: str | None = None,
    owner_id: str | None = None,
    participant_ids: Sequence[str] = (),
    sender_id: str | None = None,
) -> None:
    """Raise `Forbidden` unless `caller` may do `action` to what belongs to these users."""
    allowed = RIGHTS[action]
    if caller.scope in allowed:
        return
    me = caller.user_id
    if me is not None and (
        ("self" in allowed and me == user_id)
        or ("owner" in allowed and me == owner_id)
        or ("participant" in allowed and me in participant_ids)
        or ("sender" in allowed and me == sender_id and me in participant_ids)
    ):
        return
    raise Forbidden(action)
