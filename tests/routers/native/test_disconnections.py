"""Clients that reset their connection at different moments during a request."""

from __future__ import annotations

import itertools
import json
import socket
import struct
import time
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.tests.raw_http import connected
from threadkeep.tests.routers.callers import answered

if TYPE_CHECKING:
    from threadkeep.tests.live_server import LiveServer
    from threadkeep.tests.routers.callers import Person

ATTEMPTS = 8
BATCH = 60
RESET = struct.pack("ii", 1, 0)


def send_and_reset(served: LiveServer, caller: Person, path: str, body: object, stay_seconds: float) -> None:
    """Send a request, and reset the connection after `stay_seconds` without reading the answer."""
    content = json.dumps(body).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nhost: test\r\nauthorization: Bearer {caller.key}\r\n"
        f"content-type: application/json\r\ncontent-length: {len(content)}\r\n\r\n"
    )
    with connected(served.url) as connection:
        connection.sendall(head.encode() + content)
        time.sleep(stay_seconds)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)


def settled(caller: Person, thread_id: str) -> dict[str, Any]:
    """Return the thread when no write to it is running."""
    caller.new_message(thread_id, "last")  # waits for the appends before it
    before = None
    while (thread := answered(caller.get(f"/v1/threads/{thread_id}"))) != before:
        before = thread
        time.sleep(0.03)
    return thread


@pytest.mark.slow
def test_a_batch_of_a_disconnected_client_is_stored_whole_or_not_at_all(served: LiveServer, ada: Person) -> None:
    outcomes = set()
    for attempt in itertools.count():
        thread_id = ada.new_thread()["id"]
        path = f"/v1/threads/{thread_id}/messages"
        body = {"messages": [{"content": str(number)} for number in range(BATCH)]}
        send_and_reset(served, ada, path, body, attempt * 0.005)

        thread = settled(ada, thread_id)
        page = answered(ada.get(path, limit=1000))["data"]
        assert [message["seq"] for message in page] == [*range(1, len(page) + 1)]
        assert len(page) in {1, BATCH + 1}
        assert (thread["message_count"], thread["last_seq"]) == (len(page), len(page))
        outcomes.add(len(page))
        if attempt >= ATTEMPTS and BATCH + 1 in outcomes:  # a client that stays long enough gets its batch stored
            break


def test_appends_of_disconnected_clients_do_not_disturb_later_appends(served: LiveServer, ada: Person) -> None:
    thread_id = ada.new_thread()["id"]
    path = f"/v1/threads/{thread_id}/messages"
    for attempt in range(ATTEMPTS):
        send_and_reset(served, ada, path, {"content": "left", "client_id": f"left {attempt}"}, attempt * 0.002)
        ada.new_message(thread_id, "stayed")

    thread = settled(ada, thread_id)
    page = answered(ada.get(path, limit=1000))["data"]
    assert [message["content"] for message in page].count("stayed") == ATTEMPTS
    assert [message["seq"] for message in page] == [*range(1, len(page) + 1)]
    assert thread["message_count"] == len(page)


def test_a_body_that_never_arrives_writes_nothing(served: LiveServer, ada: Person) -> None:
    thread_id = ada.new_thread()["id"]
    with connected(served.url) as connection:
        head = f"POST /v1/threads/{thread_id}/messages HTTP/1.1\r\nhost: t\r\nx-api-key: {ada.key}\r\n"
        connection.sendall(f'{head}content-length: 1000\r\n\r\n{{"content": "x"}}'.encode())

    assert settled(ada, thread_id)["message_count"] == 1
