from __future__ import annotations

import asyncio
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.tests.routers.another_process import another_process
from threadkeep.tests.routers.callers import Caller, Person, answered, problems

if TYPE_CHECKING:
    import httpx2
    from pymongo import AsyncMongoClient

    from threadkeep.tests.live_server import LiveServer

REPLAYED = "idempotent-replayed"


def append(caller: Caller, thread: dict[str, Any], key: str, content: str = "once") -> httpx2.Response:
    return caller.post(f"/v1/threads/{thread['id']}/messages", {"content": content}, idempotency_key=key)


def length(caller: Caller, thread: dict[str, Any]) -> int:
    return int(answered(caller.get(f"/v1/threads/{thread['id']}"))["message_count"])


def claims(served: LiveServer) -> Any:
    return served.database["idempotency_keys"]


def test_a_request_with_the_same_key_is_performed_once(ada: Person, thread: dict[str, Any]) -> None:
    first, second = append(ada, thread, "k"), append(ada, thread, "k")

    assert (second.status_code, second.content) == (first.status_code, first.content)
    assert (first.headers.get(REPLAYED), second.headers.get(REPLAYED)) == (None, "true")
    assert length(ada, thread) == 1


@pytest.mark.parametrize("path", ["/v1/threads", "/v1/users"])
def test_the_replayed_answer_of_a_creation_has_its_status(admin: Caller, path: str) -> None:
    key = f"create {path}"
    first, second = (admin.post(path, {}, idempotency_key=key) for _ in range(2))

    assert (second.status_code, second.content) == (first.status_code, first.content)


def test_replayed_answers_have_the_same_etag(ada: Person, thread: dict[str, Any]) -> None:
    path = f"/v1/threads/{thread['id']}"
    first, second = (ada.put(path, {"meta_data": {"a": 1}}, idempotency_key="k") for _ in range(2))

    assert first.headers["etag"] == second.headers["etag"] == '"2.0"'
    assert first.headers["x-request-id"] != second.headers["x-request-id"]


def test_the_answer_of_a_deletion_is_replayed(ada: Person, thread: dict[str, Any]) -> None:
    path = f"/v1/threads/{thread['id']}"
    first, second = (ada.delete(path, idempotency_key="k") for _ in range(2))

    assert (first.status_code, second.status_code, second.json()) == (200, 200, first.json())
    assert ada.delete(path).status_code == 404


def test_an_answer_without_a_body_is_replayed(ada: Person) -> None:
    prefix = answered(ada.post(f"/v1/users/{ada.id}/apikeys", {}))["details"]["prefix"]
    path = f"/v1/users/{ada.id}/apikeys/{prefix}"

    first, second = (ada.delete(path, idempotency_key="k") for _ in range(2))

    assert (first.status_code, second.status_code, second.content) == (204, 204, b"")
    assert second.headers[REPLAYED] == "true"


def test_the_same_key_with_another_request_is_refused(ada: Person, thread: dict[str, Any]) -> None:
    append(ada, thread, "k", "once")
    path = f"/v1/threads/{thread['id']}"

    for response in (
        append(ada, thread, "k", "something else"),
        append(ada, ada.new_thread(), "k", "once"),
        ada.put(path, {"content": "once"}, idempotency_key="k"),
        ada.delete(path, idempotency_key="k"),
    ):
        assert (response.status_code, response.json()["error"]) == (409, "IdempotencyMismatch")
    assert length(ada, thread) == 1


def test_an_idempotency_key_belongs_to_its_caller(admin: Caller, ada: Person, bob: Person) -> None:
    common = admin.new_thread(participant_ids=[ada.id, bob.id])

    senders = [append(caller, common, "k").json()["sender_id"] for caller in (ada, bob)]

    assert senders == [ada.id, bob.id]
    assert append(admin, common, "k").headers.get(REPLAYED) is None


def test_reads_ignore_the_idempotency_key(ada: Person, thread: dict[str, Any]) -> None:
    path = f"/v1/threads/{thread['id']}"
    headers = {"idempotency-key": "k"}

    ada.send("GET", path, headers=headers)
    ada.new_message(thread["id"])

    assert answered(ada.send("GET", path, headers=headers))["last_seq"] == 1
    assert append(ada, thread, "k").is_success


@pytest.mark.parametrize("key", ["", "k" * 257])
def test_a_key_has_1_to_256_characters(ada: Person, thread: dict[str, Any], key: str) -> None:
    response = append(ada, thread, key)

    assert (response.status_code, problems(response)) == (
        422,
        {"header.idempotency-key": "idempotency_key_length"},
    )
    assert append(ada, thread, "k" * 256).is_success


def test_a_key_may_be_any_bytes(ada: Person, thread: dict[str, Any]) -> None:
    path, headers = f"/v1/threads/{thread['id']}/messages", {"idempotency-key": b"\xff\xe9 $ne"}

    answers = [ada.send("POST", path, json={}, headers=headers).json()["id"] for _ in range(2)]

    assert answers[0] == answers[1]


def test_a_refused_request_leaves_its_key_free(ada: Person, thread: dict[str, Any]) -> None:
    wrong: list[dict[str, object]] = [{"role": "nobody"}, {"messages": []}]
    for body in wrong:
        assert ada.post(f"/v1/threads/{thread['id']}/messages", body, idempotency_key="k").status_code == 422
    assert ada.post("/v1/threads/thread_gone/messages", {}, idempotency_key="k").status_code == 404

    assert append(ada, thread, "k").is_success


def test_the_secret_of_a_new_key_is_not_replayed(served: LiveServer, admin: Caller, ada: Person) -> None:
    path, key = f"/v1/users/{ada.id}/apikeys", "make a key"
    first, second = (ada.post(path, {}, idempotency_key=key) for _ in range(2))

    assert (second.status_code, second.json()["error"]) == (409, "AnsweredOnce")
    secret = first.json()["plain_key"]
    assert secret not in second.text
    assert secret not in str(list(claims(served).find()))
    assert len(answered(admin.get(path))["keys"]) == 2


def test_a_claim_stores_a_hash_and_expires_after_a_day(served: LiveServer, ada: Person) -> None:
    append(ada, ada.new_thread(), "visible-key", "visible-text")

    stored = str(list(claims(served).find()))
    assert "visible-key" not in stored
    assert "visible-text" not in stored
    expiry = [index["expireAfterSeconds"] for index in claims(served).list_indexes() if "expireAfterSeconds" in index]
    assert expiry == [24 * 60 * 60]


def test_concurrent_requests_with_the_same_key_are_performed_once(ada: Person, thread: dict[str, Any]) -> None:
    answers: list[httpx2.Response] = []
    threads = [threading.Thread(target=lambda: answers.append(append(ada, thread, "k"))) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    done = [answer for answer in answers if answer.is_success]
    assert {answer.json()["seq"] for answer in done} == {1}
    for answer in answers:
        if answer not in done:
            assert (answer.status_code, answer.json()["error"]) == (409, "StillRunning")
            assert answer.headers["retry-after"] == "1"
    assert length(ada, thread) == 1


async def test_another_process_replays_the_answer(
    mongo_client: AsyncMongoClient[Any], served: LiveServer, ada: Person, thread: dict[str, Any]
) -> None:
    first = await asyncio.to_thread(append, ada, thread, "k")

    async with another_process(mongo_client, served, str(ada.key)) as other:
        path = f"/v1/threads/{thread['id']}/messages"
        second = await other.post(path, content=first.request.content, headers={"idempotency-key": "k"})

    assert (second.status_code, second.content, second.headers[REPLAYED]) == (200, first.content, "true")


async def test_another_process_takes_over_the_claim_of_a_killed_process(
    mongo_client: AsyncMongoClient[Any], served: LiveServer, ada: Person, thread: dict[str, Any]
) -> None:
    first = await asyncio.to_thread(append, ada, thread, "k")
    # The state of a process that was killed after it wrote the message and before it completed the claim.
    still = {"status": None, "locked_until": datetime.now(UTC) + timedelta(minutes=1)}
    claim = claims(served).find_one_and_update({}, {"$set": still}, sort=[("created_at", -1)])
    assert claim is not None

    async with another_process(mongo_client, served, str(ada.key)) as other:

        async def again() -> httpx2.Response:
            path = f"/v1/threads/{thread['id']}/messages"
            return await other.post(path, content=first.request.content, headers={"idempotency-key": "k"})

        waiting = await again()
        long_ago = datetime.now(UTC) - timedelta(seconds=1)
        claims(served).update_one({"_id": claim["_id"]}, {"$set": {"locked_until": long_ago}})
        taken_over = await again()

    assert (waiting.status_code, waiting.json()["error"], waiting.headers["retry-after"]) == (409, "StillRunning", "1")
    assert taken_over.json() == first.json()
    assert await asyncio.to_thread(length, ada, thread) == 1
