"""Existing ids for generated requests, so that the requests do not end in "not found"."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from schemathesis import GenerationMode
from schemathesis.core.parameters import ParameterLocation

from threadkeep.tests.routers.callers import answered

if TYPE_CHECKING:
    from schemathesis import Case

    from threadkeep.tests.routers.callers import Caller


class RealIds:
    """The ids of a user, a thread, a message and a key. After a delete, they are created again for the next request."""

    def __init__(self, admin: Caller) -> None:
        self._admin = admin
        self._ids: dict[str, str] = {}

    def insert_into(self, case: Case[Any]) -> None:
        """Replace the valid generated ids of the request by existing ids."""
        if case.meta is None or case.meta.generation.mode is GenerationMode.POSITIVE:
            self._set_headers(case)
        if case.meta is None or not case.meta.is_negative_at(ParameterLocation.PATH):
            for name in case.path_parameters or ():
                case.path_parameters[name] = self._id(name)
        if isinstance(case.body, dict) and isinstance(case.body.get("thread_id"), str):
            case.body["thread_id"] = self._id("thread_id")

    def _set_headers(self, case: Case[Any]) -> None:
        if "Idempotency-Key" in case.headers:
            case.headers["Idempotency-Key"] = secrets.token_hex(16)  # a repeated key would refuse all later requests
        if "If-Match" in case.headers:
            case.headers["If-Match"] = "*"  # schemathesis finds no value for a pattern with quotation marks

    def forget_deleted(self, case: Case[Any]) -> None:
        """Forget the ids that the request may have deleted."""
        if case.method == "DELETE":
            self._ids.clear()

    def _id(self, name: str) -> str:
        if name not in self._ids:
            self._create()
        return self._ids[name]

    def _create(self) -> None:
        external_id = secrets.token_hex(8)
        user = answered(self._admin.post("/v1/users", {"external_id": external_id}))
        key = answered(self._admin.post(f"/v1/users/{user['id']}/apikeys", {}))
        thread = self._admin.new_thread(participant_ids=[user["id"]], external_id=external_id)
        message = self._admin.new_message(thread["id"])
        self._ids = {
            "user_id": user["id"],
            "prefix": key["details"]["prefix"],
            "thread_id": thread["id"],
            "conversation_id": thread["id"],
            "message_id": message["id"],
            "item_id": message["id"],
            "external_id": external_id,
            "import_id": answered(self._admin.post("/v1/imports", {}))["id"],
        }
