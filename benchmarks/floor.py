"""The floor: a bare ASGI application with PyMongo and orjson that does only the work of each row of the tables.

It has no keys, no rights, no validation, no request ids, no metrics and no error handling. It uses the same uvicorn, event
loop, HTTP parser, garbage collector settings, durability, documents and indexes as the service. Paths below `/bare` do the
same without the check that the thread or the users exist: the unchecked floor.
"""

from __future__ import annotations

import secrets
import socket
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson
import uvicorn
import uvloop
from pymongo import AsyncMongoClient, WriteConcern

from ..server import tune

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - naive UTC, as the driver returns dates
_DAY_SECONDS = 86_400
_DATES = ("created_at", "updated_at", "completed_at", "incomplete_at")
_THREAD_DATES = ("created_at", "updated_at", "last_message_at", "last_active_at")


class Floor:
    """The bare application."""

    def __init__(self, client: AsyncMongoClient[dict[str, Any]], database: str) -> None:
        bound = client.get_database(database, write_concern=WriteConcern(w="majority", j=True))
        self._threads, self._messages, self._users = bound["threads"], bound["messages"], bound["users"]

    async def __call__(self, scope: Any, receive: Callable[[], Awaitable[Any]], send: Any) -> None:
        """Answer one request. Its path is `/<action>/<id of a thread or message>`."""
        if scope["type"] != "http":
            return
        path = scope["path"]
        bare = path.startswith("/bare/")
        _, action, object_id = (path[5:] if bare else path).split("/")
        body = b""
        if scope["method"] == "POST":
            body = (await receive())["body"]
        content = orjson.dumps(await self._answer(action, object_id, body, bare=bare))
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    async def _answer(self, action: str, object_id: str, body: bytes, *, bare: bool) -> Any:
        if action == "thread":
            return rendered(await self._visible_thread(object_id), _THREAD_DATES)
        if action == "message":
            message = await self._messages.find_one({"_id": object_id})
            if not bare:
                await self._visible_thread(message["thread_id"])  # type: ignore[index]  # the message exists
            return rendered(message, _DATES)
        if action.startswith("last"):
            return await self._page(object_id, int(action[4:]), bare=bare)
        sent = orjson.loads(body)
        if action == "create-thread":
            return await self._create_thread(sent, bare=bare)
        if action == "append":
            return (await self._append(object_id, [sent]))[0]
        return {"data": await self._append(object_id, sent["messages"])}

    async def _visible_thread(self, thread_id: str) -> Any:
        return await self._threads.find_one({"_id": thread_id, "deleted_at": None})

    async def _page(self, thread_id: str, count: int, *, bare: bool) -> Any:
        """A page of the newest messages. With `bare`, a page of the oldest ones: their numbers are known without the thread."""
        last = count + 1 if bare else (await self._visible_thread(thread_id))["last_seq"]
        window = {"thread_id": thread_id, "seq": {"$gt": last - count - 1, "$lte": last}}
        cursor = self._messages.find(window, sort=[("seq", -1)], limit=count + 1, batch_size=count + 2)
        rows: list[Any] = await cursor.to_list()
        for row in rows:
            rendered(row, _DATES)
        return {"object": "list", "data": rows[:count], "has_more": len(rows) > count}

    async def _create_thread(self, sent: dict[str, Any], *, bare: bool) -> Any:
        user_ids = sent["participant_ids"]
        if not bare:
            await self._users.find({"_id": {"$in": user_ids}}, {"_id": 1}).to_list()
        moment = datetime.now(UTC).replace(tzinfo=None)
        thread = {
            "_id": f"thread_{secrets.token_hex(11)}",
            "owner_id": user_ids[0],
            "participant_ids": user_ids,
            "meta_data": sent["meta_data"],
            "meta_data_index": [secrets.token_hex(16)],
            "tool_resources": {},
            "last_seq": 0,
            "deleted_count": 0,
            "message_count": 0,
            "revision": 1,
            "created_at": moment,
            "updated_at": moment,
            "last_message_at": None,
            "last_active_at": moment,
            "deleted_at": None,
            "schema_version": 1,
        }
        await self._threads.insert_one(thread)
        if not bare:  # a user who was erased meanwhile must not become a participant
            await self._users.find({"_id": {"$in": user_ids}}, {"_id": 1}).to_list()
        return rendered(thread, _THREAD_DATES)

    async def _append(self, thread_id: str, messages: list[dict[str, Any]]) -> list[Any]:
        """Append in the cheapest way: reserve numbers, then insert. With it, readers may miss messages (decision 0003)."""
        moment = datetime.now(UTC).replace(tzinfo=None)
        count = len(messages)
        thread: Any = await self._threads.find_one_and_update(
            {"_id": thread_id},
            {
                "$inc": {"last_seq": count, "message_count": count},
                "$max": {"last_message_at": moment, "last_active_at": moment},
            },
            {"last_seq": 1},
            return_document=True,
        )
        first = thread["last_seq"] - count + 1
        rows = [
            message_row(thread_id, seq, message, moment, f"message_{secrets.token_hex(11)}")
            for seq, message in enumerate(messages, first)
        ]
        if count == 1:
            await self._messages.insert_one(rows[0])
        else:
            await self._messages.insert_many(rows)
        return [rendered(row, _DATES) for row in rows]


def message_row(thread_id: str, seq: int, sent: dict[str, Any], moment: datetime, message_id: str) -> dict[str, Any]:
    """A message in the form in which Threadkeep stores messages."""
    return {
        "_id": message_id,
        "thread_id": thread_id,
        "seq": seq,
        "type": "message",
        "role": sent["role"],
        "content": sent["content"],
        "attachments": [],
        "sender_id": sent.get("sender_id", "assistant"),
        "assistant_id": sent.get("assistant_id"),
        "run_id": None,
        "tool_id": None,
        "tool_call_id": None,
        "status": None,
        "incomplete_details": None,
        "meta_data": sent.get("meta_data", {}),
        "created_at": moment,
        "updated_at": moment,
        "completed_at": None if sent["role"] == "user" else moment,
        "incomplete_at": None,
        "revision": 1,
        "schema_version": 1,
    }


def rendered(row: Any, dates: tuple[str, ...]) -> Any:
    """The row as it is sent. Changes the row in place."""
    row["id"] = row.pop("_id")
    for name in dates:
        moment = row[name]
        if moment is None:
            row[f"{name}_ms"] = None
        else:
            passed = moment - _EPOCH
            row[name] = seconds = passed.days * _DAY_SECONDS + passed.seconds
            row[f"{name}_ms"] = seconds * 1000 + passed.microseconds // 1000
    return row


async def serve(mongodb_url: str, database: str) -> None:
    """Serve the floor on a free port until SIGTERM. Prints the URL when it is ready."""
    async with AsyncMongoClient[dict[str, Any]](mongodb_url) as client:
        with socket.socket() as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(("127.0.0.1", 0))
            listener.listen(2048)
            config = uvicorn.Config(
                Floor(client, database),
                loop="none",
                http="httptools",
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                backlog=2048,
                timeout_keep_alive=30,
            )
            await client.admin.command("ping")
            print(f"URL: http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
            tune()
            await uvicorn.Server(config).serve(sockets=[listener])


if __name__ == "__main__":
    uvloop.run(serve(*sys.argv[1:]))
