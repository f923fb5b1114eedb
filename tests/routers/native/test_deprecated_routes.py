"""Routes that only clients of the original service need: our clients call none of them."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.client import keys, messages, threads, users
from threadkeep.tests.routers.routes import NATIVE, application

if TYPE_CHECKING:
    from types import ModuleType

    from threadkeep.client.call import Call

DEPRECATED = {str(entry) for entry in NATIVE if entry.route.deprecated}
VALUES: dict[str, Any] = {"is_last": True, "messages": [{"content": "x"}], "new_metadata": {}}


def calls(module: ModuleType) -> dict[str, str]:
    """Return method and path of each function of a module of the client."""
    found = {}
    for name, build in inspect.getmembers(module, inspect.isfunction):
        if build.__module__ == module.__name__ and str(inspect.signature(build).return_annotation).startswith("Call["):
            parameters = inspect.signature(build).parameters.values()
            needed = {one.name for one in parameters if one.default is one.empty and one.kind is not one.VAR_KEYWORD}
            if needed != {"pages", "filters"}:
                call: Call[Any] = build(**{one: VALUES.get(one, f"{{{one}}}") for one in needed})
                found[name] = f"{call.method} {call.path.replace('%7B', '{').replace('%7D', '}')}"
    return found


def test_the_deprecated_routes_are_those_with_a_twin() -> None:
    assert {
        "POST /v1/messages",
        "POST /v1/messages/tools",
        "POST /v1/threads/{thread_id}",
        "GET /v1/threads/user/{user_id}",
    } == DEPRECATED


@pytest.mark.parametrize("module", [keys, messages, threads, users], ids=lambda one: one.__name__)
def test_our_clients_call_no_deprecated_route(module: ModuleType) -> None:
    made = calls(module)

    assert len(made) >= 4
    assert not DEPRECATED & {*made.values()}
    assert {*made.values()} <= {str(entry) for entry in NATIVE}


@pytest.mark.slow
def test_operation_ids_are_short_and_unique() -> None:
    operations = [one for path in application().openapi()["paths"].values() for one in path.values()]
    ids = [one["operationId"] for one in operations]

    assert len(ids) == len({*ids})
    assert all(name.isidentifier() and "_v1_" not in name for name in ids)
