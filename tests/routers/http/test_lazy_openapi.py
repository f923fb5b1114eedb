"""Routes serve before they are described."""

from __future__ import annotations

import subprocess
import sys
from functools import partial
from typing import Annotated

from fastapi import Path
from pydantic import BaseModel

from threadkeep.routers.http.route import FastRoute


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


def test_the_model_of_an_answer_may_be_made_when_somebody_asks() -> None:
    made: list[type[BaseModel]] = []

    def make(model: type[BaseModel]) -> type[BaseModel]:
        made.append(model)
        return model

    route = FastRoute("/greetings/{name}", greet, response_model=partial(make, Greeting))

    assert made == []
    assert route.response_model is Greeting
    assert made == [Greeting]


def test_an_application_that_nobody_asked_has_built_no_model_of_what_callers_may_say() -> None:
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


def test_threads_may_be_the_first_to_use_a_model_together() -> None:
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


def test_what_a_route_does_not_have_it_does_not_have() -> None:
    route = FastRoute("/greetings/{name}", greet)

    assert not hasattr(route, "nothing_of_the_kind")
