"""After an erasure or a deletion, no stored data, answer, export, report or log line contains the deleted texts."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from bson.raw_bson import RawBSONDocument
from pyarrow.parquet import read_table

from threadkeep.keep import Threadkeep
from threadkeep.report import Period, last_days, write_report
from threadkeep.services.analytics import Rollups
from threadkeep.tests.hostile.canaries import Canaries, Writer, write_native_thread, write_openai, write_user
from threadkeep.tests.routers.another_process import another_process
from threadkeep.transfer.exporter import export

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    import httpx2
    from pymongo import AsyncMongoClient

    from threadkeep.tests.conftest import ConfigureLog
    from threadkeep.tests.live_server import LiveServer


class Scene:
    """A database with canaries in every field, and the ids of its users, threads and messages."""

    def __init__(self, http: httpx2.AsyncClient, keep: Threadkeep) -> None:
        self.http = http
        self.keep = keep
        self.canaries = Canaries()
        self.writer = Writer(http)
        self.ids: dict[str, str] = {}

    async def fill(self) -> None:
        """Store the canaries, also in the daily facts."""
        user, key = await write_user(self.writer, self.canaries)
        other = (await self.writer.send("POST", "/v1/users", {"full_name": "Other"}))["id"]
        thread, message = await write_native_thread(self.writer, self.canaries, user, [other])
        openai, conversation = await write_openai(self.writer, self.canaries, key)
        body = {"participant_ids": [other, user], "owner_id": other, "messages": []}
        foreign = (await self.writer.send("POST", "/v1/threads", body))["id"]
        await self.writer.send(
            "PUT", f"/v1/threads/{foreign}", {"meta_data": {"a": 1}}
        )  # its answer has e-mail addresses
        message_body = {"content": self.canaries("stays.content"), "sender_id": user}
        remaining = (await self.writer.send("POST", f"/v1/threads/{foreign}/messages", message_body))["id"]
        chunk = {"thread_id": foreign, "content": self.canaries("draft.chunk"), "is_last_chunk": False}
        await self.writer.send("POST", "/v1/messages/assistant", chunk, key=key)
        rows = self.keep.runtime.documents.database["messages"]
        await rows.update_one({"_id": message}, {"$set": {"type": self.canaries("message.type")}})
        await self.compute_facts()
        self.ids = {"user": user, "other": other, "thread": thread, "message": message, "openai": openai}
        self.ids |= {"conversation": conversation, "remaining": remaining}

    async def compute_facts(self) -> None:
        """Bring the daily facts of analytics up to date."""
        assert await Rollups(self.keep.runtime.documents).run() is not None

    async def stored(self) -> set[str]:
        """Return the canaries in the bytes of all collections."""
        return self.canaries.found_in(b"".join([row async for row in self._rows()]))

    async def contains(self, text: str) -> bool:
        """Return whether a document contains this text."""
        return any([text.encode() in row async for row in self._rows()])

    async def _rows(self) -> AsyncIterator[bytes]:
        database = self.keep.runtime.documents.database
        for found in await (await database.list_collections()).to_list():
            if found["type"] == "collection":
                raw: Any = database.get_collection(
                    found["name"], codec_options=database.codec_options.with_options(document_class=RawBSONDocument)
                )
                async for row in raw.find():
                    yield row.raw

    async def answered_or_exported(self, folder: Path) -> set[str]:
        """Return the canaries in answers to repeated writes and to reads, in metrics and in exports."""
        texts = [*await self.writer.repeated()]
        paths = ("/metrics", "/v1/users", "/v1/threads", f"/v1/threads?participant_id={self.ids['other']}")
        texts += [(await self.http.get(path)).text for path in paths]
        await export(self.keep, folder / "all.jsonl")
        await export(self.keep, folder / "all", format="parquet")
        return self.canaries.found_in("".join(texts)) | self.exported(folder)

    async def reported(self, path: Path) -> set[str]:
        """Return the canaries in a report about today."""
        midnight = last_days(1).until
        await write_report(self.keep, path, Period(midnight, midnight + timedelta(days=1)))
        return self.canaries.found_in(path.read_bytes())  # noqa: ASYNC240 - no other task runs

    def exported(self, folder: Path) -> set[str]:
        """Return the canaries in the JSON Lines file. The Parquet files must contain the same canaries."""
        lines = self.canaries.found_in((folder / "all.jsonl").read_bytes())
        tables = [str(read_table(path).to_pylist()) for path in (folder / "all").rglob("*.parquet")]
        assert self.canaries.found_in("".join(tables)) == lines
        return lines


@pytest.fixture
async def scene(
    mongo_client: AsyncMongoClient[Any], live_server: LiveServer, configure_log: ConfigureLog
) -> AsyncIterator[Scene]:
    read_log = configure_log(log_format="json", log_level="debug", access_log=True)
    database = live_server.database.name
    async with (
        another_process(mongo_client, live_server, live_server.admin_key, access_log=True) as http,
        Threadkeep(mongo_client, database=database, sweep_seconds=None) as keep,
    ):
        scene = Scene(http, keep)
        await scene.fill()
        yield scene
        lines = [
            line for line in read_log().splitlines() if '"logger": "http' not in line
        ]  # without lines of the client of the test

        assert scene.canaries.found_in("\n".join(lines)) == set()


def names_of(scene: Scene, *prefixes: str) -> set[str]:
    return scene.canaries.planted(*prefixes)


@pytest.mark.slow
async def test_each_canary_is_stored_before_a_deletion(scene: Scene, tmp_path: Path) -> None:
    """The other tests rely on this one. Replaced values are not stored any more."""
    replaced = names_of(scene, "replaced.text", "replaced.image", "replaced.detail", "replaced.key", "replaced.value")
    replaced |= {"user.given_name", "user.external_id", "openai.value"}

    assert await scene.stored() == names_of(scene, "") - replaced
    expected = names_of(scene, "thread.", "message.", "user.full_name", "stays.") - {"thread.chunk_2"}
    assert await scene.answered_or_exported(tmp_path) >= expected
    assert scene.exported(tmp_path) >= expected


@pytest.mark.slow
async def test_an_erased_user_is_in_no_collection_answer_export_or_report(scene: Scene, tmp_path: Path) -> None:
    user = scene.ids["user"]
    reported = await scene.reported(tmp_path / "before.html")

    await scene.writer.send("DELETE", f"/v1/users/{user}")

    assert "message.assistant" in reported  # the check of the next report relies on it
    assert not await scene.contains(user)
    assert await scene.reported(tmp_path / "after.html") == set()  # the report updates the daily facts
    assert await scene.stored() == {"stays.content"}
    assert await scene.answered_or_exported(tmp_path) == {"stays.content"}
    assert not await scene.contains(user)
    assert (await scene.keep.message_service.get_message(scene.ids["remaining"])).sender_id == "deleted_user"


@pytest.mark.slow
async def test_deleted_messages_and_threads_are_in_no_collection_answer_or_export(scene: Scene, tmp_path: Path) -> None:
    for paths, prefixes in (
        (["/v1/messages/{message}"], ["message."]),
        (["/v1/threads/{thread}"], ["thread.", "replaced."]),
        (["/openai/v1/threads/{openai}", "/openai/v1/conversations/{conversation}"], ["openai."]),
    ):
        deleted = names_of(scene, *prefixes)
        for path in paths:
            await scene.writer.send("DELETE", path.format(**scene.ids))
        await scene.compute_facts()

        assert await scene.stored() & deleted == set()
    assert (
        await scene.answered_or_exported(tmp_path) & names_of(scene, "message.", "thread.", "replaced.", "openai.")
        == set()
    )
