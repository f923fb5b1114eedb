"""The OpenAPI description of a route is built only when it is read."""

from __future__ import annotations

import subprocess
import sys
from functools import partial
from typing import Annotated

import pytest
from fastapi import Path
from pydantic import BaseModel

from threadkeep.routers.http.route import FastRoute


class Greeting(BaseModel):
    text: str


async def greet(name: Annotated[str, Path()]) -> dict[str, str]:
    """Say hello."""
    return {"text": f"Hello, {name}"}


def test_the_description_of_a_route_is_built_only_when_it_is_read() -> None:
    route = FastRoute("/greetings/{name}", greet, response_model=Greeting, methods=["get"])

    assert route.methods == {"GET"}
    assert vars(route).keys().isdisjoint({"response_field", "dependant", "description"})
    assert route.description == "Say hello."
    assert route.response_model is Greeting
    assert [parameter.name for parameter in route.dependant.path_params] == ["name"]


def test_a_response_model_may_be_built_only_when_it_is_read() -> None:
    made: list[type[BaseModel]] = []

    def make(model: type[BaseModel]) -> type[BaseModel]:
        made.append(model)
        return model

    route = FastRoute("/greetings/{name}", greet, response_model=partial(make, Greeting))

    assert made == []
    assert route.response_model is Greeting
    assert made == [Greeting]


@pytest.mark.slow
def test_a_new_application_has_built_no_request_model() -> None:
    code = """
from threadkeep.app import create_app
from threadkeep.inputs.values import Input
from threadkeep.settings import Settings

create_app(Settings(_env_file=None))
models = Input.__subclasses__()
for model in models:
    models += model.__subclasses__()
print(len(models), *(model.__name__ for model in models if model.__pydantic_complete__))
"""
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    count, *built = output.split()

    assert int(count) > 40
    assert built == []


@pytest.mark.slow
def test_several_threads_may_use_a_model_for_the_first_time() -> None:
    code = """
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from threadkeep.inputs.message import NewMessages
from threadkeep.routers.native.request_models import OneOrMoreMessages

start = Barrier(8)

def use(_):
    start.wait()
    for model in (OneOrMoreMessages, NewMessages):
        assert model.model_validate({"messages": [{"content": "Hello"}]}).messages[0].content == "Hello"

with ThreadPoolExecutor(8) as pool:
    assert [*pool.map(use, range(8))] == [None] * 8
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_an_unknown_attribute_of_a_route_is_an_attribute_error() -> None:
    route = FastRoute("/greetings/{name}", greet)

    assert not hasattr(route, "nothing_of_the_kind")
