"""A browser at `/` gets a page with links. Programs get the JSON of the API."""

from __future__ import annotations

import re
from contextlib import asynccontextmanager
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import httpx2
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from starlette.routing import Mount

from threadkeep.routers.http.landing_page import LandingPage
from threadkeep.tests.app_in_memory import app_with, running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.types import Receive, Scope, Send

FIREFOX = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
CHROMIUM = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"


class Links(HTMLParser):
    """The targets of links, and the names of tags and attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.targets: list[str] = []
        self.loading: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if (tag, name) == ("a", "href"):
                self.targets.append(str(value))
            elif name in {"src", "href", "action"}:
                self.loading.append(str(value))


class Stripped:
    """A proxy that removes its path, of which the application behind it knows nothing."""

    def __init__(self, app: FastAPI, prefix: str) -> None:
        self._app = app
        self._prefix = prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app({**scope, "path": scope["path"].removeprefix(self._prefix), "root_path": ""}, receive, send)


@asynccontextmanager
async def browsing(prefix: str = "") -> AsyncIterator[httpx2.AsyncClient]:
    """A client of the service, which is open. With a prefix, a proxy serves it below that path."""
    app = app_with(auth=True)
    async with running(app) as client:
        await app.state.opened
        if prefix:
            proxy = FastAPI(routes=[Mount(prefix, Stripped(app, prefix))])
            client._transport = httpx2.ASGITransport(proxy)  # noqa: SLF001 - the same client, behind a proxy
        yield client


async def page_of(client: httpx2.AsyncClient, path: str = "/") -> httpx2.Response:
    return await client.get(path, headers={"accept": FIREFOX}, follow_redirects=True)


@pytest.mark.parametrize("accept", [FIREFOX, CHROMIUM, "text/html", "TEXT/HTML;q=0.5, */*;q=0.1"])
async def test_a_browser_gets_a_page_without_a_key(accept: str) -> None:
    async with browsing() as client:
        response = await client.get("/", headers={"accept": accept})
        head = await client.head("/", headers={"accept": accept})

    assert (response.status_code, head.status_code) == (200, 200)
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.headers["vary"] == "accept"
    assert head.headers["content-length"] == str(len(response.content))


@pytest.mark.parametrize(
    "accept",
    [
        "*/*",
        "application/json",
        "",
        "text/html;q=0",
        "application/json, text/html;q=0.9",
        "text/plain, */*",
        "text/html;q=x",
    ],
)
async def test_a_program_gets_json_as_at_any_other_unknown_path(accept: str) -> None:
    async with browsing() as client:
        at_root = await client.get("/", headers={"accept": accept})
        elsewhere = await client.get("/nothing", headers={"accept": accept})

    assert (at_root.status_code, at_root.json()) == (401, elsewhere.json())


@pytest.mark.parametrize(("method", "path"), [("POST", "/"), ("DELETE", "/"), ("GET", "/v1"), ("GET", "/index.html")])
async def test_only_the_root_is_a_page(method: str, path: str) -> None:
    async with browsing() as client:
        response = await client.request(method, path, headers={"accept": FIREFOX})

    assert response.headers["content-type"] == "application/json"
    assert response.status_code == 401


async def test_the_page_loads_nothing_and_fits_a_phone() -> None:
    async with browsing() as client:
        response = await page_of(client)

    assert Links(response.text).loading == []
    assert "<script" not in response.text
    assert "default-src 'none'" in response.headers["content-security-policy"]
    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in response.text
    assert "prefers-color-scheme: dark" in response.text
    assert not re.search(r"(?<!max-)width:\s*\d{3,}px", response.text)


@pytest.mark.slow
@pytest.mark.parametrize("prefix", ["", "/chats", "/deep/down"])
async def test_every_link_works_below_a_path(prefix: str) -> None:
    async with browsing(prefix) as client:
        page = await page_of(client, f"{prefix}/")
        pages = [await client.get(urljoin(str(page.url), link)) for link in Links(page.text).targets]

    assert page.status_code == 200
    assert len(pages) >= 5
    assert [answer.status_code for answer in pages] == [200] * len(pages)


@pytest.mark.slow
@given(accept=st.binary(max_size=80).filter(lambda value: b"\n" not in value and b"\r" not in value))
async def test_any_accept_header_is_answered(accept: bytes) -> None:
    passed_on: list[bool] = []
    sent: list[Any] = []

    async def app(*_: object) -> None:
        passed_on.append(True)

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "path": "/", "method": "GET", "headers": [(b"accept", accept)]}
    await LandingPage(app)(scope, None, send)  # type: ignore[arg-type]

    assert len(passed_on) + len([message for message in sent if "status" in message]) == 1
