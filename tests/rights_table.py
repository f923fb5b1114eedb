"""The callers of the tests of rights, and the actions that `RIGHTS` allows them.

The owner, the sender and the participant are participants of one thread. The owner owns the thread, and the sender sent
its message. The stranger is not a participant. Actions on a user are actions on the owner.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from threadkeep.services.rights import RIGHTS

if TYPE_CHECKING:
    from threadkeep.services.rights import Action, Standing

ALL_CALLERS = ("admin", "service", "owner", "participant", "sender", "stranger")
_CALLERS: dict[Standing, frozenset[str]] = {
    "admin": frozenset({"admin"}),
    "service": frozenset({"service"}),
    "self": frozenset({"owner"}),
    "owner": frozenset({"owner"}),
    "participant": frozenset({"owner", "participant", "sender"}),
    "sender": frozenset({"sender"}),
}


def callers_allowed(*actions: Action) -> frozenset[str]:
    """Return the callers that may perform all of these actions on the owner, the thread and its message."""
    allowed = [frozenset().union(*(_CALLERS[standing] for standing in RIGHTS[action])) for action in actions]
    return frozenset(ALL_CALLERS).intersection(*allowed)
