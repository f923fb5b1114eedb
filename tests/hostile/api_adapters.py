"""One interface to services, clients and raw HTTP: store a value, and read it with another request."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from threadkeep.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from httpx2 import Response

    from threadkeep.tests.factories import ServiceProvider
    from threadkeep.tests.routers.callers import Caller

JSON = {"content-type": "application/json"}


class Refused(Exception):
    """A refusal with the names of invalid fields: all of them from a service, the first one from a client."""

    def __init__(self, fields: AbstractSet[str]) -> None:
        super().__init__(fields)
        self.fields = fields


class ServiceAdapter:
    """Stores and reads through services or a client."""

    def __init__(self, services: ServiceProvider) -> None:
        self._services = services

    async def thread(self, **fields: Any) -> dict[str, Any]:
        """Create a thread, and read it."""
        try:
            made = await self._services.thread_service.create_thread(**fields)
        except InvalidInput as error:
            raise _refused(error) from error
        return dict(await self._services.thread_service.get_thread(made.id))

    async def message(self, thread_id: str, **fields: Any) -> dict[str, Any]:
        """Append a message, and read it."""
        try:
            made = await self._services.message_service.create_message(thread_id, **fields)
        except InvalidInput as error:
            raise _refused(error) from error
        return dict(await self._services.message_service.get_message(made.id))


class HttpAdapter:
    """Stores and reads through the native API, without a client that could refuse or change values."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    async def thread(self, **fields: Any) -> dict[str, Any]:
        """Create a thread, and read it."""
        made = self._send("/v1/threads", fields)
        return self._get(f"/v1/threads/{made['id']}")

    async def message(self, thread_id: str, **fields: Any) -> dict[str, Any]:
        """Append a message, and read it."""
        made = self._send(f"/v1/threads/{thread_id}/messages", fields)
        return self._get(f"/v1/messages/{made['id']}")

    def _send(self, path: str, fields: dict[str, Any]) -> dict[str, Any]:
        return _native(self._caller.send("POST", path, content=json.dumps(fields).encode(), headers=JSON))

    def _get(self, path: str) -> dict[str, Any]:
        return _native(self._caller.get(path))


def _native(response: Response) -> dict[str, Any]:
    answer: dict[str, Any] = response.json()
    if response.is_success:
        return answer
    assert response.status_code in {413, 422}, response.text
    raise Refused({str(problem["loc"][1]) for problem in answer["detail"]})


def _refused(error: InvalidInput) -> Refused:
    paths = [[step for step in problem["loc"] if step not in ("body", "message")] for problem in error.problems]
    return Refused({str(path[0]) for path in paths})
