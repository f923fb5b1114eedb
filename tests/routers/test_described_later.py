"""Routes serve before they are described."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path
from pydantic import BaseModel

from threadkeep.routers.route import FastRoute


class Greeting(BaseModel):
    text: str


async def greet(name: Annotated[str, Path()]) -> dict[str, str]:
    """Say hello."""
    return {"text": f"Hello, {name}"}


def test_a_route_is_described_when_somebody_asks_and_not_before() -> None:
    route = FastRoute("/greetings/{name}", greet, response_model=Greeting, methods=["get"])

    assert route.methods == {"GET"}
    assert vars(route).keys().isdisjoint({"response_field", "dependant", "description"})
    assert route.description == "Say hello."
    assert route.response_model is Greeting
    assert [parameter.name for parameter in route.dependant.path_params] == ["name"]


def test_what_a_route_does_not_have_it_does_not_have() -> None:
    route = FastRoute("/greetings/{name}", greet)

    assert not hasattr(route, "nothing_of_the_kind")
