from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.tests.routers.callers import answered, problems

if TYPE_CHECKING:
    from threadkeep.tests.routers.callers import Person


def append(caller: Person, thread: dict[str, Any], body: dict[str, Any]) -> Any:
    return caller.post(f"/v1/threads/{thread['id']}/messages", body)


def history(caller: Person, thread: dict[str, Any]) -> list[str]:
    page = answered(caller.get(f"/v1/threads/{thread['id']}/messages", limit=1000))
    return [message["content"] for message in page["data"]]


def test_one_message_is_answered_with_the_message(ada: Person, thread: dict[str, Any]) -> None:
    assert answered(append(ada, thread, {"content": "Why?"}))["object"] == "message"


def test_several_messages_are_answered_with_their_list(ada: Person, thread: dict[str, Any]) -> None:
    ada.new_message(thread["id"], "zero")

    page = answered(append(ada, thread, {"messages": [{"content": "one"}, {"content": "two", "role": "assistant"}]}))

    assert [(message["seq"], message["content"]) for message in page["data"]] == [(2, "one"), (3, "two")]
    assert (page["object"], page["has_more"], page["next_cursor"]) == ("list", False, None)
    assert (page["first_id"], page["last_id"]) == (page["data"][0]["id"], page["data"][1]["id"])
    assert history(ada, thread) == ["zero", "one", "two"]


@pytest.mark.slow
def test_a_batch_has_at_most_1000_messages(ada: Person, thread: dict[str, Any]) -> None:
    texts = [str(number) for number in range(1000)]

    refused = append(ada, thread, {"messages": [{}] * 1001})
    ada.new_messages(thread["id"], *texts)

    assert (refused.status_code, list(problems(refused))) == (422, ["body.messages"])
    assert history(ada, thread) == texts


def test_one_invalid_message_refuses_the_whole_batch(ada: Person, thread: dict[str, Any]) -> None:
    response = append(ada, thread, {"messages": [{"content": "fine"}, {"content": "no", "role": "nobody"}]})

    assert (response.status_code, list(problems(response))) == (422, ["body.messages.1.role"])
    assert history(ada, thread) == []


@pytest.mark.parametrize("body", [{"messages": []}, {"messages": None, "content": None}, {"messages": {}}])
def test_an_empty_batch_is_refused(ada: Person, thread: dict[str, Any], body: dict[str, Any]) -> None:
    response = append(ada, thread, body)

    assert response.status_code == 422
    assert all(name.startswith("body.") for name in problems(response))


def test_content_and_messages_in_one_body_are_refused(ada: Person, thread: dict[str, Any]) -> None:
    response = append(ada, thread, {"content": "one", "messages": [{"content": "two"}]})

    assert (response.status_code, problems(response)) == (422, {"body": "messages_alone"})
    assert history(ada, thread) == []


def test_a_client_id_identifies_one_message(ada: Person, thread: dict[str, Any]) -> None:
    first = append(ada, thread, {"content": "Why?", "client_id": "mine"})

    again = append(ada, thread, {"content": "Why, again?", "client_id": "mine"})

    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert history(ada, thread) == ["Why?"]


def test_a_client_id_belongs_to_its_thread(ada: Person, thread: dict[str, Any]) -> None:
    append(ada, thread, {"client_id": "mine"})

    assert append(ada, ada.new_thread(), {"client_id": "mine"}).json()["seq"] == 1


def test_a_client_id_may_not_occur_twice_in_a_batch(ada: Person, thread: dict[str, Any]) -> None:
    response = append(ada, thread, {"messages": [{"client_id": "mine"}, {"client_id": "mine"}]})

    assert (response.status_code, list(problems(response))) == (422, ["body.messages"])
    assert "'mine'" in response.text


@pytest.mark.slow
def test_a_message_that_is_too_large_is_refused_with_the_limit(ada: Person, thread: dict[str, Any]) -> None:
    text = "x" * (8 * 1024 * 1024)
    fits = append(ada, thread, {"content": text})
    too_large = append(ada, thread, {"content": text + "x"})
    among_others = append(ada, thread, {"messages": [{"content": "small"}, {"content": text + "x"}]})

    assert fits.is_success
    assert (too_large.status_code, too_large.json()["error"]) == (413, "TooLarge")
    assert "8,388,608 bytes" in too_large.text
    assert among_others.json()["detail"][0]["loc"] == ["messages.1"]
    assert answered(ada.get(f"/v1/threads/{thread['id']}"))["message_count"] == 1
