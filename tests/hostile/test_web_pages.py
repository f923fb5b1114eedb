"""Without authentication, programs of this machine are served, and web pages of other origins are refused."""

from __future__ import annotations

import pytest

from threadkeep.tests.app_in_memory import app_with
from threadkeep.tests.hostile.attackers import running

FOREIGN = [
    ({"host": "evil.example.com"}, 403),
    ({"host": "127.0.0.1.example.com:8000"}, 403),
    ({"origin": "https://evil.example.com"}, 403),
    ({"origin": "null"}, 403),
    ({"origin": "http://localhost:3000"}, 403),
    ({"content-type": "text/plain"}, 415),
    ({"content-type": "application/x-www-form-urlencoded"}, 415),
    ({"content-type": ""}, 415),
    ({}, 415),
]

JSON = {"content-type": "application/json"}


@pytest.mark.parametrize("path", ["/v1/threads", "/openai/v1/threads"])
async def test_without_authentication_no_web_page_can_write(path: str) -> None:
    async with running(app_with()) as client:
        client.headers["host"] = "localhost:8000"
        for headers, status in FOREIGN:
            declared = JSON if status == 403 else {}
            for content in (b"{}", b""):
                answer = await client.post(path, content=content, headers={**declared, **headers})
                assert answer.status_code == status, headers
            if status == 403:
                assert (await client.get("/v1/threads", headers=headers)).status_code == 403
        found = (await client.get("/v1/threads")).json()["data"]
        own = await client.post(path, content=b"{}", headers={**JSON, "origin": "http://localhost:8000"})
        direct = await client.post(path, content=b"{}", headers=JSON)

    assert found == []
    assert [own.status_code, direct.status_code] == [200, 200]


async def test_without_authentication_a_web_page_of_an_allowed_origin_can_write() -> None:
    async with running(app_with(cors_origins="https://chat.example.com")) as client:
        answer = await client.post("/v1/threads", json={}, headers={"origin": "https://chat.example.com"})

    assert answer.status_code == 200


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1:8000", "[::1]:8000", "app.localhost", "threadkeep", "10.0.0.7"]
)
async def test_without_authentication_programs_of_this_machine_are_served(host: str) -> None:
    async with running(app_with()) as client:
        assert (await client.get("/v1/threads", headers={"host": host})).status_code == 200


async def test_with_authentication_any_host_and_origin_are_served() -> None:
    app = app_with(auth=True)
    async with running(app) as client:
        key = (await app.state.keep.key_service.create_key("admin")).plain_key
        headers = {"x-api-key": key, "host": "api.example.com", "origin": "https://chat.example.com"}

        assert (await client.post("/v1/threads", content=b"{}", headers=headers)).status_code == 200
