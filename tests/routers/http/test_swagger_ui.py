from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from threadkeep.tests.raw_http import exchange, get
from threadkeep.tests.routers.routes import application

if TYPE_CHECKING:
    from threadkeep.tests.live_server import LiveServer
    from threadkeep.tests.routers.callers import Caller

PAGES = ["/docs", "/openai/docs"]


@pytest.mark.parametrize("page", PAGES)
def test_the_page_works_without_the_internet(anonymous: Caller, page: str) -> None:
    response = anonymous.get(page)

    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert re.findall(r"(?:https?:)?//\w[^\s'\"]*", response.text) == []
    linked = re.findall(r"(?:src|href)=\"([^\"]+)\"", response.text)
    assert len(linked) == 3
    for path in linked:
        assert anonymous.get(path).is_success
        assert len(anonymous.get(path).content) > 100


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES)
def test_the_page_shows_the_description_of_its_api(anonymous: Caller, page: str) -> None:
    found = re.search(r"url: '([^']+)'", anonymous.get(page).text)

    assert found is not None
    description = anonymous.get(found[1])
    assert description.headers["content-type"] == "application/json"
    assert description.json()["openapi"].startswith("3.")
    assert {"/v1/threads/{thread_id}", "/v1/threads"} <= description.json()["paths"].keys()


def test_only_the_assets_of_the_page_are_served(served: LiveServer) -> None:
    for path in (
        b"/docs/assets/",
        b"/docs/assets/../__init__.py",
        b"/docs/assets/%2e%2e/__init__.py",
        b"/docs/assets/x",
    ):
        assert exchange(served.url, get(path)).split()[1] in {b"401", b"404"}


@pytest.mark.slow
def test_the_metrics_route_is_described_as_plain_text() -> None:
    operation = application().openapi()["paths"]["/metrics"]["get"]

    assert operation["security"] == [{"bearer": []}, {"apiKey": []}]
    assert operation["responses"]["200"]["content"].keys() == {"text/plain"}
