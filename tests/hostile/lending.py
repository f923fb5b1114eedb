"""What is really there, so that a made-up request reaches further than to "not found"."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from schemathesis import GenerationMode
from schemathesis.core.parameters import ParameterLocation

from threadkeep.tests.routers.callers import answered

if TYPE_CHECKING:
    from schemathesis import Case

    from threadkeep.tests.routers.callers import Caller


class Lending:
    """A user, a thread, a message and a key; what a request deleted is made anew for the next one."""

    def __init__(self, admin: Caller) -> None:
        self._admin = admin
        self._ids: dict[str, str] = {}

    def lend(self, case: Case[Any]) -> None:
        """Put what is really there where the request has made-up values which keep to the description."""
        if case.meta is None or case.meta.generation.mode is GenerationMode.POSITIVE:
            self._lend_headers(case)
        if case.meta is None or not case.meta.is_negative_at(ParameterLocation.PATH):
            for name in case.path_parameters or ():
                case.path_parameters[name] = self._id(name)
        if isinstance(case.body, dict) and isinstance(case.body.get("thread_id"), str):
            case.body["thread_id"] = self._id("thread_id")

    def _lend_headers(self, case: Case[Any]) -> None:
        if "Idempotency-Key" in case.headers:
            case.headers["Idempotency-Key"] = secrets.token_hex(16)  # else all but the first would be refused for it
        if "If-Match" in case.headers:
            case.headers["If-Match"] = "*"  # schemathesis finds no value for a pattern with quotation marks

    def take_back(self, case: Case[Any]) -> None:
        """Forget what the request may have deleted."""
        if case.method == "DELETE":
            self._ids.clear()

    def _id(self, name: str) -> str:
        if name not in self._ids:
            self._make()
        return self._ids[name]

    def _make(self) -> None:
        user = answered(self._admin.post("/v1/users", {}))
        key = answered(self._admin.post(f"/v1/users/{user['id']}/apikeys", {}))
        thread = self._admin.new_thread(participant_ids=[user["id"]])
        message = self._admin.new_message(thread["id"])
        self._ids = {
            "user_id": user["id"],
            "prefix": key["details"]["prefix"],
            "thread_id": thread["id"],
            "conversation_id": thread["id"],
            "message_id": message["id"],
            "item_id": message["id"],
        }
