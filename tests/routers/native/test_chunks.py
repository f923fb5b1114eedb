from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.tests.routers.callers import answered, problems

if TYPE_CHECKING:
    import httpx2

    from threadkeep.tests.live_server import LiveServer
    from threadkeep.tests.routers.callers import Caller, Person

PATH = "/v1/messages/assistant"


def chunk(
    caller: Caller, thread: dict[str, Any], content: object, *, last: bool = False, **more: Any
) -> httpx2.Response:
    return caller.post(PATH, {"thread_id": thread["id"], "content": content, "is_last_chunk": last} | more)


def history(caller: Caller, thread: dict[str, Any]) -> list[str]:
    page = answered(caller.get(f"/v1/threads/{thread['id']}/messages"))
    return [message["content"] for message in page["data"]]


def test_the_last_chunk_stores_one_message(ada: Person, thread: dict[str, Any]) -> None:
    first, second = chunk(ada, thread, "Once "), chunk(ada, thread, "upon ")
    nothing_yet = history(ada, thread)

    last = chunk(ada, thread, "a time", last=True, meta_data={"stars": 5})

    assert [(response.status_code, response.content) for response in (first, second)] == [(200, b"null")] * 2
    assert nothing_yet == []
    message = answered(last)
    assert (message["content"], message["role"], message["sender_id"]) == ("Once upon a time", "assistant", "assistant")
    assert (message["completed_at"], message["meta_data"]) == (message["created_at"], {"stars": 5})
    assert history(ada, thread) == ["Once upon a time"]


def test_a_body_without_the_chunk_flag_is_a_complete_message(ada: Person, thread: dict[str, Any]) -> None:
    assert answered(ada.post(PATH, {"thread_id": thread["id"], "content": "Whole"}))["content"] == "Whole"


def test_the_next_message_starts_with_an_empty_draft(ada: Person, thread: dict[str, Any]) -> None:
    chunk(ada, thread, "one ")
    chunk(ada, thread, "two", last=True)

    chunk(ada, thread, "three", last=True)

    assert history(ada, thread) == ["one two", "three"]


def test_assistants_have_separate_drafts(ada: Person, thread: dict[str, Any]) -> None:
    chunk(ada, thread, "A", assistant_id="asst_a")
    chunk(ada, thread, "B", assistant_id="asst_b")
    chunk(ada, thread, "C", sender_id="someone")

    for name in ("asst_a", "asst_b"):
        chunk(ada, thread, ".", last=True, assistant_id=name)

    assert history(ada, thread) == ["A.", "B."]


def test_a_chunk_must_be_text(ada: Person, thread: dict[str, Any]) -> None:
    parts = [{"type": "text", "text": "two"}]
    chunk(ada, thread, "one ")

    for response in (chunk(ada, thread, parts), chunk(ada, thread, parts, last=True)):
        assert (response.status_code, list(problems(response))) == (422, ["content"])
    chunk(ada, thread, "three", last=True)
    assert history(ada, thread) == ["one three"]


def test_a_message_of_parts_needs_no_chunks_before_it(ada: Person, thread: dict[str, Any]) -> None:
    parts = [{"type": "text", "text": "one"}]

    assert answered(chunk(ada, thread, parts, last=True))["content"] == parts


def test_a_user_cannot_send_chunks_as_another_user(admin: Caller, ada: Person, bob: Person) -> None:
    common = admin.new_thread(participant_ids=[ada.id, bob.id])

    response = chunk(bob, common, "I owe Bob. ", role="user", sender_id=ada.id)

    assert (response.status_code, response.json()["error"]) == (403, "Forbidden")
    assert answered(chunk(ada, common, "Hello", last=True, role="user", sender_id=ada.id))["content"] == "Hello"


def test_only_participants_may_send_chunks(bob: Person, thread: dict[str, Any]) -> None:
    assert chunk(bob, thread, "x").status_code == chunk(bob, thread, "x", last=True).status_code == 403


def test_a_chunk_for_an_unknown_thread_is_refused(ada: Person) -> None:
    for last in (False, True):
        assert chunk(ada, {"id": "thread_gone"}, "x", last=last).json()["error"] == "ThreadNotFound"


def test_a_retried_chunk_is_stored_once(ada: Person, thread: dict[str, Any]) -> None:
    body = {"thread_id": thread["id"], "content": "once ", "is_last_chunk": False}
    for _ in range(2):
        ada.post(PATH, body, idempotency_key="chunk 1")

    chunk(ada, thread, "done", last=True)

    assert history(ada, thread) == ["once done"]


@pytest.mark.slow
@pytest.mark.parametrize("last", [False, True])
def test_chunks_that_exceed_the_limit_together_are_refused(ada: Person, thread: dict[str, Any], *, last: bool) -> None:
    chunk(ada, thread, "x" * 8_000_000)

    response = chunk(ada, thread, "x" * 400_000, last=last)

    assert (response.status_code, response.json()["error"]) == (413, "TooLarge")
    assert history(ada, thread) == []


def test_chunks_are_deleted_with_their_thread(ada: Person, thread: dict[str, Any], served: LiveServer) -> None:
    chunk(ada, thread, "secret")
    assert served.database["drafts"].count_documents({"thread_id": thread["id"]}) == 1

    ada.delete(f"/v1/threads/{thread['id']}")

    assert served.database["drafts"].count_documents({"thread_id": thread["id"]}) == 0
