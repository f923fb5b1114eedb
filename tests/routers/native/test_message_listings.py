from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.tests.routers.callers import answered, problems

if TYPE_CHECKING:
    from threadkeep.tests.routers.callers import Caller, Person


class Listing:
    """A thread of ten messages with the numbers 1 to 10, and its pages."""

    def __init__(self, caller: Person) -> None:
        self._caller = caller
        self.path = f"/v1/threads/{caller.new_thread()['id']}/messages"
        body = {"messages": [{"content": str(number)} for number in range(1, 11)]}
        self.ids = [message["id"] for message in answered(caller.post(self.path, body))["data"]]

    def page(self, **query: Any) -> dict[str, Any]:
        return answered(self._caller.get(self.path, **query))

    def numbers(self, **query: Any) -> list[int]:
        for cursor in {"after", "before"} & query.keys():
            query[cursor] = self.ids[query[cursor] - 1]
        return [message["seq"] for message in self.page(**query)["data"]]


@pytest.fixture(scope="module")
def listing(shared_ada: Person) -> Listing:
    return Listing(shared_ada)


def test_a_page_has_the_fields_of_a_list(listing: Listing) -> None:
    page = listing.page(limit=3)

    assert list(page) == ["object", "data", "first_id", "last_id", "has_more", "next_cursor"]
    assert (page["object"], page["has_more"]) == ("list", True)
    assert (page["first_id"], page["last_id"]) == (listing.ids[0], listing.ids[2])
    assert page["next_cursor"].startswith(f"{listing.ids[2]}@3.")


def test_an_empty_thread_is_an_empty_page(ada: Person, thread: dict[str, Any]) -> None:
    assert answered(ada.get(f"/v1/threads/{thread['id']}/messages")) == {
        "object": "list",
        "data": [],
        "first_id": None,
        "last_id": None,
        "has_more": False,
        "next_cursor": None,
    }


def test_the_default_limit_of_a_page_is_twenty(ada: Person, thread: dict[str, Any]) -> None:
    ada.new_messages(thread["id"], *map(str, range(21)))

    page = answered(ada.get(f"/v1/threads/{thread['id']}/messages"))

    assert (len(page["data"]), page["has_more"]) == (20, True)


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ({}, [*range(1, 11)]),
        ({"order": "desc"}, [*range(10, 0, -1)]),
        ({"limit": 3}, [1, 2, 3]),
        ({"limit": 3, "order": "desc"}, [10, 9, 8]),
        ({"limit": 3, "after": 4}, [5, 6, 7]),
        ({"limit": 3, "after": 4, "order": "desc"}, [3, 2, 1]),
        ({"limit": 3, "before": 8}, [5, 6, 7]),
        ({"limit": 3, "before": 8, "order": "desc"}, [10, 9]),
        ({"after": 3, "before": 6}, [4, 5]),
        ({"after": 6, "before": 3, "order": "desc"}, [5, 4]),
        ({"after": 6, "before": 3}, []),
        ({"after": 10}, []),
        ({"before": 1}, []),
    ],
)
def test_cursors_select_a_page_in_both_orders(listing: Listing, query: dict[str, Any], numbers: list[int]) -> None:
    assert listing.numbers(**query) == numbers


def test_has_more_is_exact(listing: Listing) -> None:
    assert not listing.page(limit=10)["has_more"]
    assert listing.page(limit=9)["has_more"]
    assert not listing.page(limit=2, after=listing.ids[7])["has_more"]


def test_following_next_cursor_reads_each_message_once(listing: Listing) -> None:
    found: list[str] = []
    page = listing.page(limit=3)
    while True:
        found += [message["id"] for message in page["data"]]
        if not page["has_more"]:
            break
        page = listing.page(limit=3, after=page["next_cursor"])

    assert found == listing.ids


def test_a_cursor_outlives_its_message(ada: Person) -> None:
    listing = Listing(ada)
    ada.delete(f"/v1/messages/{listing.ids[4]}")

    assert listing.numbers(after=5, limit=2) == [6, 7]
    assert listing.numbers(before=5, limit=2) == [3, 4]


def test_messages_are_found_by_role_run_and_sender(admin: Caller, ada: Person, bob: Person) -> None:
    thread = admin.new_thread(participant_ids=[ada.id, bob.id])["id"]
    ada.new_message(thread)
    bob.new_message(thread, run_id="run_1")
    ada.new_message(thread, role="assistant", run_id="run_1")

    def numbers(**query: str) -> list[int]:
        return [message["seq"] for message in answered(ada.get(f"/v1/threads/{thread}/messages", **query))["data"]]

    assert numbers(role="user") == [1, 2]
    assert numbers(run_id="run_1") == [2, 3]
    assert numbers(sender_id=bob.id) == [2]
    assert numbers(sender_id="assistant", run_id="run_1", role="assistant") == [3]
    assert numbers(role="nobody") == numbers(run_id="") == []


@pytest.mark.parametrize("limit", [1, 1000])
def test_a_limit_within_bounds_is_accepted(listing: Listing, limit: int) -> None:
    assert len(listing.page(limit=limit)["data"]) == min(limit, 10)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("limit", "0"),
        ("limit", "1001"),
        ("limit", "-1"),
        ("limit", "abc"),
        ("limit", ""),
        ("limit", "1.5"),
        ("order", "ASC"),
        ("order", "random"),
        ("offset", "3"),
        ("role", "x" * 1025),
        ("after", "x" * 257),
    ],
)
def test_an_invalid_parameter_is_named(shared_ada: Person, listing: Listing, name: str, value: str) -> None:
    response = shared_ada.get(listing.path, **{name: value})

    assert (response.status_code, response.json()["error"]) == (422, "InvalidInput")
    assert list(problems(response)) == [f"query.{name}"]


@pytest.mark.parametrize("name", ["after", "before"])
def test_a_cursor_of_another_thread_is_refused(shared_ada: Person, listing: Listing, name: str) -> None:
    for cursor in (Listing(shared_ada).ids[0], "message_gone", "\0", "\U0001d54f"):
        response = shared_ada.get(listing.path, **{name: cursor})

        assert response.status_code == 400
        assert response.json() == {
            "error": "UnknownCursor",
            "detail": [{"loc": [name], "msg": f"{cursor!r} is not an entry of this list", "type": "unknown_cursor"}],
        }


@pytest.mark.parametrize("value", ['{"$ne": null}', "$ne", ".*", "[$regex]"])
def test_an_operator_in_a_filter_is_only_a_value(shared_ada: Person, listing: Listing, value: str) -> None:
    for name in ("role", "run_id", "sender_id"):
        assert answered(shared_ada.get(listing.path, **{name: value}))["data"] == []
    assert problems(shared_ada.get(f"{listing.path}?role[$ne]=user")) == {"query.role[$ne]": "extra_forbidden"}
