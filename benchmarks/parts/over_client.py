"""Compares the Python client with httpx2 and orjson, on the same responses."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import httpx2
import orjson

from ...client import AsyncClient, Client
from ..calls import RepeatedCall
from ..rounds import compare
from ..table import Table, judged, microseconds
from ..targets import CLIENT, finding

if TYPE_CHECKING:
    from ..stage import Stage

_PAGE = 100


async def measure(stage: Stage) -> list[Table]:
    """The table of a page of 100 messages with `Client` and `AsyncClient`."""
    table = Table(
        "client",
        "The Python client, compared with httpx2 and orjson",
        f"CPU time of the calling process for a page of {_PAGE} messages over HTTP.",
        judged("client", "httpx2 and orjson", "ours"),
    )
    task = stage.progress.add_task("client", total=2 * (stage.effort.rounds + 1))
    url, key = f"http://127.0.0.1:{stage.service.port}", stage.seeds.key
    headers = {"authorization": f"Bearer {key}"}
    threads = itertools.cycle(stage.seeds.threads)

    def path() -> str:
        return f"{url}/v1/threads/{next(threads)}/messages?limit={_PAGE}"

    async def fetched(http: httpx2.AsyncClient) -> Any:
        return orjson.loads((await http.get(path(), headers=headers)).content)

    async with AsyncClient(url, key) as awaited, httpx2.AsyncClient() as async_http:
        with Client(url, key) as client, httpx2.Client() as http:
            kinds: dict[str, dict[str, Any]] = {
                "Client": {
                    "raw": lambda: orjson.loads(http.get(path(), headers=headers).content),
                    "ours": lambda: client.message_service.list_messages(next(threads), _PAGE),
                },
                "AsyncClient": {
                    "raw": lambda: fetched(async_http),
                    "ours": lambda: awaited.message_service.list_messages(next(threads), _PAGE),
                },
            }
            for name, calls in kinds.items():
                found = await compare(
                    {who: RepeatedCall(call) for who, call in calls.items()},
                    rounds=stage.effort.rounds,
                    seconds=stage.effort.lap,
                    progress=lambda: stage.progress.advance(task),
                )
                cells = (name, microseconds(found.cpu("raw")), microseconds(found.cpu("ours")))
                ratio = found.ratio("ours", "raw")
                table.add(*cells, found=finding(f"list {_PAGE} through {name}", ratio, CLIENT["list 100"]))
    return [table]
