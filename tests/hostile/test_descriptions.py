"""Answers to requests made from the OpenAPI documents fit the documents."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import requests
from fastapi import FastAPI
from starlette.routing import Mount

from threadkeep.tests.routers.callers import Caller
from threadkeep.tests.routers.routes import application

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx2

    from threadkeep.tests.hostile.openapi_requests import Description
    from threadkeep.tests.live_server import LiveServer

SAMPLE_SIZES = {"native": 2, "openai": 5}
"""The sample size for each operation. The native API has four times as many operations."""


@pytest.fixture(scope="module")
def descriptions() -> dict[str, Description]:
    from threadkeep.tests.hostile.openapi_requests import Description  # noqa: PLC0415  `make test` needs no schemathesis

    app = application()
    openai = next(route.app for route in app.routes if isinstance(route, Mount) and isinstance(route.app, FastAPI))
    return {"native": Description(app.openapi()), "openai": Description(openai.openapi())}


@pytest.fixture
def session(served: LiveServer) -> Iterator[requests.Session]:
    """The session that sends the requests of schemathesis."""
    with requests.Session() as session:
        session.headers["authorization"] = f"Bearer {served.admin_key}"
        yield session


class Trial:
    """Sends requests to a service, and checks the answers."""

    def __init__(self, served: LiveServer, session: requests.Session, http: httpx2.Client) -> None:
        from threadkeep.tests.hostile.real_ids import RealIds  # noqa: PLC0415  `make test` needs no schemathesis

        self._url = served.url
        self._session = session
        self._real_ids = RealIds(Caller(http, served.admin_key))

    def check(self, api: str, description: Description, *, most: int | None) -> tuple[int, list[str]]:
        """Return the number of requests, and a text for each difference between an answer and its description."""
        url = self._url + ("/openai" if api == "openai" else "")
        count, failures = 0, []
        for operation in description.operations():
            for case in description.requests_to(operation, most=most):
                self._real_ids.insert_into(case)
                failures += description.failures(case, url, self._session)
                self._real_ids.forget_deleted(case)
                count += 1
        return count, failures


@pytest.fixture
def trial(served: LiveServer, session: requests.Session, http: httpx2.Client) -> Trial:
    return Trial(served, session, http)


@pytest.mark.slow
@pytest.mark.parametrize("api", SAMPLE_SIZES)
def test_answers_to_a_sample_of_requests_fit_their_description(
    trial: Trial, descriptions: dict[str, Description], api: str
) -> None:
    count, failures = trial.check(api, descriptions[api], most=SAMPLE_SIZES[api])

    assert not failures, "\n".join(failures)
    assert count > 80


@pytest.mark.chaos
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("api", SAMPLE_SIZES)
def test_answers_to_all_requests_fit_their_description(
    trial: Trial, descriptions: dict[str, Description], api: str
) -> None:
    count, failures = trial.check(api, descriptions[api], most=None)

    assert not failures, "\n".join(failures)
    assert count > 1000
