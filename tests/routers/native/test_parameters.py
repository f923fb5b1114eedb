from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.tests.routers.callers import answered, problems

if TYPE_CHECKING:
    from threadkeep.tests.routers.callers import Person


@pytest.mark.parametrize("path", ["/v1/threads", "/v1/threads/{thread}/messages", "/v1/threads/user/{user}"])
def test_an_unknown_query_parameter_is_refused(ada: Person, thread: dict[str, Any], path: str) -> None:
    response = ada.get(path.format(thread=thread["id"], user=ada.id), limt="5")

    assert (response.status_code, problems(response)) == (422, {"query.limt": "extra_forbidden"})


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "/v1/threads/{thread}?dry_run=true"),
        ("GET", "/v1/threads/{thread}?limit=5"),
        ("PUT", "/v1/threads/{thread}?if_match=1"),
        ("POST", "/v1/threads?limit="),
        ("GET", "/v1/users/{user}?limit=5"),
    ],
)
def test_a_query_is_refused_on_routes_without_query_parameters(
    ada: Person, thread: dict[str, Any], method: str, path: str
) -> None:
    response = ada.send(method, path.format(thread=thread["id"], user=ada.id))

    assert (response.status_code, set(problems(response).values())) == (422, {"extra_forbidden"})
    assert answered(ada.get(f"/v1/threads/{thread['id']}")) == thread


@pytest.mark.parametrize("query", ["limit=1&limit=2", "limit=1&limit=1", "order=asc&order=", "limit=1&%6cimit=1"])
def test_a_duplicate_query_parameter_is_refused(ada: Person, query: str) -> None:
    response = ada.get(f"/v1/threads?{query}")

    assert (response.status_code, list(problems(response).values())) == (422, ["query_duplicate"])


@pytest.mark.parametrize("query", ["participant=%ff", "participant=%ed%a0%80", "&".join(["x=1"] * 101)])
def test_a_query_that_is_not_text_is_refused(ada: Person, query: str) -> None:
    response = ada.get(f"/v1/threads?{query}")

    assert (response.status_code, problems(response)) == (422, {"query": "query_invalid"})


def test_query_values_may_contain_any_characters(ada: Person, thread: dict[str, Any]) -> None:
    path = f"/v1/threads/{thread['id']}/messages"
    run = "run #1 & größe=+%\0\U0001f600"
    ada.new_message(thread["id"], run_id=run)

    assert len(answered(ada.get(path, run_id=run))["data"]) == 1
    assert answered(ada.get(f"{path}?run_id=run+%231+%26+gr%C3%B6%C3%9Fe%3D%2B%25%00%F0%9F%98%80"))["data"] != []


def test_an_empty_query_is_accepted(ada: Person, thread: dict[str, Any]) -> None:
    assert ada.get(f"/v1/threads/{thread['id']}?").is_success
    assert ada.get("/v1/threads?&&").is_success
