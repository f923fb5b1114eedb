from __future__ import annotations

import socket
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from threadkeep.client.options import full_jitter
from threadkeep.errors import (
    Conflict,
    DatabaseRefused,
    Overloaded,
    StillRunning,
    ThreadkeepError,
    ThreadNotFound,
    Unavailable,
)
from threadkeep.tests.client.scripted_server import LOST, SILENT, Answer

if TYPE_CHECKING:
    from threadkeep.tests.client.conftest import Connect
    from threadkeep.tests.client.scripted_server import ScriptedServer

THREAD = Answer(200, {"id": "thread_1", "meta_data": {}})
RUNNING = Answer(409, {"error": "StillRunning", "detail": "…"}, {"Retry-After": "1"})


def test_a_request_without_an_answer_is_retried_with_the_same_key(
    client: Any, server: ScriptedServer, waits: list[float]
) -> None:
    server.answers = [LOST, LOST, THREAD]

    assert client.thread_service.create_thread().id == "thread_1"
    assert len(server.received) == 3
    assert len(set(server.keys())) == 1
    assert server.keys()[0]
    assert len({request.body for request in server.received}) == 1
    assert waits == [0.5, 1.0]


def test_each_write_has_a_new_idempotency_key_and_a_read_has_none(client: Any, server: ScriptedServer) -> None:
    server.answers = [THREAD]

    client.thread_service.create_thread()
    client.thread_service.delete_thread("thread_1")
    client.thread_service.get_thread("thread_1")

    first, second, read = server.keys()
    assert first
    assert second
    assert first != second
    assert read is None


def test_an_idempotency_key_of_the_caller_is_sent(client: Any, server: ScriptedServer) -> None:
    server.answers = [LOST, THREAD]

    client.with_options(idempotency_key="order-17").thread_service.create_thread()

    assert server.keys() == ["order-17", "order-17"]


@pytest.mark.parametrize("status", [408, 429, 502, 503, 504])
def test_a_temporary_error_is_retried(status: int, client: Any, server: ScriptedServer) -> None:
    server.answers = [Answer(status), THREAD]

    assert client.thread_service.get_thread("thread_1").id == "thread_1"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 412, 413, 422, 500, 501])
def test_a_permanent_error_is_raised_without_a_retry(
    status: int, client: Any, server: ScriptedServer, waits: list[float]
) -> None:
    server.answers = [Answer(status), THREAD]

    with pytest.raises(ThreadkeepError):
        client.thread_service.get_thread("thread_1")
    assert waits == []


def test_a_refusal_of_the_database_is_raised_without_a_retry(
    client: Any, server: ScriptedServer, waits: list[float]
) -> None:
    """A proxy answers 502 for a while, and the service for a reason that lasts."""
    server.answers = [Answer(502, {"error": "DatabaseRefused", "detail": "No right."}), THREAD]

    with pytest.raises(DatabaseRefused, match="No right"):
        client.thread_service.get_thread("thread_1")
    assert waits == []


def test_a_retry_waits_while_the_first_request_is_running(
    client: Any, server: ScriptedServer, waits: list[float]
) -> None:
    server.answers = [LOST, RUNNING, THREAD]

    assert client.thread_service.create_thread().id == "thread_1"
    assert len(set(server.keys())) == 1
    assert waits == [0.5, 2.0]


def test_the_error_is_raised_after_three_retries(client: Any, server: ScriptedServer, waits: list[float]) -> None:
    server.answers = [Answer(503, {"error": "Overloaded", "detail": "Too much."})]

    with pytest.raises(Overloaded, match="Too much"):
        client.thread_service.get_thread("thread_1")
    assert waits == [0.5, 1.0, 1.5]


def test_max_retries_sets_the_number_of_retries(connect: Connect, server: ScriptedServer) -> None:
    server.answers = [RUNNING]

    with pytest.raises(StillRunning):
        connect(server.url, max_retries=1).thread_service.create_thread()
    assert len(server.received) == 2
    with pytest.raises(StillRunning):
        connect(server.url).with_options(max_retries=0).thread_service.create_thread()
    assert len(server.received) == 3


@pytest.mark.parametrize(
    ("retry_after", "seconds"), [("7", 7), ("0", 0), ("", 0), ("soon", 0), ("-3", 0), ("1e9", 0), ("٣", 0)]
)
def test_a_retry_waits_for_the_seconds_of_retry_after(
    retry_after: str, seconds: int, client: Any, server: ScriptedServer, waits: list[float]
) -> None:
    header = retry_after.encode().decode("latin-1")
    server.answers = [Answer(503, None, {"Retry-After": header}), THREAD]

    client.thread_service.get_thread("thread_1")

    assert waits == [seconds + 0.5]


def test_a_retry_waits_until_the_date_of_retry_after(client: Any, server: ScriptedServer, waits: list[float]) -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=20), usegmt=True)
    past = format_datetime(datetime.now(UTC) - timedelta(days=1)).replace("+0000", "-0000")
    server.answers = [Answer(503, None, {"Retry-After": soon}), Answer(503, None, {"Retry-After": past}), THREAD]

    client.thread_service.get_thread("thread_1")

    assert 15 < waits[0] <= 20.5
    assert waits[1] == 1.0


def test_a_retry_after_of_one_hour_raises_the_error_at_once(
    client: Any, server: ScriptedServer, waits: list[float]
) -> None:
    server.answers = [Answer(503, None, {"Retry-After": "3600"})]

    with pytest.raises(Unavailable) as caught:
        client.thread_service.get_thread("thread_1")
    assert caught.value.retry_after == 3600
    assert waits == []


def test_an_unreachable_server_raises_unavailable(connect: Connect, waits: list[float]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"

    with pytest.raises(Unavailable, match=f"{url} cannot be reached") as caught:
        connect(url).thread_service.create_thread()
    assert isinstance(caught.value.__cause__, httpx2.ConnectError)
    assert len(waits) == 3


@pytest.mark.slow
def test_a_silent_server_raises_unavailable(connect: Connect, server: ScriptedServer) -> None:
    server.answers = [SILENT]

    with pytest.raises(Unavailable, match="did not answer in time") as caught:
        connect(server.url, timeout=httpx2.Timeout(10, read=0.3), max_retries=1).thread_service.create_thread()
    assert isinstance(caught.value.__cause__, httpx2.ReadTimeout)
    assert len(set(server.keys())) == 1
    assert len(server.received) == 2


def test_an_answer_that_cannot_be_decoded_is_not_retried(
    client: Any, server: ScriptedServer, waits: list[float]
) -> None:
    server.answers = [Answer(200, b"not gzip", {"Content-Encoding": "gzip"})]

    with pytest.raises(ThreadkeepError, match="The request to") as caught:
        client.thread_service.get_thread("thread_1")
    assert not isinstance(caught.value, Unavailable)
    assert waits == []


def test_only_the_page_without_an_answer_is_retried(client: Any, server: ScriptedServer, waits: list[float]) -> None:
    first = {"data": [{"id": "message_1"}], "has_more": True, "next_cursor": "message_1"}
    second = {"data": [{"id": "message_2"}], "has_more": False, "next_cursor": None}
    server.answers = [Answer(200, first), LOST, Answer(200, second)]

    page = client.message_service.list_messages("thread_1")

    assert [message.id for message in page] == ["message_1", "message_2"]
    assert (page.has_more, page.next_cursor) == (False, None)
    assert ["after=message_1" in request.path for request in server.received] == [False, True, True]
    assert waits == [0.5]


def test_the_error_of_the_last_retry_is_raised(client: Any, server: ScriptedServer) -> None:
    server.answers = [Answer(503), Answer(404, {"error": "ThreadNotFound", "detail": "gone", "thread_id": "thread_1"})]

    with pytest.raises(ThreadNotFound, match="gone"):
        client.thread_service.delete_thread("thread_1")


def test_a_conflict_other_than_still_running_is_not_retried(client: Any, server: ScriptedServer) -> None:
    server.answers = [Answer(409, {"error": "IdempotencyMismatch", "detail": "…"}, {"Retry-After": "1"})]

    with pytest.raises(Conflict):
        client.thread_service.create_thread()
    assert len(server.received) == 1


def test_the_backoff_is_random_with_a_bound_that_doubles_up_to_8_seconds() -> None:
    for retries, bound in ((0, 0.5), (1, 1.0), (2, 2.0), (4, 8.0), (50, 8.0)):
        pauses = [full_jitter(retries) for _ in range(200)]

        assert all(0 <= pause <= bound for pause in pauses)
        assert max(pauses) - min(pauses) > bound / 2
