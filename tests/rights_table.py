"""Who may do what in the tests of rights: the standings of `RIGHTS`, as the people around one thread.

The owner owns a thread in which the sender and the participant take part; the sender sent its message; the stranger has
nothing to do with it. What is about a user is about the owner.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from threadkeep.services.rights import RIGHTS

if TYPE_CHECKING:
    from threadkeep.services.rights import Action, Standing

EVERYBODY = ("admin", "service", "owner", "participant", "sender", "stranger")
_WHO: dict[Standing, frozenset[str]] = {
    "admin": frozenset({"admin"}),
    "service": frozenset({"service"}),
    "self": frozenset({"owner"}),
    "owner": frozenset({"owner"}),
    "participant": frozenset({"owner", "participant", "sender"}),
    "sender": frozenset({"sender"}),
}


def who_may(*actions: Action) -> frozenset[str]:
    """Those who may do all of these to the owner, the thread and its message."""
    allowed = [frozenset().union(*(_WHO[standing] for standing in RIGHTS[action])) for action in actions]
    return frozenset(EVERYBODY).intersection(*allowed)
