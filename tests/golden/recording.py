"""Records the interfaces of the product in a form that two runs share: no random ids, no dates, no prose."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from starlette.routing import Mount

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    import httpx2

    from threadkeep.keep import Threadkeep

_PROSE = ("description", "summary", "title", "examples", "example")
_ID = re.compile(r"(user|thread|message|msg|conv|tk|seed|process|batch|req|audit)_[0-9A-Za-z]{8,}(?:[0-9A-Za-z_-]*)")
_ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00")
_DIGEST = re.compile(r"^[0-9a-f]{64}$")
_TIMES = frozenset({"created_at", "updated_at", "last_message_at", "last_active_at", "completed_at", "incomplete_at"})


class Names:
    """Replaces each random id by its kind and the order in which it was met."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def of(self, value: Any) -> Any:
        """The value with every id, date and digest replaced."""
        if isinstance(value, dict):
            return {key: self._field(key, member) for key, member in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.of(member) for member in value]
        if isinstance(value, datetime):
            return "<date>"
        if isinstance(value, bytes):
            return "<bytes>"
        return self._text(value) if isinstance(value, str) else value

    def _field(self, key: str, value: Any) -> Any:
        return "<time>" if key in _TIMES and isinstance(value, int) else self.of(value)

    def _text(self, text: str) -> str:
        return "<digest>" if _DIGEST.match(text) else _ISO.sub("<date>", _ID.sub(self._name, text))

    def _name(self, found: re.Match[str]) -> str:
        count = len([name for name in self._known.values() if name.startswith(f"<{found[1]} ")])
        return self._known.setdefault(found[0], f"<{found[1]} {count + 1}>")


def without_prose(value: Any, *, names: bool = False) -> Any:
    """An OpenAPI description without its sentences; `names` says that the keys are names of properties."""
    if isinstance(value, dict):
        kept = ((key, member) for key, member in value.items() if names or key not in _PROSE)
        return {key: without_prose(member, names=key in {"properties", "schemas"}) for key, member in kept}
    return [without_prose(member) for member in value] if isinstance(value, list) else value


def openapi(app: FastAPI) -> dict[str, Any]:
    """Paths and schemas of every API surface, without prose."""
    found = {"/": without_prose(app.openapi())}
    for route in app.routes:
        if isinstance(route, Mount) and isinstance(route.app, FastAPI):
            found[route.path] = without_prose(route.app.openapi())
    return found


async def documents(keep: Threadkeep) -> dict[str, list[Any]]:
    """Every stored document, collection by collection, in the order of insertion."""
    names = Names()
    database = keep.runtime.documents.database
    found = {}
    for name in sorted(await database.list_collection_names()):
        if rows := [names.of(row) async for row in database[name].find({})]:
            found[name] = rows
    return found


async def errors(
    http: httpx2.AsyncClient, requests: Callable[[httpx2.AsyncClient], AsyncIterator[httpx2.Response]]
) -> dict[str, Any]:
    """Status and body of each refusal, by the request that it answers."""
    names = Names()
    found: dict[str, Any] = {}
    async for response in requests(http):
        if not response.is_error:
            continue
        body = names.of(json.loads(response.content)) if response.content else None
        sent = response.request
        path = names.of(str(sent.url).removeprefix("http://test"))[:120]
        name = f"{len(found) + 1:03} {sent.method} {path}"
        found[name] = {"status": response.status_code, "body": body}
    return found
