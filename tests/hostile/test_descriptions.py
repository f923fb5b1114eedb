"""What the doors describe is what they do: requests made of the descriptions find no answer that is not described."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import requests
from fastapi import FastAPI
from starlette.routing import Mount

from threadkeep.tests.hostile.described import Description
from threadkeep.tests.hostile.lending import Lending
from threadkeep.tests.routers.callers import Caller
from threadkeep.tests.routers.routes import application

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx2

    from threadkeep.tests.live_server import LiveServer

DOORS = {"native": 3, "openai": 6}
"""How many requests to each operation are a sample: the native door has four times as many."""


@pytest.fixture(scope="module")
def descriptions() -> dict[str, Description]:
    app = application()
    openai = next(route.app for route in app.routes if isinstance(route, Mount) and isinstance(route.app, FastAPI))
    return {"native": Description(app.openapi()), "openai": Description(openai.openapi())}


@pytest.fixture
def session(served: LiveServer) -> Iterator[requests.Session]:
    """Who sends what schemathesis makes."""
    with requests.Session() as session:
        session.headers["authorization"] = f"Bearer {served.admin_key}"
        yield session


class Trial:
    """Sends requests to a service, and finds what is wrong with its answers."""

    def __init__(self, served: LiveServer, session: requests.Session, http: httpx2.Client) -> None:
        self._url = served.url
        self._session = session
        self._lending = Lending(Caller(http, served.admin_key))

    def of(self, door: str, description: Description, *, most: int | None) -> tuple[int, list[str]]:
        """How many requests were sent, and what the answers broke."""
        url = self._url + ("/openai" if door == "openai" else "")
        count, failures = 0, []
        for operation in description.operations():
            for case in description.requests_to(operation, most=most):
                self._lending.lend(case)
                failures += description.failures(case, url, self._session)
                self._lending.take_back(case)
                count += 1
        return count, failures


@pytest.fixture
def trial(served: LiveServer, session: requests.Session, http: httpx2.Client) -> Trial:
    return Trial(served, session, http)


@pytest.mark.slow
@pytest.mark.parametrize("door", DOORS)
def test_no_answer_is_other_than_described(trial: Trial, descriptions: dict[str, Description], door: str) -> None:
    count, failures = trial.of(door, descriptions[door], most=DOORS[door])

    assert not failures, "\n".join(failures)
    assert count > 80


@pytest.mark.chaos
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("door", DOORS)
def test_no_answer_to_any_request_is_other_than_described(
    trial: Trial, descriptions: dict[str, Description], door: str
) -> None:
    count, failures = trial.of(door, descriptions[door], most=None)

    assert not failures, "\n".join(failures)
    assert count > 1000
