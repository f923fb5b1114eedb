from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.tests.routers.callers import answered, problems

if TYPE_CHECKING:
    import httpx2

    from threadkeep.tests.routers.callers import Person

MALFORMED = ["1.0", '"1"', '"a.b"', '"1.0", "2.0"', '"-1.0"', '""', "W/1.0", '"9999999999999999.0"']


def etag(response: httpx2.Response) -> str:
    return str(response.headers["etag"])


def precondition_failed(response: httpx2.Response) -> bool:
    """Return whether the refusal says that nothing was written because of another write."""
    assert response.status_code == 412
    assert response.json()["error"] == "PreconditionFailed"
    return "nothing was written" in response.json()["detail"]


def test_the_etag_of_a_thread_changes_with_the_thread_and_with_each_message(
    ada: Person, thread: dict[str, Any]
) -> None:
    path = f"/v1/threads/{thread['id']}"

    etags = [etag(ada.get(path))]
    updated = ada.put(path, {"meta_data": {"a": 1}})
    etags.append(etag(ada.get(path)))
    ada.new_message(thread["id"])
    etags.append(etag(ada.get(path)))

    assert etags == ['"1.0"', '"2.0"', '"2.1"']
    assert etag(updated) == '"2.0"'
    assert etag(ada.put(f"{path}/metadata", {})) == '"3.1"'


def test_the_etag_of_a_message_changes_with_the_message(ada: Person, thread: dict[str, Any]) -> None:
    message = ada.new_message(thread["id"])

    for path in (f"/v1/messages/{message['id']}", f"/v1/threads/{thread['id']}/messages/{message['id']}"):
        before = etag(ada.get(path))
        after = ada.put(path, {"content": "Changed"})

        assert etag(after) == etag(ada.get(path)) != before


@pytest.mark.parametrize("body", [{"content": "two"}, {"messages": [{"content": "two"}, {"content": "three"}]}])
def test_a_message_is_written_only_if_the_thread_has_no_newer_message(
    ada: Person, thread: dict[str, Any], body: dict[str, Any]
) -> None:
    path = f"/v1/threads/{thread['id']}"
    known = etag(ada.get(path))
    ada.new_message(thread["id"], "one")

    assert precondition_failed(ada.post(f"{path}/messages", body, if_match=known))
    assert answered(ada.get(path))["last_seq"] == 1
    assert ada.post(f"{path}/messages", body, if_match=etag(ada.get(path))).is_success


@pytest.mark.parametrize("path", ["/v1/messages", "/v1/messages/tools"])
def test_the_older_routes_for_messages_check_if_match(ada: Person, thread: dict[str, Any], path: str) -> None:
    known = etag(ada.get(f"/v1/threads/{thread['id']}"))
    body = {"thread_id": thread["id"], "content": "one"}

    assert ada.post(path, body, if_match=known).is_success
    assert precondition_failed(ada.post(path, body, if_match=known))
    assert answered(ada.get(f"/v1/threads/{thread['id']}"))["last_seq"] == 1


def test_a_change_of_the_thread_does_not_fail_the_precondition_of_messages(ada: Person, thread: dict[str, Any]) -> None:
    path = f"/v1/threads/{thread['id']}"
    known = etag(ada.get(path))

    ada.put(path, {"meta_data": {"a": 1}})

    assert ada.post(f"{path}/messages", {}, if_match=known).is_success


@pytest.mark.parametrize(("suffix", "body"), [("", {"meta_data": {"mine": 1}}), ("/metadata", {"mine": 1})])
def test_a_thread_is_changed_only_if_its_etag_matches(
    ada: Person, thread: dict[str, Any], suffix: str, body: dict[str, Any]
) -> None:
    path = f"/v1/threads/{thread['id']}"
    known = etag(ada.get(path))
    ada.put(path, {"meta_data": {"theirs": 1}})

    assert precondition_failed(ada.put(path + suffix, body, if_match=known))
    assert "mine" not in answered(ada.get(path))["meta_data"]
    assert ada.put(path + suffix, body, if_match=etag(ada.get(path))).is_success


def test_a_new_message_fails_the_precondition_of_a_thread_update(ada: Person, thread: dict[str, Any]) -> None:
    path = f"/v1/threads/{thread['id']}"
    known = etag(ada.get(path))

    ada.new_message(thread["id"])

    assert precondition_failed(ada.put(path, {"meta_data": {"a": 1}}, if_match=known))


@pytest.mark.parametrize("pattern", ['"1.*"', '"*.1"', '"*.*"', "*", 'W/"1.1"'])
def test_a_star_in_an_etag_matches_any_value(ada: Person, thread: dict[str, Any], pattern: str) -> None:
    ada.new_message(thread["id"])

    assert ada.put(f"/v1/threads/{thread['id']}", {"meta_data": {"a": 1}}, if_match=pattern).is_success


@pytest.mark.parametrize("path", ["/v1/messages/{message}", "/v1/threads/{thread}/messages/{message}"])
def test_a_message_is_changed_only_if_its_etag_matches(ada: Person, thread: dict[str, Any], path: str) -> None:
    message = ada.new_message(thread["id"])
    url = path.format(message=message["id"], thread=thread["id"])
    known = etag(ada.get(url))

    assert ada.put(url, {"content": "mine"}, if_match=known).is_success
    assert precondition_failed(ada.put(url, {"content": "again"}, if_match=known))
    assert answered(ada.get(url))["content"] == "mine"
    assert ada.put(url, {"content": "again"}, if_match="*").is_success


def test_if_match_on_chunks_is_refused(ada: Person, thread: dict[str, Any]) -> None:
    response = ada.post("/v1/messages/assistant", {"thread_id": thread["id"]}, if_match='"1.1"')

    assert (response.status_code, problems(response)) == (422, {"header.if-match": "extra_forbidden"})
    assert answered(ada.get(f"/v1/threads/{thread['id']}"))["message_count"] == 0


def test_a_thread_is_deleted_only_if_its_etag_matches(ada: Person, thread: dict[str, Any]) -> None:
    path = f"/v1/threads/{thread['id']}"
    known = etag(ada.get(path))
    ada.new_message(thread["id"])

    assert precondition_failed(ada.delete(path, if_match=known))
    assert precondition_failed(ada.delete(path, if_match='"2.*"'))
    assert answered(ada.get(path))["message_count"] == 1
    assert ada.delete(path, if_match=etag(ada.get(path))).is_success
    assert ada.delete(path, if_match='"1.1"').status_code == 404


@pytest.mark.parametrize("path", ["/v1/messages/{message}", "/v1/threads/{thread}/messages/{message}"])
def test_a_message_is_deleted_only_if_its_etag_matches(ada: Person, thread: dict[str, Any], path: str) -> None:
    message = ada.new_message(thread["id"])
    url = path.format(message=message["id"], thread=thread["id"])
    ada.put(url, {"content": "Changed"})

    assert precondition_failed(ada.delete(url, if_match='"1"'))
    assert answered(ada.get(url))["content"] == "Changed"
    assert ada.delete(url, if_match='"2"').is_success
    assert ada.delete(url, if_match='"2"').status_code == 404


@pytest.mark.parametrize("value", MALFORMED)
def test_an_invalid_etag_is_refused(ada: Person, thread: dict[str, Any], value: str) -> None:
    path = f"/v1/threads/{thread['id']}"
    message = ada.new_message(thread["id"])
    value_of_message = '"1.0"' if value == '"1"' else value

    for response in (
        ada.post(f"{path}/messages", {}, if_match=value),
        ada.put(path, {}, if_match=value),
        ada.put(f"{path}/metadata", {}, if_match=value),
        ada.delete(path, if_match=value),
        ada.put(f"/v1/messages/{message['id']}", {}, if_match=value_of_message),
        ada.delete(f"/v1/messages/{message['id']}", if_match=value_of_message),
    ):
        assert (response.status_code, problems(response)) == (422, {"header.if-match": "etag_invalid"})


def test_a_precondition_on_an_unknown_id_is_not_found(ada: Person) -> None:
    assert ada.put("/v1/threads/thread_gone", {}, if_match='"1.0"').status_code == 404
    assert ada.put("/v1/messages/message_gone", {}, if_match='"1"').status_code == 404
