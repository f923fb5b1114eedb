"""The rights of callers. All decisions about rights are made here.

A standing is a relation of a caller to an object: its scope, or for example that it owns the thread. A caller may have several.
`RIGHTS` lists for each action the standings that allow it. The table of `docs/security.md` and the tests of rights are made
from `RIGHTS`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

from ..errors import Forbidden

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .caller import Caller

Standing = Literal["admin", "service", "self", "owner", "participant", "sender"]
"""`admin` and `service` are scopes. The others describe a user's key: `self` is the user in question."""
Action = Literal[
    "create users",
    "list users",
    "find users by external id",
    "read this user",
    "change this user",
    "set identity fields of users",
    "delete users",
    "manage keys of any scope",
    "manage the keys of this user",
    "read the audit trail",
    "create threads",
    "list the threads of this user",
    "read this thread",
    "change this thread",
    "delete this thread",
    "add any user to a thread",
    "add users to a thread who share another thread with its owner",
    "remove this participant",
    "see the e-mail address of a participant",
    "see the name of a participant",
    "write messages to this thread",
    "change this message",
    "import conversations",
    "read metrics",
    "read analytics",
]

RIGHTS: Mapping[Action, frozenset[Standing]] = {
    "create users": frozenset({"admin"}),
    "list users": frozenset({"admin", "service"}),
    "find users by external id": frozenset({"admin", "service"}),
    "read this user": frozenset({"admin", "service", "self"}),
    "change this user": frozenset({"admin", "service", "self"}),
    "set identity fields of users": frozenset({"admin", "service"}),
    "delete users": frozenset({"admin"}),
    "manage keys of any scope": frozenset({"admin"}),
    "manage the keys of this user": frozenset({"admin", "self"}),
    "read the audit trail": frozenset({"admin"}),
    "create threads": frozenset({"admin", "service", "self"}),
    "list the threads of this user": frozenset({"admin", "service", "self"}),
    "read this thread": frozenset({"admin", "service", "owner", "participant"}),
    "change this thread": frozenset({"admin", "service", "owner"}),
    "delete this thread": frozenset({"admin", "service", "owner"}),
    "add any user to a thread": frozenset({"admin", "service"}),
    "add users to a thread who share another thread with its owner": frozenset({"admin", "service", "owner"}),
    "remove this participant": frozenset({"admin", "service", "owner", "self"}),
    "see the e-mail address of a participant": frozenset({"admin", "service", "self"}),
    "see the name of a participant": frozenset({"admin", "service", "self"}),
    "write messages to this thread": frozenset({"admin", "service", "owner", "participant"}),
    "change this message": frozenset({"admin", "service", "owner", "sender"}),
    "import conversations": frozenset({"admin", "service", "self"}),
    "read metrics": frozenset({"admin", "service"}),
    "read analytics": frozenset({"admin", "service"}),
}

IDENTITY_FIELDS = frozenset({"external_id", "email", "email_verified", "oauth_provider", "provider_user_id"})
"""The fields that identify a person. An application that signs users in relies on them."""


def is_allowed(
    caller: Caller,
    action: Action,
    *,
    user_id: str | None = None,
    owner_id: str | None = None,
    participant_ids: Sequence[str] = (),
    sender_id: str | None = None,
) -> bool:
    """Whether `caller` may do `action` to the things that belong to these users."""
    allowed = RIGHTS[action]
    if caller.scope in allowed:
        return True
    me = caller.user_id
    return me is not None and (
        ("self" in allowed and me == user_id)
        or ("owner" in allowed and me == owner_id)
        or ("participant" in allowed and me in participant_ids)
        or ("sender" in allowed and me == sender_id and me in participant_ids)
    )


def require(
    caller: Caller,
    action: Action,
    *,
    user_id: str | None = None,
    owner_id: str | None = None,
    participant_ids: Sequence[str] = (),
    sender_id: str | None = None,
) -> None:
    """Raise `Forbidden` unless `caller` may do `action` to the things that belong to these users."""
    if not is_allowed(
        caller, action, user_id=user_id, owner_id=owner_id, participant_ids=participant_ids, sender_id=sender_id
    ):
        raise Forbidden(action)


def table() -> str:
    """`RIGHTS` as a Markdown table: one line for each action, one column for each standing."""
    standings = get_args(Standing)
    lines = [f"| action | {' | '.join(standings)} |", "|---|" + ":-:|" * len(standings)]
    for action, allowed in RIGHTS.items():
        cells = ("yes" if standing in allowed else "" for standing in standings)
        lines.append(f"| {action} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"
