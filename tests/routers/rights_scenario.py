"""The callers of the tests of rights over HTTP, their thread, and the cases that each caller sends.

`tests/rights_table.py` describes the callers.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from threadkeep.tests.rights_table import ALL_CALLERS, callers_allowed
from threadkeep.tests.routers.callers import Caller, answered

if TYPE_CHECKING:
    import httpx2

    from threadkeep.tests.live_server import LiveServer

OK, CREATED, NO_CONTENT, FORBIDDEN, UNAUTHORIZED = 200, 201, 204, 403, 401

ADMIN = callers_allowed("create users")
STAFF = callers_allowed("list users")
SELF = callers_allowed("manage the keys of this user")
OWNER = callers_allowed("change this thread")
SENDER = callers_allowed("change this message")
PARTICIPANT = callers_allowed("read this thread")
ALL = frozenset(ALL_CALLERS)
UNAUTHENTICATED = ("anonymous", "wrong", "revoked", "expired")


class Case(NamedTuple):
    """A request, the status for callers with the right, and these callers. Others get 403, callers without a key 401."""

    route: str
    path: str
    body: Any
    status: int
    allowed: frozenset[str]


FEWEST_RIGHTS_FIRST = ("stranger", "participant", "sender", "owner", "service", "admin")
"""The callers by rights, fewest first, so that nothing is deleted before a caller without the right has asked."""


class Scenario:
    """A thread, its message and its callers."""

    def __init__(self, admin: Caller) -> None:
        self.admin = admin
        self.owner, self.sender, self.participant, self.stranger = (admin.new_user(full_name=name) for name in "abcd")
        self.service = Caller(admin.http, admin.new_key(scope="service"))
        self.names = {"owner": self.owner.id, "participant": self.participant.id}
        admin.put("/v1/external-ids/users/named", {})
        for caller in (self.service, self.owner, self.sender, self.participant, self.stranger):
            caller.put("/v1/external-ids/threads/named", {})
        self.recreate()

    def recreate(self) -> None:
        """Create again everything that a request may have deleted."""
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

    def send(self, caller: Caller, case: Case) -> httpx2.Response:
        body = case.body
        if isinstance(body, dict):
            body = {key: value.format(**self.names) if value == "{thread}" else value for key, value in body.items()}
        return caller.send(case.route.split()[0], case.path.format(**self.names), json=body)

    def answers(self, case: Case, refused: dict[str, Caller]) -> dict[str, httpx2.Response]:
        """Send the case as each caller and return the answers by caller. A deleted object is created again for the next one."""
        answers_by_caller = {}
        for caller_name in FEWEST_RIGHTS_FIRST:
            answers_by_caller[caller_name] = self.send(getattr(self, caller_name), case)
            if answers_by_caller[caller_name].is_success and removes(case) and caller_name != FEWEST_RIGHTS_FIRST[-1]:
                self.recreate()
        return answers_by_caller | {caller_name: self.send(caller, case) for caller_name, caller in refused.items()}


def removes(case: Case) -> bool:
    """Whether a case removes objects that later cases need."""
    method, path = case.route.split()
    return method == "DELETE" or path.endswith("/messages/pop") or (method, path[-9:]) == ("PUT", "/messages")


def refused_callers(admin: Caller, served: LiveServer) -> dict[str, Caller]:
    """Return callers without a valid key. No key was used while it was valid."""
    keys = served.database["api_keys"]
    revoked, expired, wrong = (admin.new_key(scope="admin") for _ in range(3))
    admin.delete(f"/v1/admin/keys/{revoked[:11]}")
    keys.update_one({"_id": expired[:11]}, {"$set": {"expires_at": datetime.now(UTC) - timedelta(seconds=1)}})
    wrong = wrong[:-1] + ("A" if wrong[-1] != "A" else "B")
    callers = {"wrong": wrong, "revoked": revoked, "expired": expired}
    return {"anonymous": Caller(admin.http)} | {name: Caller(admin.http, key) for name, key in callers.items()}
