"""Writers that are killed at any moment: the framework reads whole writes in order, and a retry makes the last one once."""

from __future__ import annotations

import asyncio
import multiprocessing
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx2
import psutil
import pytest

import threadkeep.tests.adapters.all_frameworks  # noqa: F401 - skips this module without them
from threadkeep.client.options import certificates
from threadkeep.mongodb_url import hosts_of
from threadkeep.tests.adapters import sessions
from threadkeep.tests.adapters.writing_process import write_turns
from threadkeep.tests.waiting import until

if TYPE_CHECKING:
    from multiprocessing.context import ForkServerContext

    from threadkeep.keep import Threadkeep
    from threadkeep.tests.live_server import LiveServer

_SECONDS = (0.02, 0.31, 0.11, 0.23, 0.05, 0.37)
"""The times of the kills after the first turn has begun."""
_WHOLE_TURNS = (
    sessions.OpenAIAgents,
    sessions.LangGraph,
    sessions.Claude,
    sessions.PydanticAI,
    sessions.AgentFramework,
)
"""The frameworks that make a turn visible at once. The others write each message alone."""


@pytest.fixture(scope="module")
def forks() -> ForkServerContext:
    """Return a context that starts processes in which the frameworks are already imported."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([write_turns.__module__])
    return context


@pytest.fixture
def places(live_server: LiveServer, mongo_url: str) -> dict[str, tuple[str, str]]:
    """Return the places of a writer: the URL of MongoDB with a database, or the URL of the service with a key."""
    return {
        "in process": (mongo_url, live_server.database.name),
        "over http": (live_server.url, live_server.admin_key),
    }


async def killed(forks: ForkServerContext, kind: str, place: tuple[str, str], first: int, seconds: float) -> int:
    """Run a writer for about so long, kill it, and return the number of the turn that it was writing."""
    hear, tell = forks.Pipe(duplex=False)
    writer = forks.Process(target=write_turns, args=(kind, place, first, tell))
    writer.start()
    tell.close()
    number = await asyncio.to_thread(hear.recv)
    await asyncio.sleep(seconds)
    writer.kill()
    await asyncio.to_thread(writer.join)
    while hear.poll():
        try:
            number = hear.recv()
        except EOFError:
            break
    return int(number)


async def answered(place: tuple[str, str]) -> None:
    """Wait until no request of a dead writer is under way. A request that has arrived may be done after its sender's death.

    The server keeps the connection of such a request until it has answered, although the other end is closed.
    """
    hosts = hosts_of(place[0]) or [urlsplit(place[0]).netloc]
    if place[0].startswith("http"):
        async with httpx2.AsyncClient(verify=certificates()) as client:  # connections are accepted in order
            await client.get(f"{place[0]}/healthz")

    async def are_closed() -> bool:
        found = psutil.Process()
        opened = [one for process in (found, *found.children(recursive=True)) for one in _connections(process)]
        waiting = {one.laddr.port for one in opened if one.status == psutil.CONN_CLOSE_WAIT}
        return not any(host.endswith(f":{port}") for host in hosts for port in waiting)

    await until(are_closed)


def _connections(process: psutil.Process) -> list[Any]:
    try:
        return list(process.net_connections(kind="tcp"))
    except psutil.NoSuchProcess:
        return []


@pytest.mark.slow
@pytest.mark.timeout(180)
@pytest.mark.parametrize("way", ["in process", pytest.param("over http", marks=pytest.mark.chaos)])
@pytest.mark.parametrize(
    "kind",
    [
        sessions.OpenAIAgents,
        pytest.param(sessions.LangGraph, marks=pytest.mark.chaos),
        pytest.param(sessions.Claude, marks=pytest.mark.chaos),
        pytest.param(sessions.PydanticAI, marks=pytest.mark.chaos),
        sessions.GoogleADK,
        pytest.param(sessions.AgentFramework, marks=pytest.mark.chaos),
        pytest.param(sessions.ChatKit, marks=pytest.mark.chaos),
    ],
    ids=lambda kind: kind.__name__,
)
async def test_a_killed_writer_leaves_a_prefix_that_a_retry_completes(
    kind: type[sessions.Session],
    way: str,
    keep: Threadkeep,
    places: dict[str, tuple[str, str]],
    forks: ForkServerContext,
) -> None:
    first, left_out = 0, 0
    for seconds in _SECONDS:
        number = await killed(forks, kind.__name__, places[way], first, seconds)
        await answered(places[way])
        said = await kind(keep, "killed").said()
        whole: Any = [text for done in range(number + 1) for text in sessions.turn(done, "answer")]
        assert said == whole[: len(said)]
        assert len(said) >= 2 * number
        if kind in _WHOLE_TURNS:
            assert len(said) % 2 == 0
        left_out += len(said) < len(whole)
        await kind(keep, "killed").say(number, "answer")  # the retry

        assert await kind(keep, "killed").said() == whole
        first = number + 1
    assert left_out > 0
