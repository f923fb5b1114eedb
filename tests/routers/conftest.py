"""Callers of the service on a port. All ids are random, so the tests share one database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from threadkeep.tests.routers.callers import Caller, Person
from threadkeep.tests.routers.rights_scenario import Scenario, refused_callers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from threadkeep.tests.live_server import LiveServer


@pytest.fixture(scope="session")
def http(served: LiveServer) -> Iterator[httpx2.Client]:
    """Connections to the service, for all tests of a pytest worker."""
    with httpx2.Client(base_url=served.url, timeout=30) as client:
        yield client


@pytest.fixture
def anonymous(http: httpx2.Client) -> Caller:
    """A caller without a key."""
    return Caller(http)


@pytest.fixture
def admin(http: httpx2.Client, served: LiveServer) -> Caller:
    """An admin."""
    return Caller(http, served.admin_key)


@pytest.fixture
def ada(admin: Caller) -> Person:
    """A user."""
    return admin.new_user(full_name="Ada")


@pytest.fixture
def bob(admin: Caller) -> Person:
    """Another user."""
    return admin.new_user(full_name="Bob")


@pytest.fixture
def thread(ada: Person) -> dict[str, Any]:
    """A thread of Ada."""
    return ada.new_thread()


@pytest.fixture(scope="module")
def shared_ada(http: httpx2.Client, served: LiveServer) -> Person:
    """A user for all tests of a module that change nothing, because creating a user takes longer than a refusal."""
    return Caller(http, served.admin_key).new_user(full_name="Ada")


@pytest.fixture(scope="module")
def shared_thread(shared_ada: Person) -> dict[str, Any]:
    """A thread of `shared_ada`."""
    return shared_ada.new_thread()


@pytest.fixture
def database_name(emptied_database_name: str) -> str:
    """A database with empty collections: these tests do not depend on the creation of a database."""
    return emptied_database_name


@pytest.fixture(scope="module")
def scenario(http: httpx2.Client, served: LiveServer) -> Scenario:
    """The callers of the tests of rights, and their thread."""
    return Scenario(Caller(http, served.admin_key))


@pytest.fixture(scope="module")
def refused(scenario: Scenario, served: LiveServer) -> dict[str, Caller]:
    """Callers without a valid key."""
    return refused_callers(scenario.admin, served)
