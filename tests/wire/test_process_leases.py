"""The leases of processes: after an outage, and with clocks that differ by minutes, no running process loses a transaction."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.services import Tuning
from threadkeep.services.appends.abandoned_transactions import AbandonedTransactions
from threadkeep.services.appends.process_lease import ProcessLease
from threadkeep.tests.clocks import clock_ahead
from threadkeep.tests.factories import make_messages, make_thread
from threadkeep.tests.waiting import until
from threadkeep.tests.wire.rules import Chosen, Failing, Held

if TYPE_CHECKING:
    from threadkeep.documents import Documents
    from threadkeep.tests.wire.conftest import Behind
    from threadkeep.tests.wire.proxy import RulesProxy

ALIVE = Tuning().process_alive_seconds
ROUND = Tuning().process_renewal_seconds
SESSION = b"0123456789abcdef"
MINUTES = [pytest.param(minutes, id=f"{minutes:+} minutes") for minutes in (-7, 0, 7)]


class Process:
    """The lease of one process, and its view of the leases of others, at times that the test sets."""

    seconds = 0.0

    def __init__(self, documents: Documents, minutes_ahead: float = 0) -> None:
        self._minutes_ahead = minutes_ahead
        self.lease = ProcessLease(documents, Tuning())
        self._abandoned = AbandonedTransactions(
            documents, Tuning(), own=self.lease.name, monotonic=lambda: Process.seconds
        )

    async def renew(self) -> None:
        with clock_ahead(minutes=self._minutes_ahead):
            await self.lease.record(SESSION)
            await self.lease.renew()

    async def look(self) -> None:
        with clock_ahead(minutes=self._minutes_ahead):
            await self._abandoned.end_those_of_dead_processes()


@pytest.fixture(autouse=True)
def _time() -> None:
    Process.seconds = 0


async def pass_seconds(
    seconds: float, *, renewing: tuple[Process, ...] = (), looking: tuple[Process, ...] = ()
) -> None:
    """Let time pass in rounds of two seconds. In each round some processes renew their leases, and some look."""
    for _ in range(round(seconds / ROUND)):
        Process.seconds += ROUND
        for process in renewing:
            await process.renew()
        for process in looking:
            await process.look()


@pytest.mark.slow
@pytest.mark.parametrize("other", MINUTES)
@pytest.mark.parametrize("own", MINUTES)
async def test_processes_that_renew_their_leases_are_left_alone_whatever_their_clocks_show(
    behind: Behind, proxy: RulesProxy, own: float, other: float
) -> None:
    async with behind() as keep:
        processes = Process(keep.runtime.documents, own), Process(keep.runtime.documents, other)
        await pass_seconds(3 * ALIVE, renewing=processes, looking=processes)

    assert proxy.sent("killSessions") == []


@pytest.mark.parametrize("minutes", MINUTES)
async def test_the_sessions_of_a_dead_process_are_ended_after_some_seconds_whatever_its_clock_showed(
    behind: Behind, proxy: RulesProxy, minutes: float
) -> None:
    async with behind() as keep:
        dead, running = Process(keep.runtime.documents, minutes), Process(keep.runtime.documents)
        await dead.renew()
        await pass_seconds(ALIVE, looking=(running,))
        too_early = proxy.sent("killSessions")
        await pass_seconds(ROUND, looking=(running,))
        leases = await keep.runtime.documents.leases.find({"sessions": {"$exists": True}}).to_list()

    assert too_early == []
    (killing,) = proxy.sent("killSessions")
    assert [bytes(session["id"]) for session in killing.body["killSessions"]] == [SESSION]
    assert leases == []


async def test_a_process_never_ends_its_own_sessions(behind: Behind, proxy: RulesProxy) -> None:
    async with behind() as keep:
        process = Process(keep.runtime.documents)
        await process.renew()
        await pass_seconds(3 * ALIVE, looking=(process,))

    assert proxy.sent("killSessions") == []


async def test_time_in_which_the_database_was_away_does_not_count(behind: Behind, proxy: RulesProxy) -> None:
    async with behind() as keep:
        one, other = Process(keep.runtime.documents), Process(keep.runtime.documents)
        await pass_seconds(2 * ROUND, renewing=(one, other), looking=(one, other))
        Process.seconds += 10 * ALIVE  # nobody can renew a lease, and nobody can look
        await one.look()
        await other.look()
        await pass_seconds(2 * ALIVE, renewing=(one, other), looking=(one, other))

    assert proxy.sent("killSessions") == []


async def test_a_lease_that_was_taken_for_dead_is_stored_again(behind: Behind) -> None:
    async with behind() as keep:
        leases = keep.runtime.documents.leases
        process = Process(keep.runtime.documents)
        await process.renew()
        await leases.find({"_id": process.lease.name}).delete()
        await process.renew()
        found = await leases.find({"_id": process.lease.name}).to_list()
        await process.lease.close()

        assert [lease.sessions for lease in found] == [[SESSION]]
        assert await leases.find({"_id": process.lease.name}).to_list() == []


async def test_sessions_of_transactions_are_used_for_nothing_else(behind: Behind, proxy: RulesProxy) -> None:
    async with behind() as keep:
        thread = await make_thread(keep)
        for _ in range(2):
            await make_messages(keep, thread.id, ["a", "b"])
            await asyncio.gather(*(keep.message_service.list_messages(thread.id) for _ in range(3)))
        (lease,) = await keep.runtime.documents.leases.find({"sessions": {"$exists": True}}).to_list()

    with_session = [command.body for command in proxy.commands if "lsid" in command.body]
    probe = "leases"  # opening a Threadkeep reads them in an empty transaction
    begins = (body for body in with_session if "startTransaction" in body and body.get("find") != probe)
    first = with_session.index(next(begins))
    in_transaction = {bytes(body["lsid"]["id"]) for body in with_session[first:] if "autocommit" in body}
    others = {bytes(body["lsid"]["id"]) for body in with_session[first:] if "autocommit" not in body}
    assert in_transaction == set(lease.sessions or ())
    assert len(in_transaction) == 1
    assert in_transaction & others == set()


@pytest.mark.parametrize("code", [8000, 13, 59], ids=["Atlas", "unauthorized", "no such command"])
async def test_a_server_that_refuses_to_kill_sessions_stops_neither_renewals_nor_batches(
    behind: Behind, proxy: RulesProxy, caplog: pytest.LogCaptureFixture, code: int
) -> None:
    proxy.rules.append(Failing(Chosen(("killSessions",)), code, "CMD_NOT_ALLOWED: killSessions"))
    async with behind() as keep:
        documents = keep.runtime.documents
        running = Process(documents)
        for _ in range(2):
            dead = Process(documents)
            await dead.renew()
            await pass_seconds(2 * ALIVE, renewing=(running,), looking=(running,))
        thread = await make_thread(keep)
        await make_messages(keep, thread.id, ["a", "b"])
        left = await documents.leases.find({"_id": {"$in": [dead.lease.name, running.lease.name]}}).to_list()

    assert [lease.id for lease in left] == [running.lease.name]
    assert len(proxy.sent("killSessions")) == 1
    assert caplog.text.count("sessions_cannot_be_killed") == 1


async def test_a_slow_renewal_does_not_store_the_lease_again_after_the_close(behind: Behind, proxy: RulesProxy) -> None:
    held = Held(Chosen(("update",), collection="leases"))
    async with behind(tuning=Tuning(process_renewal_seconds=0)) as keep:
        leases = keep.runtime.documents.leases
        thread = await make_thread(keep)
        await make_messages(keep, thread.id, ["a", "b"])
        proxy.rules.append(held)

        async def is_renewing() -> bool:
            return held.waiting > 0

        await until(is_renewing)
        closing = asyncio.create_task(keep.close())
        await asyncio.sleep(0.05)
        proxy.call(held.go_on.set)
        await closing

        assert await leases.find({"sessions": {"$exists": True}}).to_list() == []


@pytest.mark.slow
async def test_after_an_outage_two_processes_go_on_and_kill_no_session(behind: Behind, proxy: RulesProxy) -> None:
    tuning = Tuning(process_alive_seconds=0.6, process_renewal_seconds=0.1)
    async with behind(tuning=tuning) as one, behind(tuning=tuning) as other:
        thread = await make_thread(one)
        for keep in (one, other):
            await make_messages(keep, thread.id, ["a", "b"])
        proxy.silent = True
        await asyncio.sleep(0.8)
        proxy.silent = False
        looks = len(proxy.sent("find", collection="leases"))

        async def have_looked() -> bool:
            return len(proxy.sent("find", collection="leases")) > looks + 10

        await until(have_looked)
        stored = [await make_messages(keep, thread.id, ["c", "d"]) for keep in (one, other)]

    assert proxy.sent("killSessions") == []
    assert [message.seq for messages in stored for message in messages] == [5, 6, 7, 8]


def test_a_shifted_clock_is_seen_by_the_context_alone() -> None:
    from threadkeep.clock import now  # noqa: PLC0415 - the test is about the module

    before: Any = now()
    with clock_ahead(minutes=5):
        shifted = now()
    after = now()

    assert 299 < (shifted - before).total_seconds() < 360
    assert (after - before).total_seconds() < 60
