from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.tests.routers.callers import answered, problems

if TYPE_CHECKING:
    from threadkeep.tests.routers.callers import Caller, Person


def list_ids(caller: Caller, **query: Any) -> list[str]:
    """Return the ids of the threads on the page."""
    return [thread["id"] for thread in answered(caller.get("/v1/threads", **query))["data"]]


def test_the_threads_of_a_user_are_listed_most_recently_active_first(admin: Caller, ada: Person, bob: Person) -> None:
    quiet, busy, shared = (
        ada.new_thread()["id"],
        ada.new_thread()["id"],
        admin.new_thread(participant_ids=[bob.id, ada.id])["id"],
    )
    time.sleep(0.002)
    ada.new_message(busy)

    expected = [busy, shared, quiet]
    assert ada.get(f"/v1/threads/user/{ada.id}").json() == expected
    assert ada.get(f"/v1/threads/user/{ada.id}", limit=2).json() == expected[:2]
    assert [thread["id"] for thread in ada.get(f"/v1/threads/user/{ada.id}/records").json()] == expected
    assert list_ids(ada) == expected


def test_records_contain_the_whole_threads(ada: Person, thread: dict[str, Any]) -> None:
    assert ada.get(f"/v1/threads/user/{ada.id}/records").json() == [thread]


def test_a_user_who_does_not_exist_has_no_threads(admin: Caller) -> None:
    assert admin.get("/v1/threads/user/user_gone").json() == []
    assert admin.get("/v1/threads/user/user_gone/records").json() == []


def test_pages_of_threads_follow_each_other(ada: Person) -> None:
    made = [ada.new_thread()["id"] for _ in range(5)]

    first = answered(ada.get("/v1/threads", limit=2))
    second = answered(ada.get("/v1/threads", limit=2, after=first["next_cursor"]))
    third = answered(ada.get("/v1/threads", limit=2, after=second["next_cursor"]))
    back = answered(ada.get("/v1/threads", limit=2, before=third["first_id"]))

    pages = [first, second, third]
    assert [thread["id"] for page in pages for thread in page["data"]] == made[::-1]
    assert [page["has_more"] for page in pages] == [True, True, False]
    assert third["next_cursor"] is None
    assert back["data"] == second["data"]
    assert list_ids(ada, order="asc", sort="created") == made


def test_a_cursor_stays_valid_after_its_thread_was_deleted(ada: Person) -> None:
    made = [ada.new_thread()["id"] for _ in range(4)]
    first = answered(ada.get("/v1/threads", limit=2))

    ada.delete(f"/v1/threads/{first['last_id']}")

    assert list_ids(ada, after=first["next_cursor"]) == [made[1], made[0]]


def test_threads_are_found_by_owner_and_participant(admin: Caller, ada: Person, bob: Person) -> None:
    own, common = ada.new_thread()["id"], admin.new_thread(participant_ids=[bob.id, ada.id])["id"]

    assert list_ids(admin, participant=ada.id) == [common, own]
    assert list_ids(admin, owner=ada.id) == [own]
    assert list_ids(admin, owner=bob.id, participant=ada.id) == [common]
    assert list_ids(ada, participant=bob.id) == [common]


@pytest.mark.parametrize(
    "meta_data",
    [
        {"topic": "time"},
        {"a.b": 1},
        {"$where": "1 == 1"},
        {"": "nothing"},
        {"größe": "größer"},
        {"value": {"$gt": ""}},
        {"list": [1, {"two": None}]},
        {"nothing": None},
        {"large": 2**63 - 1, "small": -(2**63)},
        {"a": 1, "b": 1.5},
    ],
)
def test_a_metadata_filter_matches_exact_values(ada: Person, meta_data: dict[str, Any]) -> None:
    wanted = ada.new_thread(meta_data={**meta_data, "more": True})["id"]
    ada.new_thread(meta_data={**meta_data, next(iter(meta_data)): "other"})

    assert list_ids(ada, meta_data=json.dumps(meta_data)) == [wanted]


@pytest.mark.parametrize("meta_data", [{"topic": {"$ne": None}}, {"topic": {"$exists": True}}, {"topic": 1}, {"t": ""}])
def test_an_operator_in_a_filter_is_only_a_value(ada: Person, meta_data: dict[str, Any]) -> None:
    ada.new_thread(meta_data={"topic": "1"})

    assert list_ids(ada, meta_data=json.dumps(meta_data)) == []


@pytest.mark.parametrize(
    "text",
    [
        "topic",
        "[]",
        "null",
        "7",
        '{"a": 1, "a": 2}',
        '{"a": NaN}',
        '{"a": 1e400}',
        '{"a": 18446744073709551616}',
        '{"a": "\\ud800"}',
        '{"\\u0000": 1}',
        "[" * 5000,
        '{"a": ' + "[" * 70 + "]" * 70 + "}",
    ],
)
def test_a_metadata_filter_that_cannot_be_stored_is_refused(shared_ada: Person, text: str) -> None:
    response = shared_ada.get("/v1/threads", meta_data=text)

    assert response.status_code == 422
    assert list(problems(response)) == ["query.meta_data"]


def test_threads_are_found_by_creation_and_activity_time(ada: Person, thread: dict[str, Any]) -> None:
    made = datetime.fromtimestamp(thread["created_at"], UTC)
    before, after = (made - timedelta(seconds=1)).isoformat(), (made + timedelta(seconds=1)).isoformat()

    for kind in ("created", "active"):
        assert list_ids(ada, **{f"{kind}_after": before, f"{kind}_before": after}) == [thread["id"]]
        assert list_ids(ada, **{f"{kind}_after": after}) == []
        assert list_ids(ada, **{f"{kind}_before": before}) == []
    berlin = datetime.fromisoformat(after).astimezone(tz=None).isoformat()
    assert list_ids(ada, created_before=berlin) == [thread["id"]]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("limit", "0"),
        ("limit", "101"),
        ("limit", "-1"),
        ("limit", "many"),
        ("limit", "9" * 5000),
        ("order", "down"),
        ("sort", "size"),
        ("created_after", "yesterday"),
        ("created_after", "0001-01-01T00:00:00+14:00"),
        ("active_before", "9999-12-31T23:59:59-14:00"),
        ("active_before", "nan"),
        ("active_before", "0.5"),
        ("created_before", "1767225600"),
        ("active_before", "1e300"),
        ("meta", "{}"),
        ("participant", "x" * 1025),
    ],
)
def test_an_invalid_parameter_is_named(shared_ada: Person, name: str, value: str) -> None:
    response = shared_ada.get("/v1/threads", **{name: value})

    assert (response.status_code, response.json()["error"]) == (422, "InvalidInput")
    assert list(problems(response)) == [f"query.{name}"]


@pytest.mark.parametrize(
    "cursor", ["thread_gone", "thread_gone@", "@", "x@1e5", "x@999999999999999", "x@\uff19", "\0", "x@-1", "x" * 256]
)
@pytest.mark.parametrize("name", ["after", "before"])
def test_an_invalid_cursor_is_refused(shared_ada: Person, name: str, cursor: str) -> None:
    response = shared_ada.get("/v1/threads", **{name: cursor})

    assert response.status_code == 400
    assert response.json() == {
        "error": "UnknownCursor",
        "detail": [{"loc": [name], "msg": f"{cursor!r} is not an entry of this list", "type": "unknown_cursor"}],
    }


def test_an_empty_cursor_is_ignored(ada: Person, thread: dict[str, Any]) -> None:
    assert list_ids(ada, after="", before="") == [thread["id"]]


@pytest.mark.parametrize("limit", ["0", "-1", "all", ""])
def test_an_invalid_limit_is_named(ada: Person, limit: str) -> None:
    response = ada.get(f"/v1/threads/user/{ada.id}", limit=limit)

    assert (response.status_code, list(problems(response))) == (422, ["query.limit"])
