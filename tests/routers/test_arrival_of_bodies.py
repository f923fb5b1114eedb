"""A request has the same answer, whether its body arrives with its headers or later, whole or in pieces."""

from __future__ import annotations

import json
import time
from itertools import product
from typing import TYPE_CHECKING

import pytest

from threadkeep.tests.raw_http import connected, read_all

if TYPE_CHECKING:
    from threadkeep.tests.live_server import LiveServer
    from threadkeep.tests.routers.callers import Person

SIZES = (1_000, 64 * 1024, 64 * 1024 + 1, 300_000)
"""Bytes of a body: those up to 64 KiB need no reserved memory."""
WAYS = [*product(["length", "chunks"], ["end", "beginning", "middle"])]
"""How the body is framed, and where a client that sends it in two writes cuts it."""
PATHS = ("/v1/threads/{}/messages", "/openai/v1/threads/{}/messages")


def body_of(size: int) -> bytes:
    empty = json.dumps({"role": "user", "content": ""}).encode()
    return empty.replace(b'""', b'"' + b"x" * (size - len(empty)) + b'"')


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("way", WAYS, ids="-".join)
def test_a_body_is_stored_however_it_arrives(
    served: LiveServer, ada: Person, path: str, size: int, way: tuple[str, str]
) -> None:
    framing, where = way
    thread_id, body = ada.new_thread()["id"], body_of(size)
    head = (
        f"POST {path.format(thread_id)} HTTP/1.1\r\nhost: t\r\nauthorization: Bearer {ada.key}\r\nconnection: close\r\n"
    )
    if framing == "length":
        head, sent = f"{head}content-length: {size}\r\n\r\n", body
    else:
        head, sent = f"{head}transfer-encoding: chunked\r\n\r\n", b"%x\r\n%b\r\n0\r\n\r\n" % (size, body)
    cut = {"end": len(sent), "beginning": 0, "middle": len(sent) // 2}[where]
    with connected(served.url) as connection:
        connection.sendall(head.encode() + sent[:cut])
        if cut < len(sent):
            time.sleep(0.02)
            connection.sendall(sent[cut:])
        answer = read_all(connection)

    assert answer.startswith(b"HTTP/1.1 200 OK")
    (stored,) = served.database["messages"].find({"thread_id": thread_id})
    assert stored["content"] == json.loads(body)["content"]


@pytest.mark.parametrize("path", PATHS)
def test_a_body_that_the_client_announces_is_asked_for(served: LiveServer, ada: Person, path: str) -> None:
    """The answer to `Expect: 100-continue` comes before the body, or is left out if the body is there already."""
    thread_id, body = ada.new_thread()["id"], body_of(1_000)
    head = (
        f"POST {path.format(thread_id)} HTTP/1.1\r\nhost: t\r\nauthorization: Bearer {ada.key}\r\nconnection: close\r\n"
        f"expect: 100-continue\r\ncontent-length: {len(body)}\r\n\r\n"
    ).encode()
    with connected(served.url) as connection:
        connection.sendall(head)
        asked = connection.recv(1000)
        connection.sendall(body)
        answer = read_all(connection)
    with connected(served.url) as connection:
        connection.sendall(head + body)
        whole = read_all(connection)

    assert asked == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert b"HTTP/1.1 200 OK" in whole
    assert served.database["messages"].count_documents({"thread_id": thread_id}) == 2
