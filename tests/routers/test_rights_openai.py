"""The rights of every route of the OpenAI API, for every caller."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.tests.routers.rights_scenario import (
    ALL,
    FEWEST_RIGHTS_FIRST,
    FORBIDDEN,
    OK,
    OWNER,
    PARTICIPANT,
    SENDER,
    UNAUTHENTICATED,
    UNAUTHORIZED,
    Case,
    Scenario,
    removes,
)
from threadkeep.tests.routers.routes import ENTRIES

if TYPE_CHECKING:
    from threadkeep.tests.routers.callers import Caller

NOT_FOUND, NOT_IMPLEMENTED = 404, 501
THREADS, CONVERSATIONS = "/openai/v1/threads", "/openai/v1/conversations"
MESSAGES, MESSAGE = "/{thread_id}/messages", "/{thread_id}/messages/{message_id}"
ITEMS, ITEM = "/{conversation_id}/items", "/{conversation_id}/items/{item_id}"
MESSAGE_BODY: dict[str, Any] = {"role": "user", "content": "x"}
CHANGED: dict[str, Any] = {"metadata": {"a": "b"}}


def case(method: str, base: str, path: str, body: Any, allowed: frozenset[str], *, status: int = OK) -> Case:
    ids = {"thread_id": "{thread}", "conversation_id": "{thread}", "message_id": "{message}", "item_id": "{message}"}
    return Case(f"{method} {base}{path}", base + path.format_map(ids), body, status, allowed)


TABLE = (
    case("POST", THREADS, "", {}, ALL),
    case("POST", THREADS, "/runs", {}, ALL, status=NOT_IMPLEMENTED),
    case("GET", THREADS, "/{thread_id}", None, PARTICIPANT),
    case("POST", THREADS, "/{thread_id}", CHANGED, OWNER),
    case("DELETE", THREADS, "/{thread_id}", None, OWNER),
    case("GET", THREADS, MESSAGES, None, PARTICIPANT),
    case("POST", THREADS, MESSAGES, MESSAGE_BODY, PARTICIPANT),
    case("GET", THREADS, MESSAGE, None, PARTICIPANT),
    case("POST", THREADS, MESSAGE, CHANGED, SENDER),
    case("DELETE", THREADS, MESSAGE, None, SENDER),
    case("POST", CONVERSATIONS, "", {}, ALL),
    case("GET", CONVERSATIONS, "/{conversation_id}", None, PARTICIPANT),
    case("POST", CONVERSATIONS, "/{conversation_id}", CHANGED, OWNER),
    case("DELETE", CONVERSATIONS, "/{conversation_id}", None, OWNER),
    case("GET", CONVERSATIONS, ITEMS, None, PARTICIPANT),
    case("POST", CONVERSATIONS, ITEMS, {"items": [MESSAGE_BODY]}, PARTICIPANT),
    case("GET", CONVERSATIONS, ITEM, None, PARTICIPANT),
    case("DELETE", CONVERSATIONS, ITEM, None, SENDER),
)


def test_the_table_has_every_route() -> None:
    assert sorted(entry.route for entry in TABLE) == sorted(
        str(entry) for entry in ENTRIES if entry.path.startswith("/openai/")
    )


@pytest.mark.parametrize("case", TABLE, ids=[case.route for case in TABLE])
def test_each_route_succeeds_only_for_callers_with_the_right(
    scenario: Scenario, refused: dict[str, Caller], case: Case
) -> None:
    answers = scenario.answers(case, refused)
    if removes(case):
        scenario.recreate()

    expected = {
        caller_name: case.status if caller_name in case.allowed else FORBIDDEN for caller_name in FEWEST_RIGHTS_FIRST
    } | dict.fromkeys(UNAUTHENTICATED, UNAUTHORIZED)
    if "stranger" not in case.allowed:
        expected["stranger"] = NOT_FOUND  # callers who may not read a thread do not learn that it exists
    assert {caller_name: answer.status_code for caller_name, answer in answers.items()} == expected
    for caller_name, answer in answers.items():
        assert answer.is_success or answer.json()["error"].keys() == {"message", "type", "param", "code"}, caller_name
