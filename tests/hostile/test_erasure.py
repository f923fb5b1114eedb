"""After an erasure or a deletion, nothing that Threadkeep stores, answers, exports or logs holds what was there."""

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
    """A database full of canaries, and the ids of what holds them."""

    def __init__(self, http: httpx2.AsyncClient, keep: Threadkeep) -> None:
        self.http = http
        self.keep = keep
        self.canaries = Canaries()
        self.writer = Writer(http)
        self.ids: dict[str, str] = {}

    async def fill(self) -> None:
        """Plant the canaries, also in the daily facts."""
        user, key = await write_user(self.writer, self.canaries)
        other = (await self.writer.send("POST", "/v1/users", {"full_name": "Other"}))["id"]
        thread, message = await write_native_thread(self.writer, self.canaries, user, [other])
        openai, conversation = await write_openai(self.writer, self.canaries, key)
        body = {"participant_ids": [other, user], "owner_id": other, "messages": []}
        foreign = (await self.writer.send("POST", "/v1/threads", body))["id"]
        await self.writer.send("PUT", f"/v1/threads/{foreign}", {"meta_data": {"a": 1}})  # its answer has addresses
        said = {"content": self.canaries("stays.content"), "sender_id": user}
        stays = (await self.writer.send("POST", f"/v1/threads/{foreign}/messages", said))["id"]
        chunk = {"thread_id": foreign, "content": self.canaries("draft.chunk"), "is_last_chunk": False}
        await self.writer.send("POST", "/v1/messages/assistant", chunk, key=key)
        rows = self.keep.runtime.documents.database["messages"]
        await rows.update_one({"_id": message}, {"$set": {"type": self.canaries("message.type")}})
        await self.compute_facts()
        self.ids = {"user": user, "other": other, "thread": thread, "message": message, "openai": openai}
        self.ids |= {"conversation": conversation, "stays": stays}

    async def compute_facts(self) -> None:
        """Bring the daily facts of analytics up to date."""
        assert await Rollups(self.keep.runtime.documents).run() is not None

    async def stored(self) -> set[str]:
        """The canaries in the bytes of all collections."""
        return self.canaries.found_in(b"".join([row async for row in self._rows()]))

    async def holds(self, text: str) -> bool:
        """Whether a document holds this text."""
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

    async def told(self, folder: Path) -> set[str]:
        """The canaries in what is answered and written out: repeated writes, reads, metrics, exports and the report."""
        texts = [*await self.writer.repeated()]
        paths = ("/metrics", "/v1/users", "/v1/threads", f"/v1/threads?participant_id={self.ids['other']}")
        texts += [(await self.http.get(path)).text for path in paths]
        await export(self.keep, folder / "all.jsonl")
        await export(self.keep, folder / "all", format="parquet")
        return self.canaries.found_in("".join(texts)) | self.exported(folder)

    async def reported(self, path: Path) -> set[str]:
        """The canaries in a report about today."""
        midnight = last_days(1).until
        await write_report(self.keep, path, Period(midnight, midnight + timedelta(days=1)))
        return self.canaries.found_in(path.read_bytes())  # noqa: ASYNC240 - nothing else runs meanwhile

    def exported(self, folder: Path) -> set[str]:
        """The canaries in a JSON Lines file. Checks that the Parquet files hold the same ones."""
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
        lines = [line for line in read_log().splitlines() if '"logger": "http' not in line]  # the test's own client's

        assert scene.canaries.found_in("\n".join(lines)) == set()


def places(scene: Scene, *prefixes: str) -> set[str]:
    return scene.canaries.planted(*prefixes)


async def test_each_canary_is_stored_before_anything_is_deleted(scene: Scene, tmp_path: Path) -> None:
    """Else the other tests would prove nothing. What a change replaced is gone already."""
    replaced = places(scene, "replaced.text", "replaced.image", "replaced.detail", "replaced.key", "replaced.value")
    replaced |= {"user.given_name", "openai.value"}

    assert await scene.stored() == places(scene, "") - replaced
    told = places(scene, "thread.", "message.", "user.full_name", "stays.") - {"thread.chunk_2"}
    assert await scene.told(tmp_path) >= told
    assert scene.exported(tmp_path) >= told


async def test_erased_user_is_nowhere(scene: Scene, tmp_path: Path) -> None:
    user = scene.ids["user"]
    reported = await scene.reported(tmp_path / "before.html")

    await scene.writer.send("DELETE", f"/v1/users/{user}")

    assert "message.assistant" in reported  # else the next report would prove nothing
    assert not await scene.holds(user)
    assert await scene.reported(tmp_path / "after.html") == set()  # it brings the daily facts up to date
    assert await scene.stored() == {"stays.content"}
    assert await scene.told(tmp_path) == {"stays.content"}
    assert not await scene.holds(user)
    assert (await scene.keep.message_service.get_message(scene.ids["stays"])).sender_id == "deleted_user"


async def test_deleted_messages_and_threads_are_nowhere(scene: Scene, tmp_path: Path) -> None:
    for paths, prefixes in (
        (["/v1/messages/{message}"], ["message."]),
        (["/v1/threads/{thread}"], ["thread.", "replaced."]),
        (["/openai/v1/threads/{openai}", "/openai/v1/conversations/{conversation}"], ["openai."]),
    ):
        gone = places(scene, *prefixes)
        for path in paths:
            await scene.writer.send("DELETE", path.format(**scene.ids))
        await scene.compute_facts()

        assert await scene.stored() & gone == set()
    assert await scene.told(tmp_path) & places(scene, "message.", "thread.", "replaced.", "openai.") == set()
