"""Values that a request cannot carry are refused before it is sent, with their path. All others are sent unchanged."""

from __future__ import annotations

import math
from datetime import UTC
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest

from threadkeep.client import keys, messages, threads, users
from threadkeep.client.exchange import request_for
from threadkeep.errors import (
    InvalidInput,
    KeyNotFound,
    MessageNotFound,
    NotFound,
    ThreadNotFound,
    TooLarge,
    UserNotFound,
)
from threadkeep.tests.client.test_exchange import NOON, OPTIONS


@pytest.mark.parametrize("given", ["a b", "ü", "?x=1", "#", "%2F", "a+b", "\0", "…" * 40])
def test_an_id_stays_one_segment_of_the_path(given: str) -> None:
    url = urlsplit(request_for(threads.get_thread(given), OPTIONS).url)

    assert url.path.startswith("/base/v1/threads/")
    assert url.path.count("/") == 4
    assert (url.query, url.fragment) == ("", "")


@pytest.mark.parametrize("given", [".", "..", "..."])
def test_an_id_of_dots_is_escaped(given: str) -> None:
    assert request_for(threads.get_thread(given), OPTIONS).url.endswith("/threads/" + "%2E" * len(given))


def test_a_slash_in_an_id_is_escaped() -> None:
    assert request_for(threads.get_thread("a/b"), OPTIONS).url.endswith("/threads/a%2Fb")
    assert request_for(users.get_user_by_external_id("a/b"), OPTIONS).url.endswith("/external-ids/users/a%2Fb")


@pytest.mark.parametrize("given", ["", "\ud800", None, 3])
def test_an_impossible_id_raises_not_found(given: Any) -> None:
    cases: list[tuple[Any, type[NotFound]]] = [
        (users.get_user, UserNotFound),
        (threads.list_threads, UserNotFound),
        (threads.delete_thread, ThreadNotFound),
        (messages.list_messages, ThreadNotFound),
        (messages.delete_message, MessageNotFound),
        (keys.revoke_key, KeyNotFound),
    ]
    for describe, error in cases:
        with pytest.raises(error):
            describe(given)


class NotJson:
    """A value that JSON does not have."""


@pytest.mark.parametrize(
    ("value", "path", "kind"),
    [
        (math.nan, ["meta_data", "a", 0], "finite_number"),
        (-math.inf, ["meta_data", "a", 0], "finite_number"),
        ("\ud800", ["meta_data", "a", 0], "string_unicode"),
        (2**63, ["meta_data", "a", 0], "integer_too_large"),
        (-(2**63) - 1, ["meta_data", "a", 0], "integer_too_large"),
        (NotJson(), ["meta_data", "a", 0], "json_type"),
        (b"", ["meta_data", "a", 0], "json_type"),
        (NOON, ["meta_data", "a", 0], "json_type"),
        ({"b": {1: 2}}, ["meta_data", "a", 0, "b"], "key_type"),
        ({"\udfff": 2}, ["meta_data", "a", 0], "string_unicode"),
    ],
)
def test_a_value_that_json_does_not_have_is_refused_with_its_path(value: Any, path: list[str | int], kind: str) -> None:
    call = threads.create_thread(meta_data={"nothing": None, "a": [value]})

    with pytest.raises(InvalidInput) as caught:
        request_for(call, OPTIONS)
    assert [(problem["loc"], problem["type"]) for problem in caught.value.problems] == [(path, kind)]


def test_a_value_nested_too_deeply_is_refused() -> None:
    deep: list[Any] = []
    for _ in range(5000):
        deep = [deep]

    with pytest.raises(InvalidInput, match="nested too deeply"):
        request_for(threads.create_thread(meta_data={"a": deep}), OPTIONS)


def test_json_is_sent_unchanged() -> None:
    value = {"": [None, True, 0, -(2**63), 1.5, "\0 ü 🦉 null", {"$set": {"a.b": "c"}}, (1, 2)]}

    content = request_for(threads.create_thread(meta_data=value), OPTIONS).content

    assert content is not None
    assert orjson.loads(content) == {"meta_data": {"": [*value[""][:-1], [1, 2]]}}


def test_an_invalid_or_too_long_url_is_refused() -> None:
    with pytest.raises(InvalidInput, match="participant: text must be valid Unicode"):
        request_for(threads.find_threads("\ud800"), OPTIONS)
    with pytest.raises(InvalidInput, match="numbers must be finite"):
        request_for(threads.find_threads(meta_data={"a": math.inf}), OPTIONS)
    with pytest.raises(TooLarge, match="query"):
        request_for(threads.find_threads(meta_data={"a": "x" * 66_000}), OPTIONS)
    with pytest.raises(TooLarge, match="path"):
        request_for(threads.get_thread("x" * 66_000), OPTIONS)


def test_a_query_value_is_escaped() -> None:
    owner = "&=+ %/?#ü\0"

    assert parse_qs(urlsplit(request_for(threads.find_threads(owner=owner), OPTIONS).url).query) == {"owner": [owner]}


def test_a_time_without_a_zone_is_utc() -> None:
    naive, zoned = (
        request_for(threads.find_threads(active_after=moment), OPTIONS).url
        for moment in (NOON.replace(tzinfo=None), NOON.replace(tzinfo=UTC))
    )

    assert naive == zoned
