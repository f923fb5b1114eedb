"""Bodies are read as they are: a compressed one is refused before it is read, and nothing is stored."""

from __future__ import annotations

import gzip
import json
import zlib
from typing import TYPE_CHECKING

import pytest

from threadkeep.tests.raw_http import connected, read_all

if TYPE_CHECKING:
    from threadkeep.tests.live_server import LiveServer
    from threadkeep.tests.routers.callers import Person

PATHS = ["/v1/threads", "/openai/v1/threads", "/openai/v1/conversations"]
BODY = json.dumps({}).encode()
GZIPPED = gzip.compress(BODY, mtime=0)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    ("encoding", "content"),
    [
        ("gzip", GZIPPED),
        ("gzip", BODY),
        ("GZip", GZIPPED),
        ("x-gzip", GZIPPED),
        ("deflate", zlib.compress(BODY)),
        ("br", b"\x8b\x00\x80{}\x03"),
        ("zstd", b"\x28\xb5\x2f\xfd"),
        ("identity, gzip", GZIPPED),
        ("gzip, gzip", gzip.compress(GZIPPED, mtime=0)),
        ("nonsense", BODY),
        ("utf-8", BODY),
    ],
    ids=str,
)
def test_a_compressed_body_is_refused_with_the_name_of_its_encoding(
    served: LiveServer, ada: Person, path: str, encoding: str, content: bytes
) -> None:
    before = served.database["threads"].count_documents({})

    response = ada.send("POST", path, content=content, headers={"content-encoding": encoding})

    assert response.status_code == 415
    assert encoding.rpartition(", ")[2] in response.text
    assert "without compression" in response.text
    assert served.database["threads"].count_documents({}) == before


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("encoding", ["identity", "Identity", "", "identity , identity"])
def test_identity_means_no_compression(ada: Person, path: str, encoding: str) -> None:
    response = ada.send("POST", path, content=BODY, headers={"content-encoding": encoding})

    assert response.is_success


def test_a_second_header_counts_too(served: LiveServer, ada: Person) -> None:
    head = f"POST /v1/threads HTTP/1.1\r\nhost: t\r\nx-api-key: {ada.key}\r\nconnection: close\r\n"
    encodings = "content-encoding: identity\r\ncontent-encoding: gzip\r\ncontent-length: 2\r\n\r\n{}"
    with connected(served.url) as connection:
        connection.sendall((head + encodings).encode())

        assert read_all(connection).startswith(b"HTTP/1.1 415 ")


@pytest.mark.parametrize("coding", ["gzip, chunked", "GZIP, chunked", "deflate, chunked", "br, chunked"])
def test_a_compressed_transfer_is_refused(served: LiveServer, ada: Person, coding: str) -> None:
    before = served.database["threads"].count_documents({})
    head = f"POST /v1/threads HTTP/1.1\r\nhost: t\r\nx-api-key: {ada.key}\r\nconnection: close\r\n"
    chunks = f"{len(GZIPPED):x}\r\n".encode() + GZIPPED + b"\r\n0\r\n\r\n"
    with connected(served.url) as connection:
        connection.sendall(f"{head}transfer-encoding: {coding}\r\n\r\n".encode() + chunks)
        answer = read_all(connection)

    assert answer.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 415 "))
    assert served.database["threads"].count_documents({}) == before


def test_a_request_without_a_body_may_name_an_encoding(ada: Person) -> None:
    assert ada.send("GET", f"/v1/users/{ada.id}", headers={"content-encoding": "gzip"}).is_success
