"""Requests whose process ends when all is written and nothing is answered, sent again to another process with the same key.

Two applications in one process, on one database; what ends is the request, right before its claim would be marked as answered.
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
Asked = tuple[str, str, Any]
CHUNK = {"thread_id": "{thread}", "content": "upon a time"}

MAKING: list[Asked] = [
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
CHANGING: list[Asked] = [
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
DELETING: list[Asked] = [
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
    """Two services, and what is stored before the request comes."""

    def __init__(self, keeps: Pair, clients: list[httpx2.AsyncClient]) -> None:
        self.keeps = keeps
        self._clients = clients
        self.ids: dict[str, str] = {}
        self._key = ""

    async def fill(self) -> None:
        """Make something of each kind to which requests can be made."""
        keep, self._key = self.keeps[0], secrets.token_hex(8)
        user = await keep.user_service.create_user(full_name="Ada")
        thread = await keep.thread_service.create_thread([user.id], messages=[{"content": text} for text in "abc"])
        key = await keep.key_service.create_key("user", user_id=user.id)
        chunk = self.said(CHUNK | {"content": "Once ", "is_last_chunk": False}, thread=thread.id)
        await self._clients[0].post("/v1/messages/assistant", json=chunk)
        made = (await self._clients[0].post("/openai/v1/conversations", json=ITEMS)).json()["id"]
        items = (await self._clients[0].get(f"/openai/v1/conversations/{made}/items")).json()["data"]
        self.ids = {"user": user.id, "thread": thread.id, "key": key.details.prefix, "conversation": made}
        self.ids |= {"message": (await keep.message_service.list_messages(thread.id))[1].id, "item": items[0]["id"]}

    def said(self, body: Any, **ids: str) -> Any:
        """The body with the ids it names."""
        if isinstance(body, str):
            return body.format(**self.ids | ids)
        if isinstance(body, list):
            return [self.said(part, **ids) for part in body]
        return {name: self.said(part, **ids) for name, part in body.items()} if isinstance(body, dict) else body

    async def ask(
        self, process: int, method: str, path: str, body: Any, key: str | None = None, **headers: str
    ) -> httpx2.Response:
        headers["idempotency-key"] = key or self._key
        return await self._clients[process].request(method, self.said(path), json=self.said(body), headers=headers)

    async def bury(self) -> None:
        """Let the first process have said nothing for long."""
        claims = self.keeps[1].runtime.documents.idempotency_keys.get_pymongo_collection()
        await claims.update_many({"status": None}, {"$set": {"locked_until": now() - timedelta(seconds=1)}})

    async def stored(self) -> dict[str, list[Any]]:
        """Everything but what cannot be the same twice: a key's secret, and when a user was changed last."""
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


@pytest.mark.parametrize("requests", [MAKING, CHANGING, DELETING], ids=["making", "changing", "deleting"])
async def test_request_that_was_done_and_not_answered_is_answered_and_not_done_twice(
    processes: Processes, monkeypatch: pytest.MonkeyPatch, requests: list[Asked]
) -> None:
    end_before_answering(monkeypatch, processes.keeps[0])
    for asked in requests:
        await processes.fill()
        before = await processes.stored()
        with pytest.raises(Killed):
            await processes.ask(0, *asked)
        done = await processes.stored()
        await processes.bury()

        answer = await processes.ask(1, *asked)

        assert answer.is_success, (asked, answer.text)
        assert before != done, asked
        assert await processes.stored() == done, asked


@pytest.mark.parametrize("requests", [MAKING, CHANGING, DELETING], ids=["making", "changing", "deleting"])
async def test_request_that_was_answered_is_answered_from_what_is_stored_and_not_done_twice(
    processes: Processes, requests: list[Asked]
) -> None:
    for asked in requests:
        await processes.fill()
        first = await processes.ask(0, *asked)
        done = await processes.stored()

        again = await processes.ask(1, *asked)

        assert await processes.stored() == done, asked
        if asked[1].endswith("keys"):
            assert (again.status_code, again.json()["error"]) == (409, "AnsweredOnce"), asked
            continue
        assert (again.status_code, again.headers.get("idempotent-replayed")) == (first.status_code, "true"), asked
        assert again.headers.get("etag") == first.headers.get("etag"), asked
        if asked[:2] == ("DELETE", "/v1/users/{user}"):  # the counts of an erasure are not kept
            assert again.json() == first.json() | {"threads_deleted": 0, "keys_revoked": 0}
        else:
            assert again.content == first.content, asked


async def test_late_retry_of_a_change_does_not_undo_a_later_change(processes: Processes) -> None:
    await processes.fill()
    first: Asked = ("PUT", "/v1/messages/{message}", {"content": "first"})
    await processes.ask(0, *first)
    await processes.ask(0, "PUT", "/v1/messages/{message}", {"content": "later"}, "another request")

    again = await processes.ask(1, *first)

    assert (again.status_code, again.json()["content"], again.headers["etag"]) == (200, "later", '"3"')


async def test_retry_of_what_was_deleted_since_brings_nothing_back_and_shows_nothing(processes: Processes) -> None:
    await processes.fill()
    expected: list[tuple[Asked, Asked, int]] = [
        (("POST", "/v1/threads/{thread}/messages", TWO), ("DELETE", "/v1/messages/{made}", None), 409),
        (("PUT", "/v1/messages/{message}", {"content": "x"}), ("DELETE", "/v1/messages/{message}", None), 404),
        (("POST", "/v1/threads", TWO), ("DELETE", "/v1/threads/{made}", None), 409),
        (("POST", "/v1/threads/{thread}/messages", TWO), ("DELETE", "/v1/threads/{thread}", None), 404),
        (("POST", "/v1/users", {"full_name": "Eve"}), ("DELETE", "/v1/users/{made}", None), 409),
        (("PUT", "/v1/users/{user}", {"full_name": "Eve"}), ("DELETE", "/v1/users/{user}", None), 404),
    ]
    for number, (asked, deletion, status) in enumerate(expected):
        made = (await processes.ask(0, *asked, f"made {number}")).json()
        processes.ids["made"] = made["data"][0]["id"] if "data" in made else made["id"]
        assert (await processes.ask(0, *deletion, f"deleted {number}")).is_success
        done = await processes.stored()

        again = await processes.ask(1, *asked, f"made {number}")

        assert again.status_code == status, (asked, again.text)
        assert "Eve" not in again.text
        assert await processes.stored() == done, asked


async def test_change_with_if_match_is_not_refused_because_it_was_made(
    processes: Processes, monkeypatch: pytest.MonkeyPatch
) -> None:
    end_before_answering(monkeypatch, processes.keeps[0])
    for method, path, body in CHANGING[1:-2]:
        await processes.fill()
        whole = path.removesuffix("/metadata")
        known = {"if-match": (await processes.ask(1, "GET", whole, None)).headers["etag"]}
        with pytest.raises(Killed):
            await processes.ask(0, method, path, body, **known)
        await processes.bury()

        answer = await processes.ask(1, method, path, body, **known)
        new = (await processes.ask(1, "GET", whole, None)).headers["etag"]
        late = await processes.ask(1, method, path, body, "another request", **known)

        assert (answer.status_code, answer.headers["etag"]) == (200, new), path
        assert late.status_code == 412, path


async def test_what_was_never_there_is_not_deleted_by_asking_again(processes: Processes) -> None:
    await processes.fill()
    again = processes.keeps[0].acting_as(Caller("admin", request_ids=RequestIds("seed", 1, is_retry=True)))
    elsewhere = again.message_service.delete_message(processes.ids["message"], thread_id=processes.ids["conversation"])
    nowhere = again.message_service.delete_message("message_none")

    for deletion in (elsewhere, nowhere, again.thread_service.delete_thread("thread_none")):
        with pytest.raises(NotFound):
            await deletion


async def test_last_chunk_whose_process_ends_before_the_draft_is_dropped_leaves_nothing_for_the_next_message(
    processes: Processes, monkeypatch: pytest.MonkeyPatch
) -> None:
    await processes.fill()
    drafts = processes.keeps[0].runtime.documents.database["drafts"]
    kill_at(monkeypatch, drafts, "delete_one")
    with pytest.raises(Killed):
        await processes.ask(0, "POST", "/v1/messages/assistant", CHUNK | {"is_last_chunk": True}, "last chunk")

    texts = []
    for last in (False, True):
        body = CHUNK | {"content": "The end. ", "is_last_chunk": last}
        texts.append((await processes.ask(1, "POST", "/v1/messages/assistant", body, f"next {last}")).json())
    listing = await processes.ask(1, "GET", "/v1/threads/{thread}/messages", None)

    assert texts[0] is None
    assert [message["content"] for message in listing.json()["data"]][3:] == ["Once upon a time", "The end. The end. "]


@pytest.mark.parametrize("tuning", [Tuning(write_may_run_seconds=0)])
async def test_draft_whose_message_never_came_goes_on(processes: Processes, monkeypatch: pytest.MonkeyPatch) -> None:
    await processes.fill()
    kill_at(monkeypatch, processes.keeps[0].runtime.documents.database["messages"], "insert_one")
    with pytest.raises(Killed):
        await processes.ask(0, "POST", "/v1/messages/assistant", CHUNK | {"is_last_chunk": True}, "last chunk")

    answers = [
        await processes.ask(1, "POST", "/v1/messages/assistant", CHUNK | {"content": text, "is_last_chunk": last}, text)
        for text, last in (("upon ", False), ("a time", True))
    ]

    assert answers[1].json()["content"] == "Once upon a time"
