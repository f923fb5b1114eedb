"""Two services on one database, and requests of every kind, for retries of requests whose answers were lost."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from threadkeep.clock import now

if TYPE_CHECKING:
    import httpx2

    from threadkeep.tests.faults.conftest import Pair

TWO = {"messages": [{"content": "x"}, {"content": "y", "role": "assistant"}]}
ITEMS = {"items": [{"type": "message", "role": "user", "content": "x"}]}
Request = tuple[str, str, Any]
CHUNK = {"thread_id": "{thread}", "content": "upon a time"}
CREATIONS: list[Request] = [
    ("POST", "/v1/users", {"email": "ada@example.com"}),
    ("POST", "/v1/threads", {"participant_ids": ["{user}"]} | TWO),
    ("POST", "/v1/threads/{thread}/messages", {"content": "x"}),
    ("POST", "/v1/threads/{thread}/messages", TWO),
    ("POST", "/v1/messages/tools", {"thread_id": "{thread}", "content": "42", "tool_call_id": "call_1"}),
    ("POST", "/v1/messages/assistant", CHUNK | {"is_last_chunk": False}),
    ("POST", "/v1/messages/assistant", CHUNK | {"is_last_chunk": True}),
    ("POST", "/v1/users/{user}/apikeys", {"key_name": "laptop"}),
    ("POST", "/v1/admin/keys", {"scope": "service"}),
    ("POST", "/openai/v1/threads", {"messages": [{"role": "user", "content": "x"}]}),
    ("POST", "/openai/v1/threads/{thread}/messages", {"role": "user", "content": "x"}),
    ("POST", "/openai/v1/conversations", ITEMS),
    ("POST", "/openai/v1/conversations/{conversation}/items", ITEMS),
]

CHANGES: list[Request] = [
    ("PUT", "/v1/users/{user}", {"full_name": "Ada L."}),
    ("PUT", "/v1/threads/{thread}", {"meta_data": {"a": True}}),
    ("PUT", "/v1/threads/{thread}", {"participant_ids": []}),
    ("PUT", "/v1/threads/{thread}/metadata", {"a": 1}),
    ("PUT", "/v1/messages/{message}", {"content": "changed", "meta_data": {"a": True}}),
    ("PUT", "/v1/messages/{message}", {"status": "completed"}),
    ("PUT", "/v1/threads/{thread}/messages/{message}", {"content": [{"type": "text", "text": "parts"}]}),
    ("POST", "/openai/v1/threads/{thread}", {"metadata": {"a": "1"}}),
    ("POST", "/openai/v1/threads/{thread}/messages/{message}", {"metadata": {"a": "1"}}),
]

DELETIONS: list[Request] = [
    ("DELETE", "/v1/users/{user}", None),
    ("DELETE", "/v1/threads/{thread}", None),
    ("DELETE", "/v1/messages/{message}", None),
    ("DELETE", "/v1/threads/{thread}/messages/{message}", None),
    ("DELETE", "/v1/users/{user}/apikeys/{key}", None),
    ("DELETE", "/openai/v1/threads/{thread}", None),
    ("DELETE", "/openai/v1/threads/{thread}/messages/{message}", None),
    ("DELETE", "/openai/v1/conversations/{conversation}", None),
    ("DELETE", "/openai/v1/conversations/{conversation}/items/{item}", None),
]


class Processes:
    """Two services on one database, and the ids of the objects that requests name."""

    def __init__(self, keeps: Pair, clients: list[httpx2.AsyncClient]) -> None:
        self.keeps = keeps
        self._clients = clients
        self.ids: dict[str, str] = {}
        self._key = ""

    async def fill(self) -> None:
        """Store one object of each kind that requests name."""
        self.use_new_key()
        keep = self.keeps[0]
        user = await keep.user_service.create_user(full_name="Ada")
        thread = await keep.thread_service.create_thread([user.id], messages=[{"content": text} for text in "abc"])
        key = await keep.key_service.create_key("user", user_id=user.id)
        chunk = self.with_ids(CHUNK | {"content": "Once ", "is_last_chunk": False}, thread=thread.id)
        await self._clients[0].post("/v1/messages/assistant", json=chunk)
        made = (await self._clients[0].post("/openai/v1/conversations", json=ITEMS)).json()["id"]
        items = (await self._clients[0].get(f"/openai/v1/conversations/{made}/items")).json()["data"]
        self.ids = {"user": user.id, "thread": thread.id, "key": key.details.prefix, "conversation": made}
        self.ids |= {"message": (await keep.message_service.list_messages(thread.id))[1].id, "item": items[0]["id"]}

    async def prepare(self, request: Request) -> None:
        """Use another idempotency key. A deletion gets new objects, because the last one has deleted some."""
        if request[0] == "DELETE":
            await self.fill()
        self.use_new_key()

    def use_new_key(self) -> None:
        """Send the following requests with another idempotency key."""
        self._key = secrets.token_hex(8)

    def with_ids(self, body: Any, **ids: str) -> Any:
        """Return the body with ids in its placeholders."""
        if isinstance(body, str):
            return body.format(**self.ids | ids)
        if isinstance(body, list):
            return [self.with_ids(part, **ids) for part in body]
        return {name: self.with_ids(part, **ids) for name, part in body.items()} if isinstance(body, dict) else body

    async def send(
        self, process: int, method: str, path: str, body: Any, key: str | None = None, **headers: str
    ) -> httpx2.Response:
        headers["idempotency-key"] = key or self._key
        return await self._clients[process].request(
            method, self.with_ids(path), json=self.with_ids(body), headers=headers
        )

    async def expire_claims(self) -> None:
        """Expire the claims of the first process, so that the second may take them over."""
        claims = self.keeps[1].runtime.documents.idempotency_keys.get_pymongo_collection()
        await claims.update_many({"status": None}, {"$set": {"locked_until": now() - timedelta(seconds=1)}})

    async def stored(self) -> dict[str, list[Any]]:
        """Return all rows without the hashes of keys and the times of users and keys: a retry may store these anew."""
        database = self.keeps[1].runtime.documents.database
        names = ("users", "threads", "messages", "deleted_messages", "deleted_threads", "drafts", "api_keys")
        left_out = {"hash": 0, "last_used_at": 0}
        found = {name: await database[name].find({}, left_out).sort("_id").to_list() for name in names}
        for row in (*found["users"], *found["api_keys"]):
            row.pop("updated_at", None)
            row.pop("created_at")
        return found
