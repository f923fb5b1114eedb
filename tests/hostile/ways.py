"""The ways in, each in its own words: what is stored, given back by another request, or refused."""

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
    """With the names of fields that are wrong: all of them from the service, the first one from a client that asks nobody."""

    def __init__(self, fields: AbstractSet[str]) -> None:
        super().__init__(fields)
        self.fields = fields


class InWords:
    """The services, or a client, which say the same."""

    def __init__(self, door: ServiceProvider) -> None:
        self._door = door

    async def thread(self, **said: Any) -> dict[str, Any]:
        """Make a thread, and read it."""
        try:
            made = await self._door.thread_service.create_thread(**said)
        except InvalidInput as error:
            raise _refused(error) from error
        return dict(await self._door.thread_service.get_thread(made.id))

    async def message(self, thread_id: str, **said: Any) -> dict[str, Any]:
        """Append a message, and read it."""
        try:
            made = await self._door.message_service.create_message(thread_id, **said)
        except InvalidInput as error:
            raise _refused(error) from error
        return dict(await self._door.message_service.get_message(made.id))


class InBytes:
    """The native door, without any client that could refuse or mend something itself."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    async def thread(self, **said: Any) -> dict[str, Any]:
        """Make a thread, and read it."""
        made = self._send("/v1/threads", said)
        return self._get(f"/v1/threads/{made['id']}")

    async def message(self, thread_id: str, **said: Any) -> dict[str, Any]:
        """Append a message, and read it."""
        made = self._send(f"/v1/threads/{thread_id}/messages", said)
        return self._get(f"/v1/messages/{made['id']}")

    def _send(self, path: str, said: dict[str, Any]) -> dict[str, Any]:
        return _native(self._caller.send("POST", path, content=json.dumps(said).encode(), headers=JSON))

    def _get(self, path: str) -> dict[str, Any]:
        return _native(self._caller.get(path))


def _native(response: Response) -> dict[str, Any]:
    answer: dict[str, Any] = response.json()
    if response.is_success:
        return answer
    assert response.status_code in {413, 422}, response.text
    raise Refused({str(problem["loc"][1]) for problem in answer["detail"]})


def _refused(error: InvalidInput) -> Refused:
    places = [[step for step in problem["loc"] if step not in ("body", "message")] for problem in error.problems]
    return Refused({str(place[0]) for place in places})
