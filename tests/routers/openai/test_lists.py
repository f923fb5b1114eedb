from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import pytest
from openai import BadRequestError

from threadkeep.tests.routers.openai.sdk_validation import checked

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx2
    from openai import AsyncOpenAI, OpenAI

Order = Literal["asc", "desc"]
ORDERS: tuple[Order, Order] = ("asc", "desc")


def make_history(sdk: OpenAI, length: int) -> tuple[str, list[str]]:
    """Create a thread of `length` messages with equal times. Return its id and the ids of the messages, oldest first."""
    messages: list[Any] = [{"role": "user", "content": str(number)} for number in range(length)]
    thread = sdk.beta.threads.create(messages=messages)
    return thread.id, [message.id for message in sdk.beta.threads.messages.list(thread.id, order="asc", limit=100)]


def lists_of(sdk: OpenAI, thread_id: str) -> list[Callable[..., Any]]:
    """Return functions that list the messages and the items of a thread."""

    def messages(**query: Any) -> Any:
        return sdk.beta.threads.messages.list(thread_id, **query)

    def items(before: str | None = None, **query: Any) -> Any:
        return sdk.conversations.items.list(thread_id, extra_query={"before": before} if before else None, **query)

    return [messages, items]


def envelope(sdk: OpenAI, path: str, query: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = sdk.get(path, cast_to=dict[str, Any], options={"params": query})
    return answer


@pytest.mark.parametrize("path", ["threads/{}/messages", "conversations/{}/items"])
def test_a_page_has_the_fields_of_a_list(sdk: OpenAI, path: str) -> None:
    thread_id, ids = make_history(sdk, 3)
    empty = sdk.beta.threads.create()

    full = envelope(sdk, path.format(thread_id), {"limit": 2, "order": "asc"})
    none = envelope(sdk, path.format(empty.id), {})

    assert [entry["id"] for entry in full.pop("data")] == ids[:2]
    assert full == {"object": "list", "first_id": ids[0], "last_id": ids[1], "has_more": True}
    assert none == {"object": "list", "data": [], "first_id": None, "last_id": None, "has_more": False}


def test_the_default_page_has_the_newest_twenty_entries(sdk: OpenAI) -> None:
    thread_id, ids = make_history(sdk, 21)

    for entries in lists_of(sdk, thread_id):
        page = entries()
        assert [entry.id for entry in page.data] == ids[:0:-1]
        assert page.has_more


def test_has_more_is_exact(sdk: OpenAI) -> None:
    thread_id, ids = make_history(sdk, 20)

    for entries in lists_of(sdk, thread_id):
        for order in ORDERS:
            assert not entries(order=order).has_more
            assert entries(order=order, limit=19).has_more
            assert not entries(order=order, limit=1, after=ids[-2 if order == "asc" else 1]).has_more


def expected(ids: list[str], order: Order, after: str | None, before: str | None, limit: int) -> tuple[list[str], bool]:
    """Return the ids of the expected page, and whether more follow."""
    ordered = ids if order == "asc" else ids[::-1]
    start = ordered.index(after) + 1 if after else 0
    end = ordered.index(before) if before else len(ordered)
    selected = ordered[start:end]
    if before and not after:
        return selected[-limit:], len(selected) > limit
    return selected[:limit], len(selected) > limit


def test_cursors_select_a_page_in_both_orders(sdk: OpenAI) -> None:
    thread_id, ids = make_history(sdk, 6)
    cursors = [None, ids[0], ids[2], ids[4], ids[5]]

    for entries in lists_of(sdk, thread_id):
        for order in ORDERS:
            for after, before in [(after, before) for after in cursors for before in cursors]:
                page = entries(
                    order=order, limit=2, **{"after": after} if after else {}, **{"before": before} if before else {}
                )
                page_ids = [entry.id for entry in page.data], page.has_more
                assert page_ids == expected(ids, order, after, before, 2), (order, after, before)


def test_the_pager_of_the_sdk_reads_all_entries_in_order(sdk: OpenAI) -> None:
    thread_id, ids = make_history(sdk, 7)

    for entries in lists_of(sdk, thread_id):
        for order in ORDERS:
            for limit in (1, 3, 7, 100):
                listed_ids = [entry.id for entry in entries(order=order, limit=limit)]
                assert listed_ids == (ids if order == "asc" else ids[::-1])


async def test_the_asynchronous_pager_reads_all_entries(async_sdk: AsyncOpenAI) -> None:
    messages: list[Any] = [{"role": "user", "content": str(number)} for number in range(7)]
    thread = await async_sdk.beta.threads.create(messages=messages)

    listed = [checked(message) async for message in async_sdk.beta.threads.messages.list(thread.id, limit=2)]
    items = [item async for item in async_sdk.conversations.items.list(thread.id, limit=2, order="asc")]

    assert [message.content[0].text.value for message in listed] == list("6543210")
    assert [item.content[0].text for item in items] == list("0123456")  # type: ignore[union-attr,index]


def test_a_pager_with_before_reads_the_entries_between_both_cursors(sdk: OpenAI) -> None:
    thread_id, ids = make_history(sdk, 9)

    # The SDK keeps `before` and adds `after`, so all pages but the first are between the two.
    listed_ids = [
        m.id for m in sdk.beta.threads.messages.list(thread_id, order="asc", after=ids[1], before=ids[7], limit=2)
    ]
    previous = [m.id for m in sdk.beta.threads.messages.list(thread_id, order="asc", before=ids[7], limit=2)]

    assert listed_ids == ids[2:7]
    assert previous == ids[5:7]


@pytest.mark.parametrize("order", ORDERS)
def test_messages_may_be_deleted_while_they_are_listed(sdk: OpenAI, order: Order) -> None:
    thread_id, ids = make_history(sdk, 8)
    seen = []

    for message in sdk.beta.threads.messages.list(thread_id, order=order, limit=3):
        seen.append(message.id)
        sdk.beta.threads.messages.delete(message.id, thread_id=thread_id)

    assert seen == (ids if order == "asc" else ids[::-1])
    assert not sdk.beta.threads.messages.list(thread_id).data


def test_items_may_be_deleted_while_they_are_listed(sdk: OpenAI) -> None:
    thread_id, ids = make_history(sdk, 8)
    seen = []

    for item in sdk.conversations.items.list(thread_id, limit=3):
        seen.append(item.id)
        checked(sdk.conversations.items.delete(str(item.id), conversation_id=thread_id))

    assert seen == ids[::-1]
    assert not sdk.conversations.items.list(thread_id).data


def test_a_cursor_stays_valid_after_its_message_was_deleted(sdk: OpenAI) -> None:
    thread_id, ids = make_history(sdk, 5)
    sdk.beta.threads.messages.delete(ids[2], thread_id=thread_id)

    for entries in lists_of(sdk, thread_id):
        assert [entry.id for entry in entries(order="asc", after=ids[2])] == ids[3:]
        assert [entry.id for entry in entries(order="desc", after=ids[2])] == ids[1::-1]
        assert [entry.id for entry in entries(order="asc", before=ids[2]).data] == ids[:2]


def test_empty_cursors_are_ignored(sdk: OpenAI) -> None:
    thread_id, ids = make_history(sdk, 2)

    page = sdk.beta.threads.messages.list(thread_id, after="", before="", order="asc")

    assert [message.id for message in page.data] == ids


@pytest.mark.parametrize("field", ["after", "before"])
def test_unknown_cursors_are_refused(sdk: OpenAI, field: str) -> None:
    thread_id, _ = make_history(sdk, 2)
    other_id, others = make_history(sdk, 2)

    for entries in lists_of(sdk, thread_id):
        for cursor in ("msg_0000000000000000000000", others[0], thread_id, other_id, "$ne", "x" * 200):
            with pytest.raises(BadRequestError) as refused:
                entries(**{field: cursor})
            assert (refused.value.type, refused.value.param) == ("invalid_request_error", field)


BAD_QUERIES: list[tuple[dict[str, Any], str, str]] = [
    *(({"limit": limit}, "integer_below_min_value", "limit") for limit in (0, -1)),
    *(({"limit": limit}, "integer_above_max_value", "limit") for limit in (101, 1000, 2**70)),
    *(({"limit": value}, "invalid_type", "limit") for value in ("x", "", "1.5", "1e2")),
    ({"order": "newest"}, "invalid_value", "order"),
    ({"unknown": "1"}, "unknown_parameter", "unknown"),
    ({"after": "x" * 1000}, "string_above_max_length", "after"),
]


def test_invalid_queries_are_refused_with_code_and_param(sdk: OpenAI, http: httpx2.Client) -> None:
    thread_id, _ = make_history(sdk, 1)

    for path in (f"/threads/{thread_id}/messages", f"/conversations/{thread_id}/items"):
        for query, code, param in BAD_QUERIES:
            answer = http.get(path, params=query)
            error = answer.json()["error"]
            assert (answer.status_code, error["type"]) == (400, "invalid_request_error")
            assert (error["code"], error["param"]) == (code, param), query


def test_a_limit_above_100_is_refused_with_the_error_text_of_openai(sdk: OpenAI) -> None:
    thread_id, _ = make_history(sdk, 1)

    with pytest.raises(BadRequestError) as refused:
        sdk.beta.threads.messages.list(thread_id, limit=1000)

    assert refused.value.body["message"] == (  # type: ignore[index]
        "Invalid 'limit': integer above maximum value. Expected a value <= 100, but got 1000 instead."
    )


def test_messages_are_filtered_by_run(sdk: OpenAI, native: Any) -> None:
    thread_id, _ = make_history(sdk, 2)
    run_ids = [native.message_service.create_message(thread_id, "x", "assistant", run_id="run_1").id for _ in range(3)]

    found = [checked(message) for message in sdk.beta.threads.messages.list(thread_id, run_id="run_1", limit=2)]

    assert [message.id for message in found] == run_ids[::-1]
    assert {message.run_id for message in found} == {"run_1"}
    assert sdk.beta.threads.messages.list(thread_id, run_id="run_unknown").data == []


def test_include_is_accepted_on_every_call_of_items(sdk: OpenAI) -> None:
    conversation = sdk.conversations.create()
    include: list[Any] = ["message.input_image.image_url", "message.output_text.logprobs"]

    [item] = sdk.conversations.items.create(
        conversation.id, items=[{"role": "user", "content": "x"}], include=include
    ).data

    assert sdk.conversations.items.retrieve(str(item.id), conversation_id=conversation.id, include=include) == item
    assert list(sdk.conversations.items.list(conversation.id, include=include)) == [item]
