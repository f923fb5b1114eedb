"""The time and memory of an import are proportional to its file, for any content. A user may send the file of an import."""

from __future__ import annotations

import io
import json
import time
import tracemalloc
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.settings import Limits
from threadkeep.tests.hostile.import_files import FILES, SPECIAL, File
from threadkeep.tests.transfer.importer.read_threads import AT
from threadkeep.transfer.importer.conversations.conversation import Conversation, ReadingOptions, SourceMessage
from threadkeep.transfer.importer.conversations.grouping import GroupBounds
from threadkeep.transfer.importer.entries import EntryWriter
from threadkeep.transfer.importer.formats import FORMATS
from threadkeep.transfer.importer.report import ImportReport
from threadkeep.transfer.importer.sources import open_source
from threadkeep.transfer.importer.writing.assembly import Part, assemble

if TYPE_CHECKING:
    from pathlib import Path

KIB, MIB = 1024, 1024 * 1024
LARGE = 128 * KIB
MOST_TIMES_LINEAR = 1.5
MOST_TIMES_PLAIN = 30
"""Maximum of CPU time per byte, relative to an ordinary conversation of ChatGPT. Threads of one short message take most."""
LEAST_SECONDS = 0.05
"""The accuracy of the measurement."""
PLAIN = FILES[0]
SHORT = {
    *map(str, SPECIAL),
    "open-webui: a text of details",
    "open-webui: a text of openings",
    "open-webui: a text of letters",
    "codex: one id",
    "grok: a comb",
    "grok: long ids",
    "chatgpt: an empty id",
    "claude-code: an empty id",
    "claude-ai: a circle",
}
"""The files that `make test` measures, in a smaller size. `make test-slow` measures the others."""


def read(path: Path, bounds: GroupBounds | None = None) -> ImportReport:
    """Read a file as an import does, with its branches, and keep nothing of it."""
    report = ImportReport()
    options = ReadingOptions(AT, all_branches=True, group_bounds=bounds or GroupBounds())
    for part in assemble(open_source(path, options=options, report=report), Limits()):
        report.messages += len(part.rows) if isinstance(part, Part) else 0
    return report


def cpu_seconds(path: Path, content: bytes, times: int) -> float:
    path.write_bytes(content)
    durations = []
    for _ in range(times):
        began = time.process_time()
        read(path)
        durations.append(time.process_time() - began)
    return min(durations)


PLAIN_SECONDS: list[float] = []


def plain_seconds(path: Path) -> float:
    """The CPU time for a byte of an ordinary conversation."""
    if not PLAIN_SECONDS:
        plain = PLAIN.content(64 * KIB)
        cpu_seconds(path, plain, 1)  # pydantic builds its validators at first use
        PLAIN_SECONDS.append(cpu_seconds(path, plain, 3) / len(plain))
    return PLAIN_SECONDS[0]


def fault_of(file: File, small: int, large: int, path: Path, times: int) -> str | None:
    """The reason why the time of this file is not in proportion to its size. None if it is in proportion."""
    first, second = file.content(small), file.content(large)
    seconds, more = cpu_seconds(path, first, times), cpu_seconds(path, second, times)
    linear = MOST_TIMES_LINEAR * seconds * len(second) / len(first) + LEAST_SECONDS
    if more > linear:
        return f"{file}: {seconds:.3f} s for {len(first):,} bytes, and {more:.3f} s for {len(second):,} bytes"
    most = MOST_TIMES_PLAIN * plain_seconds(path) * len(second) + LEAST_SECONDS
    return f"{file}: {more:.3f} s, more than {most:.3f} s" if more > most else None


def too_slow(file: File, size: int, path: Path) -> str | None:
    """The fault of a file of this size and of one of eight times this size. A file that takes no time is larger."""
    while size < LARGE and cpu_seconds(path, file.content(size), 1) < LEAST_SECONDS / 10:
        size *= 4
    return fault_of(file, size, 8 * size, path, 1) and fault_of(file, size, 8 * size, path, 3)


@pytest.mark.slow
@pytest.mark.parametrize("file", [file for file in FILES if str(file) in SHORT], ids=str)
def test_hard_files_take_time_in_proportion_to_their_size(file: File, tmp_path: Path) -> None:
    assert too_slow(file, 8 * KIB, tmp_path / "file") is None


@pytest.mark.chaos
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", dict.fromkeys(file.format for file in FILES))
def test_no_file_of_any_format_takes_more_time_than_its_size_allows(name: str, tmp_path: Path) -> None:
    files = [file for file in FILES if file.format == name]

    assert [fault for file in files if (fault := too_slow(file, 32 * KIB, tmp_path / "file"))] == []


def test_files_of_every_format_are_measured(tmp_path: Path) -> None:
    for file in FILES:
        if file.shape == "tiny conversations":
            (tmp_path / "file").write_bytes(file.content(2 * KIB))

            assert read(tmp_path / "file").formats == [file.format] * (file.format != "threadkeep")
    assert {file.format for file in FILES} == {one.name for one in FORMATS} | {"threadkeep", "unknown"}
    assert {str(file) for file in FILES} >= SHORT


def test_messages_with_one_id_are_numbered_in_linear_time() -> None:
    found = Conversation("c", "line 1", [SourceMessage("m", "user", "x") for _ in range(20_000)])
    began = time.process_time()

    entries = [*EntryWriter(ReadingOptions(AT), ImportReport()).entries(found, "x")]

    assert time.process_time() - began < 3
    assert [entry.value["client_id"] for entry in entries[1:4]] == ["m", "m~2", "m~3"]
    assert entries[-2].value["client_id"] == "m~20000"


def peak(path: Path, bounds: GroupBounds | None = None) -> tuple[int, ImportReport]:
    """The most bytes that Python takes while it reads a file."""
    tracemalloc.start()
    try:
        report = read(path, bounds)
        return tracemalloc.get_traced_memory()[1], report
    finally:
        tracemalloc.stop()


@pytest.mark.slow
def test_a_zip_file_of_many_members_takes_the_memory_of_one(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(8):
            archive.writestr(f"{number}.json", b'[{"mapping":{},"x":[' + b"[]," * 80_000 + b"[]]}]")

    most, report = peak(tmp_path / "zip")

    assert report.conversations == 8
    assert most < 24 * MIB


@pytest.mark.parametrize(
    "name",
    [
        "codex",
        *(
            pytest.param(name, marks=pytest.mark.slow)
            for name in ("openai-conversations", "chat-rows", "langgraph", "langchain")
        ),
    ],
)
def test_a_conversation_in_many_lines_takes_bounded_memory(name: str, tmp_path: Path) -> None:
    """The bounds are smaller here, so that the test is fast."""
    said = "x" * 2000
    lines: dict[str, dict[str, Any]] = {
        "codex": {"type": "response_item", "payload": {"type": "message", "role": "user", "content": said}},
        "openai-conversations": {"type": "message", "id": "i", "role": "user", "content": said},
        "chat-rows": {"role": "user", "content": said},
        "langgraph": {"created_at": said * 9, "values": {"messages": [{"type": "human", "content": ""}]}},
        "langchain": {"SessionId": "s", "History": json.dumps({"type": "human", "data": {"content": said}})},
    }
    line = lines[name]
    with (tmp_path / "file").open("w") as file:
        for number in range(1500 if name == "langgraph" else 4500):
            numbered = {**line, "thread_id": f"t{number}"} if name == "langgraph" else line
            file.write(json.dumps(numbered) + "\n")

    most, _ = peak(tmp_path / "file", GroupBounds(bytes=MIB))

    assert (tmp_path / "file").stat().st_size > 8 * MIB
    assert most < 16 * MIB  # with garbage that is not collected yet


def test_a_conversation_of_too_many_small_values_is_refused_before_it_is_read(tmp_path: Path) -> None:
    options = ReadingOptions(AT, group_bounds=GroupBounds(elements=10_000))
    file = io.StringIO()
    for _ in range(20):
        file.write(json.dumps({"role": "user", "content": [[]] * 5000}) + "\n")
    (tmp_path / "file").write_text(file.getvalue())
    report = ImportReport()

    parts = [*assemble(open_source(tmp_path / "file", options=options, report=report), Limits())]

    assert "is too large" in str(parts[0])
