"""Requests whose process ends after all writes and before the answer, retried at another process with the same key.

Two applications in one process use one database. The first request ends right before its claim is marked as answered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from threadkeep.app import create_app
from threadkeep.client.options import certificates
from threadkeep.errors import NotFound
from threadkeep.services import Caller, RequestIds, Tuning
from threadkeep.settings import Settings
from threadkeep.tests.faults.lost_answers import CHANGES, CHUNK, CREATIONS, DELETIONS, TWO, Processes, Request
from threadkeep.tests.services.interference import Killed, kill_at

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from threadkeep.keep import Threadkeep
    from threadkeep.tests.faults.conftest import Pair


@pytest.fixture
async def processes(keeps: Pair) -> AsyncIterator[Processes]:
    settings = Settings.model_construct(auth=False)
    apps = [create_app(settings, keep=keep) for keep in keeps]
    one, other = apps
    async with one.router.lifespan_context(one), other.router.lifespan_context(other):
        clients = [
            httpx2.AsyncClient(verify=certificates(), transport=httpx2.ASGITransport(app), base_url="http://test")
            for app in apps
        ]
        processes = Processes(keeps, clients)
        yield processes
        for client in clients:
            await client.aclose()


def end_before_answering(monkeypatch: pytest.MonkeyPatch, keep: Threadkeep) -> None:
    async def killed(*_: Any) -> None:
        raise Killed

    monkeypatch.setattr(keep.runtime.claims, "mark_answered", killed)


@pytest.mark.slow
@pytest.mark.parametrize("requests", [CREATIONS, CHANGES, DELETIONS], ids=["creations", "changes", "deletions"])
async def test_a_retry_of_an_unanswered_request_is_answered_and_changes_nothing(
    processes: Processes, monkeypatch: pytest.MonkeyPatch, requests: list[Request]
) -> None:
    end_before_answering(monkeypatch, processes.keeps[0])
    await processes.fill()
    for request in requests:
        await processes.prepare(request)
        before = await processes.stored()
        with pytest.raises(Killed):
            await processes.send(0, *request)
        done = await processes.stored()
        await processes.expire_claims()

        answer = await processes.send(1, *request)

        assert answer.is_success, (request, answer.text)
        assert before != done, request
        assert await processes.stored() == done, request


@pytest.mark.slow
@pytest.mark.parametrize("requests", [CREATIONS, CHANGES, DELETIONS], ids=["creations", "changes", "deletions"])
async def test_a_retry_of_an_answered_request_is_answered_from_stored_documents_and_changes_nothing(
    processes: Processes, requests: list[Request]
) -> None:
    await processes.fill()
    for request in requests:
        await processes.prepare(request)
        first = await processes.send(0, *request)
        done = await processes.stored()

        again = await processes.send(1, *request)

        assert await processes.stored() == done, request
        if request[1].endswith("keys"):
            assert (again.status_code, again.json()["error"]) == (409, "AnsweredOnce"), request
            continue
        assert (again.status_code, again.headers.get("idempotent-replayed")) == (first.status_code, "true"), request
        assert again.headers.get("etag") == first.headers.get("etag"), request
        if request[:2] == ("DELETE", "/v1/users/{user}"):  # the counts of an erasure are not stored
            assert again.json() == first.json() | {"threads_deleted": 0, "keys_revoked": 0}
        else:
            assert again.content == first.content, request


async def test_a_late_retry_of_a_change_does_not_undo_a_later_change(processes: Processes) -> None:
    await processes.fill()
    first: Request = ("PUT", "/v1/messages/{message}", {"content": "first"})
    await processes.send(0, *first)
    await processes.send(0, "PUT", "/v1/messages/{message}", {"content": "later"}, "another request")

    again = await processes.send(1, *first)

    assert (again.status_code, again.json()["content"], again.headers["etag"]) == (200, "later", '"3"')


async def test_a_retry_after_a_deletion_restores_nothing_and_shows_nothing(processes: Processes) -> None:
    await processes.fill()
    expected: list[tuple[Request, Request, int]] = [
        (("POST", "/v1/threads/{thread}/messages", TWO), ("DELETE", "/v1/messages/{made}", None), 409),
        (("PUT", "/v1/messages/{message}", {"content": "x"}), ("DELETE", "/v1/messages/{message}", None), 404),
        (("POST", "/v1/threads", TWO), ("DELETE", "/v1/threads/{made}", None), 409),
        (("POST", "/v1/threads/{thread}/messages", TWO), ("DELETE", "/v1/threads/{thread}", None), 404),
        (("POST", "/v1/users", {"full_name": "Eve Adams"}), ("DELETE", "/v1/users/{made}", None), 409),
        (("PUT", "/v1/users/{user}", {"full_name": "Eve Adams"}), ("DELETE", "/v1/users/{user}", None), 404),
    ]
    for number, (request, deletion, status) in enumerate(expected):
        made = (await processes.send(0, *request, f"made {number}")).json()
        processes.ids["made"] = made["data"][0]["id"] if "data" in made else made["id"]
        assert (await processes.send(0, *deletion, f"deleted {number}")).is_success
        done = await processes.stored()

        again = await processes.send(1, *request, f"made {number}")

        assert again.status_code == status, (request, again.text)
        assert "Eve Adams" not in again.text
        assert await processes.stored() == done, request


@pytest.mark.slow
async def test_a_retry_of_a_change_with_if_match_is_not_refused(
    processes: Processes, monkeypatch: pytest.MonkeyPatch
) -> None:
    end_before_answering(monkeypatch, processes.keeps[0])
    for method, path, body in CHANGES[1:-2]:
        await processes.fill()
        whole = path.removesuffix("/metadata")
        condition = {"if-match": (await processes.send(1, "GET", whole, None)).headers["etag"]}
        with pytest.raises(Killed):
            await processes.send(0, method, path, body, **condition)
        await processes.expire_claims()

        answer = await processes.send(1, method, path, body, **condition)
        new = (await processes.send(1, "GET", whole, None)).headers["etag"]
        late = await processes.send(1, method, path, body, "another request", **condition)

        assert (answer.status_code, answer.headers["etag"]) == (200, new), path
        assert late.status_code == 412, path


async def test_a_retry_of_a_deletion_of_an_unknown_object_raises_not_found(processes: Processes) -> None:
    await processes.fill()
    again = processes.keeps[0].acting_as(Caller("admin", request_ids=RequestIds("seed", 1, is_retry=True)))
    in_another_thread = again.message_service.delete_message(
        processes.ids["message"], thread_id=processes.ids["conversation"]
    )
    unknown = again.message_service.delete_message("message_none")

    for deletion in (in_another_thread, unknown, again.thread_service.delete_thread("thread_none")):
        with pytest.raises(NotFound):
            await deletion


async def test_a_draft_that_a_killed_process_did_not_delete_is_not_part_of_the_next_message(
    processes: Processes, monkeypatch: pytest.MonkeyPatch
) -> None:
    await processes.fill()
    drafts = processes.keeps[0].runtime.documents.database["drafts"]
    kill_at(monkeypatch, drafts, "delete_one")
    with pytest.raises(Killed):
        await processes.send(0, "POST", "/v1/messages/assistant", CHUNK | {"is_last_chunk": True}, "last chunk")

    texts = []
    for last in (False, True):
        body = CHUNK | {"content": "The end. ", "is_last_chunk": last}
        texts.append((await processes.send(1, "POST", "/v1/messages/assistant", body, f"next {last}")).json())
    listing = await processes.send(1, "GET", "/v1/threads/{thread}/messages", None)

    assert texts[0] is None
    assert [message["content"] for message in listing.json()["data"]][3:] == ["Once upon a time", "The end. The end. "]


@pytest.mark.usefixtures("_mongodb_7")
@pytest.mark.parametrize("tuning", [Tuning(write_may_run_seconds=0)])
async def test_a_draft_whose_message_was_not_stored_can_be_continued(
    processes: Processes, monkeypatch: pytest.MonkeyPatch
) -> None:
    await processes.fill()
    kill_at(monkeypatch, processes.keeps[0].runtime.documents.database["messages"], "insert_one")
    with pytest.raises(Killed):
        await processes.send(0, "POST", "/v1/messages/assistant", CHUNK | {"is_last_chunk": True}, "last chunk")

    answers = [
        await processes.send(
            1, "POST", "/v1/messages/assistant", CHUNK | {"content": text, "is_last_chunk": last}, text
        )
        for text, last in (("upon ", False), ("a time", True))
    ]

    assert answers[1].json()["content"] == "Once upon a time"
