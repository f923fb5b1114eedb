from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from starlette.routing import BaseRoute, Match, Mount

from threadkeep.app import create_app
from threadkeep.routers.http.dispatch import DispatchTable
from threadkeep.routers.http.route import FastRoute
from threadkeep.routers.http.upload import UploadRoute
from threadkeep.routers.openai import create_openai_app
from threadkeep.settings import Settings

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

APP = create_app(Settings(_env_file=None))
ROUTES: dict[str, list[BaseRoute]] = {"native": APP.router.routes, "openai": create_openai_app(APP.state).router.routes}
PATHS = {
    (api, method, route.path.replace("{", "").replace("}", ""))
    for api, routes in ROUTES.items()
    for route in routes
    if isinstance(route, FastRoute)
    for method in route.methods or ()
}
PATHS |= {
    ("native", "GET", path)
    for path in ("/v1/threads/user/messages", "/v1/threads//messages", "/v1/threads/", "/v1", "/", "", "v1/threads/x")
}
PATHS |= {("native", "PATCH", "/v1/threads/x"), ("native", "POST", "/v1/messages/tools"), ("native", "GET", "/docs")}


def scope_of(method: str, path: str, root_path: str = "") -> dict[str, Any]:
    return {"type": "http", "method": method, "path": root_path + path, "root_path": root_path, "headers": []}


async def found_by_dispatch_table(
    routes: list[BaseRoute], scope: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> str:
    """Return the id of the route that served the request with its path parameters, or `not found`."""
    results: list[str] = []

    async def fast(route: BaseRoute, scope: Scope, _receive: Receive, _send: Send) -> None:
        assert scope["route"] is route
        results.append(f"{id(route)} {scope['path_params']}")

    async def slow(_scope: Scope, _receive: Receive, _send: Send) -> None:
        results.append("not found")

    async def never(*_: object) -> Any:
        raise AssertionError

    for kind in (FastRoute, UploadRoute):
        monkeypatch.setattr(kind, "handle", fast)
    await DispatchTable(slow, routes=routes)(scope, never, never)
    return results[0]


def found_by_starlette(routes: list[BaseRoute], scope: dict[str, Any]) -> str:
    for route in routes:
        match, child = route.matches(scope)
        if match is Match.FULL:
            return f"{id(route)} {child['path_params']}" if isinstance(route, FastRoute) else "not found"
    return "not found"


@pytest.mark.parametrize("root_path", ["", "/behind/a/proxy"])
async def test_requests_reach_the_routes_that_starlette_finds(root_path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found, expected = {}, {}
    for api, method, path in PATHS:
        routes = [route for route in ROUTES[api] if not isinstance(route, Mount)]
        request = api, method, path
        found[request] = await found_by_dispatch_table(routes, scope_of(method, path, root_path), monkeypatch)
        expected[request] = found_by_starlette(routes, scope_of(method, path, root_path))

    assert found == expected


def test_every_fast_route_is_in_the_dispatch_table() -> None:
    for routes in ROUTES.values():
        entries = DispatchTable(APP, routes=routes)._entries  # noqa: SLF001 - no public method lists the routes
        listed = {id(entry.route) for found in entries.values() for entry in found}

        assert listed == {id(route) for route in routes if isinstance(route, FastRoute)}
