"""A client that closes its side of the connection after a write gets the answer, through every API."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING

import pytest

from threadkeep.tests.raw_http import connected, read_all

if TYPE_CHECKING:
    from threadkeep.tests.live_server import LiveServer
    from threadkeep.tests.routers.callers import Person

MESSAGE = {"role": "user", "content": "Is anybody there?"}


def request(path: str, key: str | None, number: int) -> bytes:
    body = json.dumps(MESSAGE | {"content": f"{number}"}).encode()
    head = f"POST {path} HTTP/1.1\r\nhost: t\r\nauthorization: Bearer {key}\r\ncontent-type: application/json\r\n"
    return f"{head}content-length: {len(body)}\r\n\r\n".encode() + body


@pytest.mark.parametrize("path", ["/v1/threads/{}/messages", "/openai/v1/threads/{}/messages"])
@pytest.mark.parametrize("count", [1, 3])
def test_every_message_that_is_stored_is_answered(served: LiveServer, ada: Person, path: str, count: int) -> None:
    thread_id = ada.new_thread()["id"]
    with connected(served.url) as connection:
        requests = [request(path.format(thread_id), ada.key, number) for number in range(count)]
        connection.sendall(b"".join(requests))
        connection.shutdown(socket.SHUT_WR)
        answers = read_all(connection)

    assert answers.count(b"HTTP/1.1 200 OK") == count
    assert served.database["messages"].count_documents({"thread_id": thread_id}) == count
