"""A user asks every operation of both APIs for data of others, learns nothing of it, and changes nothing."""

from __future__ import annotations

import re
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest
from fastapi import FastAPI
from starlette.routing import Mount

from threadkeep.tests.hostile.canaries import Canaries
from threadkeep.tests.routers.callers import Caller
from threadkeep.tests.routers.routes import application

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx2

    from threadkeep.tests.live_server import LiveServer
    from threadkeep.tests.routers.callers import Person


class Scene:
    """Ada and Bob share a thread. Eve shares another thread with Ada, and has one of her own."""

    def __init__(self, http: httpx2.Client, served: LiveServer) -> None:
        self.canaries = Canaries()
        self._admin = Caller(http, served.admin_key)
        self.ada, self.bob, self.eve = (self._person(name) for name in ("ada", "bob", "eve"))
        secret = {"meta_data": {self.canaries("thread.key"): self.canaries("thread.value")}}
        self.foreign = self._thread(self.ada, self.bob, **secret)
        self.shared = self._thread(self.ada, self.eve)
        self.own = self._thread(self.eve)
        message = self.canaries.message("message", role="user")
        self.message = self._admin.new_message(self.foreign, **message, sender_id=self.ada.id)["id"]
        self.ids = {
            "user": [self.ada.id, self.bob.id],
            "thread": [self.foreign, self.shared, self.own],
            "message": [self.message],
            "prefix": [str(self.ada.key)[:11]],
        }

    def _person(self, name: str) -> Person:
        address = f"{self.canaries(f'{name}.email')}@example.com"
        return self._admin.new_user(full_name=self.canaries(f"{name}.name"), email=address)

    def _thread(self, *people: Person, **fields: Any) -> str:
        ids = [person.id for person in people]
        return str(self._admin.new_thread(participant_ids=ids, owner_id=ids[0], **fields)["id"])

    def stored(self) -> list[Any]:
        """The data of others."""
        paths = (f"/v1/users/{self.ada.id}", f"/v1/users/{self.bob.id}", f"/v1/threads/{self.foreign}")
        return [self._admin.get(path).json() for path in (*paths, f"/v1/threads/{self.foreign}/messages")]


@pytest.fixture
def scene(http: httpx2.Client, live_server: LiveServer) -> Scene:
    return Scene(http, live_server)


def operations() -> Iterator[tuple[str, str, list[str]]]:
    """The method, the path and the query parameters of each operation."""
    app = application()
    openai = next(route.app for route in app.routes if isinstance(route, Mount) and isinstance(route.app, FastAPI))
    for base, description in (("", app.openapi()), ("/openai", openai.openapi())):
        for path, methods in description["paths"].items():
            for method, operation in methods.items():
                query = [found["name"] for found in operation.get("parameters", []) if found["in"] == "query"]
                yield method.upper(), base + path, query


def paths(scene: Scene, template: str) -> Iterator[str]:
    """The path with each combination of ids."""
    names = re.findall(r"{(\w+)}", template)
    kinds = {"conversation": "thread", "participant": "user", "item": "message"}
    found = [
        scene.ids.get(kinds.get(name.partition("_")[0], name.partition("_")[0]), [scene.message]) for name in names
    ]
    for combination in product(*found):
        yield template.format(**dict(zip(names, combination, strict=True)))


def bodies(scene: Scene) -> list[dict[str, Any]]:
    return [
        {},
        {"participant_ids": [scene.bob.id, scene.eve.id]},
        {"content": "x", "role": "user", "sender_id": scene.ada.id},
        {"user_id": scene.ada.id, "owner_id": scene.ada.id},
        {"email": "eve@example.org", "email_verified": True, "id": scene.ada.id},
    ]


def attack(scene: Scene, methods: set[str], within: str = "/") -> list[str]:
    """Send each operation below a path as Eve. Return a text for each answer that shows data of others, or has status 500."""
    eve = Caller(scene.eve.http, scene.eve.key)
    hers = scene.canaries.planted("eve")
    found = []
    for method, template, query in operations():
        if method not in methods or not template.startswith(within):
            continue
        filters = {
            "participant": scene.ada.id,
            "user_id": scene.ada.id,
            "sender_id": scene.ada.id,
            "after": scene.message,
        }
        sent: list[dict[str, Any]] = [{}, {"params": {name: filters[name] for name in query if name in filters}}]
        if method in ("POST", "PUT", "PATCH"):
            sent = [{"json": body} for body in bodies(scene)]
        for path, options in product(paths(scene, template), sent):
            response = eve.send(method, path, **options)
            seen = scene.canaries.found_in(response.text + str(response.headers)) - hers
            if seen or response.status_code == 500:
                found.append(f"{method} {path} {options}: {response.status_code} {sorted(seen)}")
    return found


@pytest.mark.slow
def test_no_read_shows_data_of_others(scene: Scene) -> None:
    assert {"ada.email", "bob.name", "thread.value", "message.text"} <= scene.canaries.found_in(str(scene.stored()))
    assert attack(scene, {"GET"}, within="/v1/users/") == []


@pytest.mark.slow
def test_no_operation_shows_or_changes_data_of_others(scene: Scene) -> None:
    before = scene.stored()

    assert attack(scene, {"GET", "POST", "PUT", "PATCH"}) == []
    assert attack(scene, {"DELETE"}) == []
    assert scene.stored() == before
