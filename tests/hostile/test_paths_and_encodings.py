from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadkeep.tests.raw_http import exchange
from threadkeep.tests.routers.callers import Caller

if TYPE_CHECKING:
    import httpx2

    from threadkeep.tests.live_server import LiveServer

PATHS = {
    "/v1/threads/{}": "GET PUT DELETE",
    "/v1/threads/{}/messages": "GET POST",
    "/v1/messages/{}": "GET DELETE",
    "/v1/users/{}": "GET DELETE",
    "/v1/admin/keys/{}": "GET DELETE",
    "/openai/v1/threads/{}": "GET POST DELETE",
    "/openai/v1/conversations/{}/items": "GET POST",
    "/v1/threads?after={}": "GET",
    "/v1/threads?meta_data={}": "GET",
    "/v1/users?email={}": "GET",
    "/v1/analytics/activity?zone={}": "GET",
}
HARMLESS = {"meta_data": {"a": "ä"}}
BODIES = {
    "byte order mark": (b"\xef\xbb\xbf{}", "application/json"),
    "UTF-16": (json.dumps(HARMLESS).encode("utf-16"), "application/json; charset=utf-16"),
    "latin-1": (json.dumps(HARMLESS, ensure_ascii=False).encode("latin-1"), "application/json; charset=latin-1"),
    "gzip": (gzip.compress(b"{}", mtime=0), "application/json"),
    "a form": (b"meta_data=x", "application/x-www-form-urlencoded"),
    "text": (b"{}", "text/plain"),
    "XML": (b"<a/>", "application/xml"),
    "two values": (b"{} {}", "application/json"),
    "a key twice": (b'{"metadata": {}, "metadata": {}}', "application/json"),
    "a key twice further in": (b'{"metadata": {"a": "1", "a": "2"}}', "application/json"),
    "an infinity": (b'{"metadata": {"a": Infinity}}', "application/json"),
    "200,000 levels": (b"[" * 200_000, "application/json"),
    "5,000 digits": (b'{"metadata": ' + b"9" * 5000 + b"}", "application/json"),
}


@pytest.fixture(scope="module")
def caller(http: httpx2.Client, served: LiveServer) -> Caller:
    return Caller(http, served.admin_key)


def has_format_of_api(path: str, answer: dict[str, object]) -> bool:
    """Return whether an error has the format of its API."""
    error = answer["error"]
    return isinstance(error, dict) == path.startswith("/openai/") and (isinstance(error, dict) or "detail" in answer)


@pytest.mark.slow
@given(name=st.binary(min_size=1, max_size=30) | st.text(min_size=1).map(lambda text: text.encode("utf-8", "replace")))
def test_any_bytes_in_a_path_or_query_are_an_unknown_id(caller: Caller, name: bytes) -> None:
    for path, methods in PATHS.items():
        url = path.format(quote(name, safe=""))
        for method in methods.split():
            response = caller.send(method, url, content=b"{}" if method in {"PUT", "POST"} else None)

            assert response.status_code < 500, (method, url)
            assert response.is_success or has_format_of_api(path, response.json()), (method, url)


@pytest.mark.parametrize("path", ["/v1/threads", "/openai/v1/threads"])
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_a_body_in_another_format_or_encoding_is_refused(
    caller: Caller, served: LiveServer, path: str, body: tuple[bytes, str]
) -> None:
    content, kind = body
    before = served.database["threads"].count_documents({})

    response = caller.send("POST", path, content=content, headers={"content-type": kind})

    assert response.status_code in {400, 413, 415, 422}
    assert has_format_of_api(path, response.json())
    assert served.database["threads"].count_documents({}) == before


@pytest.mark.parametrize(
    "lines",
    [
        [b"content-length: 5", b"content-length: 6"],
        [b"content-length: -1"],
        [b"content-length: 1e3"],
        [b"content-length: 5", b"transfer-encoding: chunked"],
        [b"transfer-encoding: gzip"],
        [b"transfer-encoding: chunked, identity"],
    ],
)
def test_an_ambiguous_content_length_ends_the_connection(served: LiveServer, lines: list[bytes]) -> None:
    head = [b"POST /v1/threads HTTP/1.1", b"host: test", b"connection: close", *lines]

    answers = exchange(served.url, b"\r\n".join([*head, b"", b"{}   "]))

    assert answers.count(b"HTTP/1.1 ") == 1
    assert answers.startswith((b"HTTP/1.1 400", b"HTTP/1.1 401"))
