"""Requests whose process ends after all writes and before the answer, retried at another process with the same key.

Two applications in one process use one database. The first request ends right before its claim is marked as answered.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from threadkeep.app import create_app
from threadkeep.client.options import certificates
from threadkeep.clock import now
from threadkeep.errors import NotFound
from threadkeep.services import Caller, RequestIds, Tuning
from threadkeep.settings import Settings
from threadkeep.tests.services.interference import Killed, kill_at

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from threadkeep.keep import Threadkeep
    from threadkeep.tests.faults.conftest import Pair

TWO = {"messages": [{"content": "x"}, {"content": "y", "role": "assistant"}]}
ITEMS = {"items": [{"type": "message", "role": "user", "content": "x"}]}
Request = tuple[str, str, Any]
CHUNK = {"thread_id": "{thread}", "content": "upon a time"}

CREATIONS: list[Request] = [
    ("POST", "/v1/users", {"email": "ada@example.com"}),
    ("POST", "/v1/threads", {"participant_ids": ["{user}"]} | TWO),
    ("POST", "/v1/threads/{thread}/messages", {"content": "x"}),
    ("POST", "/v1/threads/{thread}/messages", TWO),
    ("POST", "/v1/messages/tools", {"thread_id": "{thread}", "content": "42", "tool_call_id": "call_1"}),
    ("POST", "/v1/messages/assistant", CHUNK | {"is_last_chunk": False}),
    ("POST", "/v1/messages/assistant", CHUNK | {"is_last_chunk": True}),
    ("POST", "/v1/users/{user}/apikeys", {"key_name": "laptop"}),
    ("POST", "/v1/admin/keys", {"scope": "service"}),
    ("POST", "/openai/v1/threads", {"messages": [{"role": "user", "content": "x"}]}),
    ("POST", "/openai/v1/threads/{thread}/messages", {"role": "user", "content": "x"}),
    ("POST", "/openai/v1/conversations", ITEMS),
    ("POST", "/openai/v1/conversations/{conversation}/items", ITEMS),
]
CHANGES: list[Request] = [
    ("PUT", "/v1/users/{user}", {"full_name": "Ada L."}),
    ("PUT", "/v1/threads/{thread}", {"meta_data": {"a": True}}),
    ("PUT", "/v1/threads/{thread}", {"participant_ids": []}),
    ("PUT", "/v1/threads/{thread}/metadata", {"a": 1}),
    ("PUT", "/v1/messages/{message}", {"content": "changed", "meta_data": {"a": True}}),
    ("PUT", "/v1/messages/{message}", {"status": "completed"}),
    ("PUT", "/v1/threads/{thread}/messages/{message}", {"content": [{"type": "text", "text": "parts"}]}),
    ("POST", "/openai/v1/threads/{thread}", {"metadata": {"a": "1"}}),
    ("POST", "/openai/v1/threads/{thread}/messages/{message}", {"metadata": {"a": "1"}}),
]
DELETIONS: list[Request] = [
    ("DELETE", "/v1/users/{user}", None),
    ("DELETE", "/v1/threads/{thread}", None),
    ("DELETE", "/v1/messages/{message}", None),
    ("DELETE", "/v1/threads/{thread}/messages/{message}", None),
    ("DELETE", "/v1/users/{user}/apikeys/{key}", None),
    ("DELETE", "/openai/v1/threads/{thread}", None),
    ("DELETE", "/openai/v1/threads/{thread}/messages/{message}", None),
    ("DELETE", "/openai/v1/conversations/{conversation}", None),
    ("DELETE", "/openai/v1/conversations/{conversation}/items/{item}", None),
]


class Processes:
    """Two services on one database, and the ids of the objects that requests name."""

    def __init__(self, keeps: Pair, clients: list[httpx2.AsyncClient]) -> None:
        self.keeps = keeps
        self._clients = clients
        self.ids: dict[str, str] = {}
        self._key = ""

    async def fill(self) -> None:
        """Store one object of each kind that requests name."""
        self.use_new_key()
        keep = self.keeps[0]
        user = await keep.user_service.create_user(full_name="Ada")
        thread = await keep.thread_service.create_thread([user.id], messages=[{"content": text} for text in "abc"])
        key = await keep.key_service.create_key("user", user_id=user.id)
        chunk = self.with_ids(CHUNK | {"content": "Once ", "is_last_chunk": False}, thread=thread.id)
        await self._clients[0].post("/v1/messages/assistant", json=chunk)
        made = (await self._clients[0].post("/openai/v1/conversations", json=ITEMS)).json()["id"]
        items = (await self._clients[0].get(f"/openai/v1/conversations/{made}/items")).json()["data"]
        self.ids = {"user": user.id, "thread": thread.id, "key": key.details.prefix, "conversation": made}
        self.ids |= {"message": (await keep.message_service.list_messages(thread.id))[1].id, "item": items[0]["id"]}

    async def prepare(self, request: Request) -> None:
        """Use another idempotency key. A deletion gets new objects, because the last one has deleted some."""
        if request[0] == "DELETE":
            await self.fill()
        self.use_new_key()

    def use_new_key(self) -> None:
        """Send the following requests with another idempotency key."""
        self._key = secrets.token_hex(8)

    def with_ids(self, body: Any, **ids: str) -> Any:
        """Return the body with ids in its placeholders."""
        if isinstance(body, str):
            return body.format(**self.ids | ids)
        if isinstance(body, list):
            return [self.with_ids(part, **ids) for part in body]
        return {name: self.with_ids(part, **ids) for name, part in body.items()} if isinstance(body, dict) else body

    async def send(
        self, process: int, method: str, path: str, body: Any, key: str | None = None, **headers: str
    ) -> httpx2.Response:
        headers["idempotency-key"] = key or self._key
        return await self._clients[process].request(
            method, self.with_ids(path), json=self.with_ids(body), headers=headers
        )

    async def expire_claims(self) -> None:
        """Expire the claims of the first process, so that the second may take them over."""
        claims = self.keeps[1].runtime.documents.idempotency_keys.get_pymongo_collection()
        await claims.update_many({"status": None}, {"$set": {"locked_until": now() - timedelta(seconds=1)}})

    async def stored(self) -> dict[str, list[Any]]:
        """Return all rows without the hashes of keys and the times of users and keys: a retry may store these anew."""
        database = self.keeps[1].runtime.documents.database
        names = ("users", "threads", "messages", "deleted_messages", "deleted_threads", "drafts", "api_keys")
        left_out = {"hash": 0, "last_used_at": 0}
        found = {name: await database[name].find({}, left_out).sort("_id").to_list() for name in names}
        for row in (*found["users"], *found["api_keys"]):
            row.pop("updated_at", None)
            row.pop("created_at")
        return found


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
        (("POST", "/v1/users", {"full_name": "Eve"}), ("DELETE", "/v1/users/{made}", None), 409),
        (("PUT", "/v1/users/{user}", {"full_name": "Eve"}), ("DELETE", "/v1/users/{user}", None), 404),
    ]
    for number, (request, deletion, status) in enumerate(expected):
        made = (await processes.send(0, *request, f"made {number}")).json()
        processes.ids["made"] = made["data"][0]["id"] if "data" in made else made["id"]
        assert (await processes.send(0, *deletion, f"deleted {number}")).is_success
        done = await processes.stored()

        again = await processes.send(1, *request, f"made {number}")

        assert again.status_code == status, (request, again.text)
        assert "Eve" not in again.text
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
