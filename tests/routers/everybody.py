"""Everybody there is, around one thread, and who of them may what.

The owner owns a thread in which the sender and the participant take part; the sender sent its message; the stranger has
nothing to do with it. What is about a user is about the owner.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from threadkeep.tests.rights_table import EVERYBODY, who_may
from threadkeep.tests.routers.callers import Caller, answered

if TYPE_CHECKING:
    import httpx2

    from threadkeep.tests.live_server import LiveServer

OK, MADE, GONE, NO, WHO = 200, 201, 204, 403, 401

ADMIN = who_may("create users")
STAFF = who_may("list users")
SELF = who_may("manage the keys of this user")
OWNER = who_may("change this thread")
SENDER = who_may("change this message")
PARTICIPANT = who_may("read this thread")
ALL = frozenset(EVERYBODY)
NOT_LET_IN = ("nobody", "wrong", "revoked", "expired")


class Row(NamedTuple):
    """A request, what it answers to those who may, and who may; all others are answered 403, those without a key 401."""

    route: str
    path: str
    body: Any
    status: int
    may: frozenset[str]


LEAST_FIRST = ("stranger", "participant", "sender", "owner", "service", "admin")
"""So that what some are refused is still there for those who may."""


class World:
    """A thread with everybody around it."""

    def __init__(self, admin: Caller) -> None:
        self.admin = admin
        self.owner, self.sender, self.participant, self.stranger = (admin.new_user(full_name=name) for name in "abcd")
        self.service = Caller(admin.http, admin.new_key(scope="service"))
        self.names = {"owner": self.owner.id, "participant": self.participant.id}
        self.renew()

    def renew(self) -> None:
        """Make what a request may have deleted."""
        participants = [self.sender.id, self.participant.id]
        thread = self.admin.new_thread(owner_id=self.owner.id, participant_ids=participants)
        message = self.sender.new_message(thread["id"])
        key = answered(self.admin.post(f"/v1/users/{self.owner.id}/apikeys", {}))["details"]
        spare = answered(self.admin.post("/v1/admin/keys", {"scope": "admin"}))["details"]
        self.names |= {
            "thread": thread["id"],
            "message": message["id"],
            "prefix": key["prefix"],
            "admin_prefix": spare["prefix"],
        }

    def ask(self, who: Caller, row: Row) -> httpx2.Response:
        body = row.body
        if isinstance(body, dict):
            body = {key: value.format(**self.names) if value == "{thread}" else value for key, value in body.items()}
        return who.send(row.route.split()[0], row.path.format(**self.names), json=body)

    def answers(self, row: Row, refused: dict[str, Caller]) -> dict[str, httpx2.Response]:
        """What each of them is answered; what one deletes is there again for the next."""
        found = {}
        for who in LEAST_FIRST:
            found[who] = self.ask(getattr(self, who), row)
            if found[who].is_success and row.route.startswith("DELETE") and who != LEAST_FIRST[-1]:
                self.renew()
        return found | {who: self.ask(caller, row) for who, caller in refused.items()}


def refused_callers(admin: Caller, served: LiveServer) -> dict[str, Caller]:
    """Callers whose keys do not work; none was used while it did."""
    keys = served.database["api_keys"]
    revoked, expired, wrong = (admin.new_key(scope="admin") for _ in range(3))
    admin.delete(f"/v1/admin/keys/{revoked[:11]}")
    keys.update_one({"_id": expired[:11]}, {"$set": {"expires_at": datetime.now(UTC) - timedelta(seconds=1)}})
    wrong = wrong[:-1] + ("A" if wrong[-1] != "A" else "B")
    callers = {"wrong": wrong, "revoked": revoked, "expired": expired}
    return {"nobody": Caller(admin.http)} | {name: Caller(admin.http, key) for name, key in callers.items()}
