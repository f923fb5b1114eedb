"""Files come alone, in folders, in zip files, compressed, in other encodings, and on the standard input."""

from __future__ import annotations

import gzip
import io
import json
import os
import sys
import threading
import time
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.errors import InvalidInput
from threadkeep.tests.transfer.importer.formats.chatgpt_export import line
from threadkeep.tests.transfer.importer.read_threads import read_threads
from threadkeep.transfer.importer.reading.archive import open_archive

if TYPE_CHECKING:
    from pathlib import Path

CHATS = [line(("user", "Grüße 🌊"), conversation_id="one"), line(("user", "Hi."), conversation_id="two")]
TEXT = json.dumps(CHATS, ensure_ascii=False)
BOTH = ["one", "two"]


def ids(*paths: Path | str) -> list[str]:
    found = read_threads(*paths)
    assert found.problems == []
    return [thread.row["_id"] for thread in found.threads]


ENCODED: dict[str, bytes] = {
    "plain": TEXT.encode(),
    "UTF-8 with a mark": TEXT.encode("utf-8-sig"),
    "UTF-16": TEXT.encode("utf-16"),
    "UTF-16, big-endian": b"\xfe\xff" + TEXT.encode("utf-16-be"),
    "UTF-32": TEXT.encode("utf-32"),
    "gzip": gzip.compress(TEXT.encode("utf-8-sig")),
    "gzip in two parts": gzip.compress(TEXT.encode()[:50]) + gzip.compress(TEXT.encode()[50:]),
    "indented": json.dumps(CHATS, indent=2).encode(),
    "JSON Lines": "\n".join(map(json.dumps, CHATS)).encode(),
    "values one after the other": "".join(json.dumps(one, indent=1) for one in CHATS).encode(),
    "record separators": "".join(f"\x1e{json.dumps(one)}\n" for one in CHATS).encode(),
}


@pytest.mark.parametrize("data", ENCODED.values(), ids=ENCODED)
def test_every_encoding_of_a_file_is_read(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "file").write_bytes(data)
    found = read_threads(tmp_path / "file")

    assert [thread.row["_id"] for thread in found.threads] == BOTH
    assert found.threads[0].texts() == [("user", "Grüße 🌊")]


def test_a_zip_file_is_read_member_by_member_in_the_order_of_the_numbers_in_their_names(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "export", "w", zipfile.ZIP_DEFLATED) as archive:
        for number in (10, 9):
            archive.writestr(
                f"a/conversations-{number}.json", json.dumps([line(("user", "x"), conversation_id=f"c{number}")])
            )
        archive.writestr("a/picture.png", b"\x89PNG\r\n\0")
        archive.writestr("a/.hidden", b"")

    found = read_threads(tmp_path / "export")

    assert [thread.row["_id"] for thread in found.threads] == ["c9", "c10"]
    assert found.report.files_ignored == ["export/a/.hidden", "export/a/picture.png"]


def test_folders_and_several_files_are_read_in_their_order(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    (folder / "sub").mkdir(parents=True)
    (folder / "sub" / "b.json").write_text(json.dumps([line(("user", "x"), conversation_id="b")]))
    (folder / "a.json").write_text(json.dumps([line(("user", "x"), conversation_id="a")]))
    (folder / "readme.txt").write_text("about")
    (tmp_path / "first.json").write_text(json.dumps([line(("user", "x"), conversation_id="first")]))

    assert ids(tmp_path / "first.json", folder) == ["first", "a", "b"]


@pytest.mark.parametrize("packed", ["plain", "gzip", "zip"])
def test_the_standard_input_is_read(monkeypatch: pytest.MonkeyPatch, packed: str) -> None:
    data = io.BytesIO()
    if packed == "zip":
        with zipfile.ZipFile(data, "w") as archive:
            archive.writestr("conversations.json", TEXT)
    else:
        data.write(gzip.compress(TEXT.encode()) if packed == "gzip" else TEXT.encode())
    data.seek(0)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(data)))

    assert ids("-") == BOTH


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
def test_a_pipe_is_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    writer = threading.Thread(target=(tmp_path / "pipe").write_text, args=(TEXT,))
    writer.start()

    assert ids(tmp_path / "pipe") == BOTH
    writer.join()


def test_a_bomb_is_stopped_and_the_values_before_it_are_kept(tmp_path: Path) -> None:
    data = json.dumps(CHATS[0]).encode() + b"\n" + json.dumps(CHATS[1])[:-1].encode() + b" " * 20_000_000
    (tmp_path / "bomb.gz").write_bytes(gzip.compress(data))
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("conversations.json", data)

    for name in ("bomb.gz", "bomb.zip"):
        found = read_threads(tmp_path / name, free_bytes=3_000_000)

        assert [thread.row["_id"] for thread in found.threads] == ["one"]
        assert "more than 200 times its size" in found.problems[0]


@pytest.mark.parametrize(("files", "most"), [(3, 2_500_000), (1, 2_000_000)])
def test_all_files_together_may_unpack_to_a_limit(tmp_path: Path, files: int, most: int) -> None:
    data = json.dumps(CHATS[0]).encode() + b" " * 1_000_000
    with zipfile.ZipFile(tmp_path / "export.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(files):
            archive.writestr(f"{number}.json", data if files > 1 else gzip.compress(data * 3))

    assert ids(tmp_path / "export.zip") == ["one"] * 3
    found = read_threads(tmp_path / "export.zip", most_unpacked=most)

    assert len(found.threads) in (1, 2)
    assert f"unpacks to more than {most:,} bytes" in found.problems[-1]


@pytest.mark.slow
def test_many_members_take_time_in_proportion(tmp_path: Path) -> None:
    def seconds_of(count: int) -> float:
        with zipfile.ZipFile(tmp_path / "export.zip", "w") as archive:
            for number in range(count):
                archive.writestr(f"{number}.json", b"{}")
        seconds = []
        for _ in range(3):
            began = time.process_time()
            read_threads(tmp_path / "export.zip")
            seconds.append(time.process_time() - began)
        return min(seconds)

    assert seconds_of(2_000) < 8 * seconds_of(500)


def test_a_zip_file_whose_list_is_too_long_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "export.zip", "w") as archive:
        for number in range(100):
            archive.writestr(f"{number}.json", b"{}")

    with open_archive(tmp_path / "export.zip", "it", most_bytes=10_000) as archive:
        assert len(archive.infolist()) == 100
    with pytest.raises(InvalidInput, match="cannot be read as a zip file: the list of its members has more than"):
        open_archive(tmp_path / "export.zip", "it", most_bytes=5_000)


DAMAGED: dict[str, bytes] = {
    "a zip file without its list": b"PK\x03\x04" + b"x" * 100,
    "gzip that was cut off": gzip.compress(os.urandom(2000) + TEXT.encode())[:1500],
}


@pytest.mark.parametrize("data", DAMAGED.values(), ids=DAMAGED)
def test_damaged_files_are_refused_in_one_sentence(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "file").write_bytes(data)
    try:
        problems = read_threads(tmp_path / "file").problems
    except InvalidInput as error:
        problems = [str(error)]

    assert len(problems) == 1
    assert "cannot be read" in problems[0]


def test_a_file_that_was_cut_off_gives_its_complete_conversations(tmp_path: Path) -> None:
    (tmp_path / "file").write_text(TEXT[:-40])
    found = read_threads(tmp_path / "file")

    assert [thread.row["_id"] for thread in found.threads] == ["one"]
    assert [problem.split(": ")[1] for problem in found.problems] == ["the file was cut off in this value"]


UNKNOWN: dict[str, tuple[Any, str]] = {
    "objects": (
        [{"uuid": "x", "chat_message": []}],
        "objects with the keys uuid, chat_message. The nearest format is claude-ai",
    ),
    "numbers": ([1, 2], "no objects"),
    "text": ("Hello", "no JSON"),
}


@pytest.mark.parametrize(("value", "sentence"), UNKNOWN.values(), ids=UNKNOWN)
def test_an_unknown_format_is_named_with_the_next_step(tmp_path: Path, value: Any, sentence: str) -> None:
    (tmp_path / "file").write_text(value if isinstance(value, str) else json.dumps(value))
    [problem] = read_threads(tmp_path / "file").problems

    assert sentence in problem
    assert problem.endswith("`threadkeep import formats` lists the formats")


def test_progress_is_counted_in_bytes(tmp_path: Path) -> None:
    from threadkeep.transfer.importer.sources import open_source  # noqa: PLC0415

    (tmp_path / "a").write_text(TEXT)
    with zipfile.ZipFile(tmp_path / "b", "w") as archive:
        archive.writestr("conversations.json", TEXT)
    source = open_source(tmp_path / "a", tmp_path / "b")
    seen = [source.done for _ in source]

    assert seen == sorted(seen)
    assert source.total == sum((tmp_path / name).stat().st_size for name in "ab")
    assert 0 < source.done <= source.total
