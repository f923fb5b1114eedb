"""The rows of the tables: requests to the service, and requests for the same work to the floor."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import orjson

from .load import request
from .seeding import TEXT, conversation

if TYPE_CHECKING:
    from .seeding import Seeds

BATCH = 100


@dataclass(frozen=True)
class Row:
    """One kind of request, as raw requests for each contestant."""

    name: str
    service: list[bytes] = field(repr=False)
    floor: list[bytes] = field(repr=False)
    bare: list[bytes] = field(repr=False)
    """The unchecked floor: without the check that the thread or the participants exist. Empty if there is no check."""
    user: list[bytes] = field(repr=False)
    """The service with a user's key. Empty if it is not compared."""
    openai: list[bytes] = field(repr=False)
    """The same work with the OpenAI API. Empty if that API has no such request."""


def rows(seeds: Seeds) -> list[Row]:
    """All rows. Rows that read come first."""
    return [
        _page(100, seeds),
        _page(20, seeds),
        _get_thread(seeds),
        _get_message(seeds),
        _create_thread(seeds),
        _create_message(seeds),
        _batch(seeds),
    ]


def _page(count: int, seeds: Seeds) -> Row:
    path, query = "/v1/threads/{}/messages", f"?limit={count}&order=desc"
    return Row(
        f"list {count}",
        service=[request("GET", path.format(thread) + query, key=seeds.key) for thread in seeds.threads],
        floor=[request("GET", f"/last{count}/{thread}") for thread in seeds.threads],
        bare=[request("GET", f"/bare/last{count}/{thread}") for thread in seeds.threads],
        user=[request("GET", path.format(thread) + query, key=seeds.user_key) for thread in seeds.threads],
        openai=[request("GET", f"/openai{path.format(thread)}{query}", key=seeds.key) for thread in seeds.threads],
    )


def _get_thread(seeds: Seeds) -> Row:
    path = "/v1/threads/{}"
    return Row(
        "get thread",
        service=[request("GET", path.format(thread), key=seeds.key) for thread in seeds.threads],
        floor=[request("GET", f"/thread/{thread}") for thread in seeds.threads],
        bare=[],
        user=[request("GET", path.format(thread), key=seeds.user_key) for thread in seeds.threads],
        openai=[request("GET", f"/openai{path.format(thread)}", key=seeds.key) for thread in seeds.threads],
    )


def _get_message(seeds: Seeds) -> Row:
    path = "/v1/threads/{}/messages/{}"
    both = list(zip(seeds.threads, seeds.messages, strict=True))
    return Row(
        "get message",
        service=[request("GET", f"/v1/messages/{message}", key=seeds.key) for message in seeds.messages],
        floor=[request("GET", f"/message/{message}") for message in seeds.messages],
        bare=[request("GET", f"/bare/message/{message}") for message in seeds.messages],
        user=[request("GET", f"/v1/messages/{message}", key=seeds.user_key) for message in seeds.messages],
        openai=[request("GET", f"/openai{path.format(*ids)}", key=seeds.key) for ids in both],
    )


def _create_thread(seeds: Seeds) -> Row:
    body = orjson.dumps({"participant_ids": [seeds.user_id], "meta_data": {"topic": "trains"}})
    return Row(
        "create thread",
        service=[request("POST", "/v1/threads", key=seeds.key, body=body)],
        floor=[request("POST", "/create-thread/x", body=body)],
        bare=[request("POST", "/bare/create-thread/x", body=body)],
        user=[request("POST", "/v1/threads", key=seeds.user_key, body=body)],
        openai=[
            request("POST", "/openai/v1/threads", key=seeds.user_key, body=b'{"metadata": {"topic": "trains"}}'),
        ],
    )


def _create_message(seeds: Seeds) -> Row:
    path = "/v1/threads/{}/messages"
    body = orjson.dumps({"role": "user", "content": TEXT, "sender_id": seeds.user_id})
    openai = orjson.dumps({"role": "assistant", "content": TEXT})
    return Row(
        "create message",
        service=[request("POST", path.format(thread), key=seeds.key, body=body) for thread in seeds.for_service],
        floor=[request("POST", f"/append/{thread}", body=body) for thread in seeds.for_floor],
        bare=[],
        user=[request("POST", path.format(thread), key=seeds.user_key, body=body) for thread in seeds.for_service],
        openai=[
            request("POST", f"/openai{path.format(thread)}", key=seeds.key, body=openai) for thread in seeds.for_openai
        ],
    )


def _batch(seeds: Seeds) -> Row:
    body = orjson.dumps({"messages": conversation(BATCH, seeds.user_id)})
    path = "/v1/threads/{}/messages"
    return Row(
        f"batch of {BATCH}",
        service=[request("POST", path.format(thread), key=seeds.key, body=body) for thread in seeds.for_service],
        floor=[request("POST", f"/batch/{thread}", body=body) for thread in seeds.for_floor],
        bare=[],
        user=[],
        openai=[],
    )
