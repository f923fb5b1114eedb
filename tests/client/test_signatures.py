from __future__ import annotations

import inspect
import re
from typing import Any

import pytest

from threadkeep.client import AsyncClient, Client
from threadkeep.client import services as clients
from threadkeep.services import (
    AnalyticsService,
    AuditService,
    ImportService,
    KeyService,
    MessageService,
    ThreadService,
    UserService,
)

NOUNS: dict[str, type] = {
    "UserService": UserService,
    "ThreadService": ThreadService,
    "MessageService": MessageService,
    "ImportService": ImportService,
    "KeyService": KeyService,
    "AuditService": AuditService,
    "AnalyticsService": AnalyticsService,
}


def methods(kind: type) -> dict[str, Any]:
    return {name: member for name, member in inspect.getmembers(kind, callable) if not name.startswith("_")}


def parameters(member: Any) -> list[tuple[str, Any, Any, Any]]:
    found = inspect.signature(member).parameters.values()
    return [(one.name, one.kind, one.default, one.annotation) for one in found]


def returned(member: Any) -> str:
    annotation: str = inspect.signature(member).return_annotation
    # In process, a caller can choose another type of record: `R`.
    return re.sub(r"\bR\b", "MessageRecord", annotation.removeprefix("Async"))


@pytest.mark.parametrize("noun", NOUNS)
def test_both_clients_have_the_same_methods(noun: str) -> None:
    blocking, awaited = methods(getattr(clients, f"Remote{noun}")), methods(getattr(clients, f"AsyncRemote{noun}"))

    assert blocking.keys() == awaited.keys()
    for name, method in blocking.items():
        assert parameters(method) == parameters(awaited[name])
        assert returned(method) == returned(awaited[name])
        assert method.__doc__ == awaited[name].__doc__
        assert inspect.iscoroutinefunction(awaited[name]) != name.startswith("iter_")


@pytest.mark.parametrize("noun", NOUNS)
def test_clients_have_the_signatures_and_docstrings_of_the_services(noun: str) -> None:
    service, client = methods(NOUNS[noun]), methods(getattr(clients, f"Remote{noun}"))

    assert client.keys() == service.keys()
    for name, method in client.items():
        assert parameters(method) == parameters(service[name]), name
        assert returned(method) == returned(service[name]), name
        assert method.__name__ == name
        assert inspect.getdoc(method) == inspect.getdoc(service[name]), name


def test_both_clients_have_the_same_parameters_and_methods() -> None:
    blocking, awaited = methods(Client), methods(AsyncClient)

    assert blocking.keys() - {"close"} == awaited.keys() - {"aclose"}
    for name in ("local", "with_options"):
        assert parameters(blocking[name]) == parameters(awaited[name])
    names = [name for name, *_ in parameters(Client.__init__)]
    assert names == [name for name, *_ in parameters(AsyncClient.__init__)]


def test_both_clients_have_the_same_services() -> None:
    with Client("http://127.0.0.1:9") as client:
        blocking = {name for name in vars(client) if not name.startswith("_")}
    awaited = {name for name in vars(AsyncClient("http://127.0.0.1:9")) if not name.startswith("_")}

    assert (
        blocking
        == awaited
        == {
            "user_service",
            "thread_service",
            "message_service",
            "key_service",
            "audit_service",
            "import_service",
            "analytics_service",
        }
    )
