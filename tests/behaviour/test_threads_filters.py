from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.errors import InvalidInput
from threadkeep.tests.factories import make_thread, make_users

if TYPE_CHECKING:
    from threadkeep.tests.factories import ServiceProvider

# These values look alike, but they are different JSON. A filter with one of them must find no other.
VALUES: dict[str, Any] = {
    "text": "1",
    "number": 1,
    "fraction": 1.5,
    "true": True,
    "null": None,
    "empty text": "",
    "zero": 0,
    "false": False,
    "empty list": [],
    "empty object": {},
    "list of one": [1],
    "list of text": ["1"],
    "order": [2, 1],
    "other order": [1, 2],
    "operator": {"$ne": None},
    "expression": {"$gt": ""},
    "regex": {"$regex": ".*"},
    "operator as text": "$ne",
    "path": "$meta_data",
    "nested": {"a": {"b": [1, {"c": None}]}},
    "nested, longer": {"a": {"b": [1, {"c": None}]}, "d": 1},
    "dots": {"a.b": 1},
    "no dots": {"a": {"b": 1}},
    "unicode": "é",
    "decomposed": "e\u0301",
    "largest": 2**63 - 1,
    "nearly largest": 2**63 - 2,
    "smallest": -(2**63),
    "beyond floats": 2**53 + 1,
    "limit of floats": 2**53,
}
NUMBERS: tuple[int | float, ...] = (
    *(0, 0.0, -0.0, 1, 1.0, -1.0, 0.5, 0.1, 1e15, 10**15, 1e16, 10**16, 123456789012345680, 1.2345678901234568e17),
    *(2**53, 2.0**53, 2**53 + 1, -(2**53), -(2.0**53), 2**63 - 1, 2.0**63, -(2**63), -(2.0**63), 2.0**64, 1e30, 1e300),
)
TICK = 0.002
"""Seconds. Times are stored with a resolution of one millisecond."""
KEYS = [
    "key",
    "a.b",
    "a",
    "b",
    "$set",
    "$",
    ".",
    "",
    " key",
    "Key",
    "ключ",
    "k\u00e9y",
    "ke\u0301y",
    "_id",
    "meta_data",
]


async def found(services: ServiceProvider, meta_data: dict[str, Any]) -> list[str]:
    """Return the ids of the threads with this metadata."""
    return [thread.id for thread in await services.thread_service.find_threads(meta_data=meta_data, limit=100)]


async def test_a_filter_with_each_value_finds_exactly_its_thread(services: ServiceProvider) -> None:
    made = {
        name: (await services.thread_service.create_thread(meta_data={"key": value})).id
        for name, value in VALUES.items()
    }

    for name, value in VALUES.items():
        assert await found(services, {"key": value}) == [made[name]], name


async def test_a_filter_with_each_key_finds_exactly_its_thread(services: ServiceProvider) -> None:
    made = {key: (await services.thread_service.create_thread(meta_data={key: "value"})).id for key in KEYS}

    for key in KEYS:
        assert await found(services, {key: "value"}) == [made[key]], key


async def test_a_filter_treats_1_and_1_0_as_equal(services: ServiceProvider) -> None:
    whole = await services.thread_service.create_thread(meta_data={"n": 1, "list": [2.0], "zero": -0.0})
    point = await services.thread_service.create_thread(meta_data={"n": 1.0, "list": [2], "zero": 0})

    for wanted in ({"n": 1}, {"n": 1.0}, {"list": [2]}, {"list": [2.0]}, {"zero": 0}):
        assert sorted(await found(services, wanted)) == sorted([whole.id, point.id])
    assert repr((await services.thread_service.get_thread(point.id)).meta_data["n"]) == "1.0"


async def test_a_filter_ignores_the_order_of_keys(services: ServiceProvider) -> None:
    thread = await services.thread_service.create_thread(meta_data={"x": {"a": 1, "b": {"c": 2, "d": 3}}})

    assert await found(services, {"x": {"b": {"d": 3, "c": 2}, "a": 1}}) == [thread.id]


async def test_a_filter_matches_all_its_keys(services: ServiceProvider) -> None:
    both = await services.thread_service.create_thread(meta_data={"a": 1, "b": 2, "c": 3})
    await services.thread_service.create_thread(meta_data={"a": 1, "b": 3})

    assert await found(services, {"a": 1, "b": 2}) == [both.id]
    assert await found(services, {"a": 1, "b": 9}) == []


async def test_a_filter_compares_whole_values_of_top_level_keys(services: ServiceProvider) -> None:
    await services.thread_service.create_thread(meta_data={"a": {"b": 1, "c": 2}, "tags": ["x", "y"]})

    for partial in ({"a": {"b": 1}}, {"a.b": 1}, {"b": 1}, {"tags": "x"}, {"tags": ["x"]}):
        assert await found(services, partial) == []


async def test_an_empty_filter_matches_every_thread(services: ServiceProvider) -> None:
    thread = await services.thread_service.create_thread(meta_data={})

    assert await found(services, {}) == [thread.id]


async def test_a_filter_sees_updates_of_meta_data(services: ServiceProvider) -> None:
    thread = await services.thread_service.create_thread(meta_data={"state": "open", "kept": 1})

    await services.thread_service.update_thread(thread.id, meta_data={"state": "closed"})
    merged = [await found(services, {"state": "open"}), await found(services, {"state": "closed", "kept": 1})]
    await services.thread_service.update_metadata(thread.id, {"other": 1})
    replaced = [await found(services, {"state": "closed"}), await found(services, {"other": 1})]

    assert (merged, replaced) == ([[], [thread.id]], [[], [thread.id]])


async def test_a_filter_finds_the_default_topic(services: ServiceProvider) -> None:
    thread = await services.thread_service.create_thread()

    assert await found(services, {"topic": ""}) == [thread.id]


async def test_filters_combine(services: ServiceProvider) -> None:
    ada, bob = await make_users(services, 2)
    both = await make_thread(services, participant_ids=[ada.id, bob.id], meta_data={"project": "x"})
    await make_thread(services, participant_ids=[ada.id, bob.id], meta_data={"project": "y"})
    await make_thread(services, participant_ids=[bob.id], meta_data={"project": "x"})
    owned_by_bob = await make_thread(services, participant_ids=[bob.id, ada.id], meta_data={"project": "x"})

    async def ids(**filters: Any) -> set[str]:
        return {thread.id for thread in await services.thread_service.find_threads(**filters)}

    assert await ids(participant=ada.id, meta_data={"project": "x"}) == {both.id, owned_by_bob.id}
    assert await ids(owner=ada.id, meta_data={"project": "x"}) == {both.id}
    assert await ids(owner=bob.id, participant=ada.id) == {owned_by_bob.id}
    assert await ids(owner="$ne") == set()


async def test_a_number_is_found_in_every_form_in_which_json_writes_it(services: ServiceProvider) -> None:
    threads = {
        (await services.thread_service.create_thread(meta_data={"n": number, "nested": [{"n": number}]})).id: number
        for number in NUMBERS
    }

    for number in NUMBERS:
        equal = {thread_id for thread_id, stored in threads.items() if stored == number}
        for filters in ({"n": number}, {"nested": [{"n": number}]}):
            page = await services.thread_service.find_threads(meta_data=filters, limit=100)
            assert {thread.id for thread in page} == equal, number


async def test_filters_by_time_match_ranges(services: ServiceProvider) -> None:
    old = await make_thread(services, "long ago", participant_ids=[])
    await asyncio.sleep(TICK)
    between = datetime.now(UTC)
    await asyncio.sleep(TICK)
    new = await make_thread(services, participant_ids=[])

    async def ids(**filters: Any) -> list[str]:
        return [thread.id for thread in await services.thread_service.find_threads(**filters)]

    in_another_zone = between.astimezone(timezone(timedelta(hours=5, minutes=30)))
    for since, until in (("created_after", "created_before"), ("active_after", "active_before")):
        for moment in (between, between.replace(tzinfo=None), in_another_zone):
            assert await ids(**{since: moment}) == [new.id]
            assert await ids(**{until: moment}) == [old.id]
        assert await ids(**{since: between, until: between}) == []
    await services.message_service.create_message(old.id, "again")
    assert set(await ids(active_after=between)) == {new.id, old.id}
    assert await ids(created_after=between) == [new.id]


@pytest.mark.parametrize("wrong", [["a"], "no json", {"a\0b": 1}, {"a": "\ud800"}], ids=["list", "text", "nul", "lone"])
async def test_an_invalid_metadata_filter_is_refused(services: ServiceProvider, wrong: Any) -> None:
    with pytest.raises(InvalidInput, match=r"meta_data|lone surrogates"):
        await services.thread_service.find_threads(meta_data=wrong)
