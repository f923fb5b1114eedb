"""A user sends the worst files to the service: each import ends with one sentence, and the service goes on answering."""

from __future__ import annotations

import gzip
import io
import json
import os
import tempfile
import threading
import time
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import pytest

from threadkeep import Client
from threadkeep.tests.live_server import run_live_server
from threadkeep.tests.transfer.importer.formats.chatgpt_export import line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pymongo import MongoClient

    from threadkeep.tests.live_server import LiveServer

MIB = 1024 * 1024
MOST_SECONDS = 5
"""The longest answer to another request meanwhile, on a busy machine with two cores."""
CHATS = json.dumps([line(("user", "When?"), ("assistant", "At two."))]).encode()


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as packed:
        for name, content in members.items():
            packed.writestr(name, content)
    return file.getvalue()


def overlapping() -> bytes:
    """A thousand members that are the same bytes."""
    whole = zipped({"0.json": CHATS + b" " * MIB})
    entry, end = whole.index(b"PK\x01\x02"), whole.index(b"PK\x05\x06")
    count = 1000
    directory = whole[entry:end] * count
    number, size = count.to_bytes(2, "little"), len(directory).to_bytes(4, "little")
    return whole[:entry] + directory + whole[end : end + 8] + number * 2 + size + entry.to_bytes(4, "little") + b"\0\0"


def lying() -> bytes:
    """A list of members that says other sizes than the members have."""
    whole = bytearray(zipped({"a.json": CHATS * 100}))
    entry = whole.index(b"PK\x01\x02")
    whole[entry + 20 : entry + 28] = (2**31).to_bytes(4, "little") + (7).to_bytes(4, "little")
    return bytes(whole)


def spaces() -> bytes:
    """10 GiB of spaces."""
    return gzip.compress(b" " * 64 * MIB) * 160


def many_members() -> bytes:
    return zipped({f"{number}.json": b"{}" for number in range(50_000)}, zipfile.ZIP_STORED)


def odd_names() -> bytes:
    names = ("../../evil.json", "/evil.json", "evil\0.json", "C:\\evil.json", "e\nvil.json")
    return zipped({name: CHATS.replace(b"0001", b"000%d" % number) for number, name in enumerate(names)})


ATTACKS: dict[str, Callable[[], bytes]] = {
    "a bomb in a bomb": lambda: zipped({"a.json": gzip.compress(gzip.compress(b"[" + b" " * 300 * MIB))}),
    "a bomb": lambda: zipped({"a.json": b"[" + b" " * 300 * MIB}),
    "members that overlap": overlapping,
    "a list that lies": lying,
    "spaces": spaces,
    "Parquet": lambda: b"PAR1" + os.urandom(10_000) + b"PAR1",
    "many members": many_members,
    "odd names": odd_names,
    "LZMA": lambda: zipped({"a.json": CHATS}, zipfile.ZIP_LZMA),
    "one large value": lambda: b'[{"mapping":{},"x":{' + b",".join(b'"%07d":1' % n for n in range(2_000_000)) + b"}}]",
    "nothing but brackets": lambda: b"[" * 10 * MIB,
    "damaged values": lambda: b'[{"mapping":{},"conversation_id":"c"}' + b",{x}" * MIB + b"]",
}
STORES = frozenset({"odd names"})
"""The attacks that hold a conversation which is imported."""


@pytest.fixture(scope="module")
def server(mongo: MongoClient[dict[str, Any]], mongo_url: str) -> Iterator[LiveServer]:
    with run_live_server(mongo, mongo_url, max_import_unpacked_bytes=100 * MIB) as server:
        yield server


class Visitor:
    """Asks the service for a thread again and again, and notes the longest time of an answer."""

    def __init__(self, server: LiveServer, thread_id: str) -> None:
        self.longest = 0.0
        self._server, self._thread_id = server, thread_id
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._ask)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _ask(self) -> None:
        with Client(self._server.url, self._server.admin_key) as client:
            while not self._stop.wait(0.02):
                began = time.monotonic()
                client.thread_service.get_thread(self._thread_id)
                self.longest = max(self.longest, time.monotonic() - began)


LONG = {"many members", "members that overlap", "a bomb in a bomb"}
"""Attacks whose file is made and read for long."""


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "attack", [pytest.param(name, marks=[pytest.mark.chaos] if name in LONG else []) for name in ATTACKS]
)
def test_the_worst_files_end_with_a_sentence_and_nobody_waits(
    server: LiveServer, attack: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.empty()
    folder = tmp_path / "a/b/c"
    folder.mkdir(parents=True)
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.chdir(folder)
    content = ATTACKS[attack]()
    with Client(server.url, server.admin_key) as admin:
        ada, thread = admin.user_service.create_user(), admin.thread_service.create_thread()
        key = admin.key_service.create_key("user", user_id=ada.id).plain_key
        with Client(server.url, key) as client, Visitor(server, thread.id) as visitor:
            job = client.import_service.create_import(content)
            while not (job := client.import_service.get_import(job.id)).is_finished:
                time.sleep(0.05)
            threads = client.thread_service.find_threads()

    said = [job.error or "", *(str(one["reason"]) for one in job.report.get("problems", ()))]
    assert all("\n" not in one and len(one) <= 2500 for one in said)
    assert any(said) or threads or job.report["notes"]
    assert bool(threads) == (attack in STORES)
    assert visitor.longest < MOST_SECONDS
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    assert not Path("/evil.json").exists()
    while server.database["import_chunks"].count_documents({}):  # removed right after the import has ended
        time.sleep(0.02)
