"""Who may do what: every route of the OpenAI door, asked by everybody there is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.tests.routers.everybody import (
    ALL,
    LEAST_FIRST,
    NO,
    NOT_LET_IN,
    OK,
    OWNER,
    PARTICIPANT,
    SENDER,
    WHO,
    Row,
    World,
)
from threadkeep.tests.routers.routes import ENTRIES

if TYPE_CHECKING:
    from threadkeep.tests.routers.callers import Caller

NOT_THERE, NOT_KEPT = 404, 501
THREADS, CONVERSATIONS = "/openai/v1/threads", "/openai/v1/conversations"
MESSAGES, MESSAGE = "/{thread_id}/messages", "/{thread_id}/messages/{message_id}"
ITEMS, ITEM = "/{conversation_id}/items", "/{conversation_id}/items/{item_id}"
SAID: dict[str, Any] = {"role": "user", "content": "x"}
CHANGED: dict[str, Any] = {"metadata": {"a": "b"}}


def row(method: str, base: str, path: str, body: Any, may: frozenset[str], *, status: int = OK) -> Row:
    ids = {"thread_id": "{thread}", "conversation_id": "{thread}", "message_id": "{message}", "item_id": "{message}"}
    return Row(f"{method} {base}{path}", base + path.format_map(ids), body, status, may)


TABLE = (
    row("POST", THREADS, "", {}, ALL),
    row("POST", THREADS, "/runs", {}, ALL, status=NOT_KEPT),
    row("GET", THREADS, "/{thread_id}", None, PARTICIPANT),
    row("POST", THREADS, "/{thread_id}", CHANGED, OWNER),
    row("DELETE", THREADS, "/{thread_id}", None, OWNER),
    row("GET", THREADS, MESSAGES, None, PARTICIPANT),
    row("POST", THREADS, MESSAGES, SAID, PARTICIPANT),
    row("GET", THREADS, MESSAGE, None, PARTICIPANT),
    row("POST", THREADS, MESSAGE, CHANGED, SENDER),
    row("DELETE", THREADS, MESSAGE, None, SENDER),
    row("POST", CONVERSATIONS, "", {}, ALL),
    row("GET", CONVERSATIONS, "/{conversation_id}", None, PARTICIPANT),
    row("POST", CONVERSATIONS, "/{conversation_id}", CHANGED, OWNER),
    row("DELETE", CONVERSATIONS, "/{conversation_id}", None, OWNER),
    row("GET", CONVERSATIONS, ITEMS, None, PARTICIPANT),
    row("POST", CONVERSATIONS, ITEMS, {"items": [SAID]}, PARTICIPANT),
    row("GET", CONVERSATIONS, ITEM, None, PARTICIPANT),
    row("DELETE", CONVERSATIONS, ITEM, None, SENDER),
)


def test_the_table_has_every_route() -> None:
    assert sorted(entry.route for entry in TABLE) == sorted(
        str(entry) for entry in ENTRIES if entry.path.startswith("/openai/")
    )


@pytest.mark.parametrize("row", TABLE, ids=[row.route for row in TABLE])
def test_each_route_answers_to_whom_it_may_concern(world: World, refused: dict[str, Caller], row: Row) -> None:
    answers = world.answers(row, refused)
    if row.route.startswith("DELETE"):
        world.renew()

    expected = {who: row.status if who in row.may else NO for who in LEAST_FIRST} | dict.fromkeys(NOT_LET_IN, WHO)
    if "stranger" not in row.may:
        expected["stranger"] = NOT_THERE  # who may not read a thread is not told that there is one
    assert {who: answer.status_code for who, answer in answers.items()} == expected
    for who, answer in answers.items():
        assert answer.is_success or answer.json()["error"].keys() == {"message", "type", "param", "code"}, who
