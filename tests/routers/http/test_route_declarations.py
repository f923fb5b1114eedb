"""A declaration that a compiled route would ignore is refused when the route is declared."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from fastapi import Depends, File, Form, Query
from starlette.requests import Request  # noqa: TC002 - FastRoute reads annotations

from threadkeep.routers.http.route import FastRoute


async def asynchronous(request: Request) -> str:
    return request.url.path


def of_nothing() -> str:
    return ""


async def without_a_marker(name: str) -> None: ...


async def with_a_scalar_query(limit: Annotated[int, Query()]) -> None: ...


async def with_a_form(name: Annotated[str, Form()]) -> None: ...


async def with_a_file(content: Annotated[bytes, File()]) -> None: ...


async def with_an_asynchronous_dependency(name: Annotated[str, Depends(asynchronous)]) -> None: ...


async def with_a_dependency_of_nothing(name: Annotated[str, Depends(of_nothing)]) -> None: ...


@pytest.mark.parametrize(
    "endpoint",
    [
        without_a_marker,
        with_a_scalar_query,
        with_a_form,
        with_a_file,
        with_an_asynchronous_dependency,
        with_a_dependency_of_nothing,
    ],
)
def test_a_parameter_that_no_reader_reads_is_refused(endpoint: Any) -> None:
    with pytest.raises(TypeError, match="/x"):
        FastRoute("/x", endpoint)


def test_dependencies_of_a_route_are_refused() -> None:
    async def endpoint() -> None: ...

    with pytest.raises(TypeError, match="dependencies"):
        FastRoute("/x", endpoint, dependencies=[Depends(of_nothing)])
