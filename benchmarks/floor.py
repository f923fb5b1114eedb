"""The floor: a bare ASGI application with PyMongo and orjson that does the work of each row, and nothing else.

No keys, no rights, no validation, no request ids, no metrics, no error handling. Same uvicorn, event loop and HTTP parser, same
garbage collector settings, same durability, same documents and indexes as the service's. Under `/bare` the same without a look
at whether the thread is still there.
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

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - naive UTC, as the driver has it
_DAY_SECONDS = 86_400
_DATES = ("created_at", "updated_at", "completed_at", "incomplete_at")
_THREAD_DATES = ("created_at", "updated_at", "last_message_at", "last_active_at")


class Floor:
    """The bare application."""

    def __init__(self, client: AsyncMongoClient[dict[str, Any]], database: str) -> None:
        bound = client.get_database(database, write_concern=WriteConcern(w="majority", j=True))
        self._threads, self._messages, self._users = bound["threads"], bound["messages"], bound["users"]

    async def __call__(self, scope: Any, receive: Callable[[], Awaitable[Any]], send: Any) -> None:
        """`/<what>/<thread or message>`: the path and the method say which row it is."""
        if scope["type"] != "http":
            return
        path = scope["path"]
        bare = path.startswith("/bare/")
        _, what, name = (path[5:] if bare else path).split("/")
        body = b""
        if scope["method"] == "POST":
            body = (await receive())["body"]
        content = orjson.dumps(await self._answer(what, name, body, bare=bare))
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    async def _answer(self, what: str, name: str, body: bytes, *, bare: bool) -> Any:
        if what == "thread":
            return worded(await self._living(name), _THREAD_DATES)
        if what == "message":
            message = await self._messages.find_one({"_id": name})
            if not bare:
                await self._living(message["thread_id"])  # type: ignore[index]  # it is there
            return worded(message, _DATES)
        if what.startswith("last"):
            return await self._page(name, int(what[4:]), bare=bare)
        said = orjson.loads(body)
        if what == "create-thread":
            return await self._create_thread(said, bare=bare)
        if what == "append":
            return (await self._append(name, [said]))[0]
        return {"data": await self._append(name, said["messages"])}

    async def _living(self, thread_id: str) -> Any:
        return await self._threads.find_one({"_id": thread_id, "deleted_at": None})

    async def _page(self, thread_id: str, count: int, *, bare: bool) -> Any:
        """The newest messages; bare, where their numbers are known already, the oldest."""
        last = count + 1 if bare else (await self._living(thread_id))["last_seq"]
        window = {"thread_id": thread_id, "seq": {"$gt": last - count - 1, "$lte": last}}
        cursor = self._messages.find(window, sort=[("seq", -1)], limit=count + 1, batch_size=count + 2)
        rows: list[Any] = await cursor.to_list()
        for row in rows:
            worded(row, _DATES)
        return {"object": "list", "data": rows[:count], "has_more": len(rows) > count}

    async def _create_thread(self, said: dict[str, Any], *, bare: bool) -> Any:
        names = said["participant_ids"]
        if not bare:
            await self._users.find({"_id": {"$in": names}}, {"_id": 1}).to_list()
        moment = datetime.now(UTC).replace(tzinfo=None)
        thread = {
            "_id": f"thread_{secrets.token_hex(11)}",
            "owner_id": names[0],
            "participant_ids": names,
            "meta_data": said["meta_data"],
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
        if not bare:  # who was erased meanwhile must not stay named
            await self._users.find({"_id": {"$in": names}}, {"_id": 1}).to_list()
        return worded(thread, _THREAD_DATES)

    async def _append(self, thread_id: str, said: list[dict[str, Any]]) -> list[Any]:
        """The cheapest way to number: reserve, then insert. Readers may miss messages by it (decision 0003)."""
        moment = datetime.now(UTC).replace(tzinfo=None)
        count = len(said)
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
            message_row(thread_id, seq, words, moment, f"message_{secrets.token_hex(11)}")
            for seq, words in enumerate(said, first)
        ]
        if count == 1:
            await self._messages.insert_one(rows[0])
        else:
            await self._messages.insert_many(rows)
        return [worded(row, _DATES) for row in rows]


def message_row(thread_id: str, seq: int, said: dict[str, Any], moment: datetime, message_id: str) -> dict[str, Any]:
    """A message as ours are stored."""
    return {
        "_id": message_id,
        "thread_id": thread_id,
        "seq": seq,
        "type": "message",
        "role": said["role"],
        "content": said["content"],
        "attachments": [],
        "sender_id": said.get("sender_id", "assistant"),
        "assistant_id": said.get("assistant_id"),
        "run_id": None,
        "tool_id": None,
        "tool_call_id": None,
        "status": None,
        "incomplete_details": None,
        "meta_data": said.get("meta_data", {}),
        "created_at": moment,
        "updated_at": moment,
        "completed_at": None if said["role"] == "user" else moment,
        "incomplete_at": None,
        "revision": 1,
        "schema_version": 1,
    }


def worded(row: Any, dates: tuple[str, ...]) -> Any:
    """The row as it goes over the wire, changed in its place."""
    row["id"] = row.pop("_id")
    for name in dates:
        moment = row[name]
        if moment is not None:
            passed = moment - _EPOCH
            row[name] = passed.days * _DAY_SECONDS + passed.seconds
    return row


async def serve(mongodb_url: str, database: str) -> None:
    """Answer on a free port until SIGTERM."""
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
