"""Properties of every format. A new format is in these tests as soon as `import_writers.py` writes it."""

from __future__ import annotations

import io
import json
import re
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from threadkeep.tests.hostile.import_files import chain
from threadkeep.tests.hostile.import_writers import WRITERS, Said
from threadkeep.tests.hostile.test_import_complexity import MIB, peak
from threadkeep.tests.transfer.importer.formats.test_odd_values import FIXTURES
from threadkeep.tests.transfer.importer.read_threads import Reading, Thread, read_threads
from threadkeep.transfer import FORMATS

PAGE = Path(__file__).parents[4] / "docs" / "importing.md"
NAMES = [one.name for one in FORMATS]
NO_JSON = {"copilot"}
ONE_CONVERSATION = "codex"
"""The format whose file holds one conversation."""
ONE_VALUE = "llama-index"
"""The format whose file is one value with all conversations, so it takes the memory of that value."""
IN_CI = {"chatgpt", "langgraph", "openai-assistants", "chatbox"}
"""Formats whose files are read by loops of their own."""
BY_CONTENT = "chat-rows"
"""The format whose rows have no ids: the id of a thread follows from the whole row."""


def read(folder: Path, name: str, *conversations: tuple[str, list[Said]]) -> Reading:
    path = folder / "file"
    path.write_bytes(WRITERS[name](conversations))
    return read_threads(path, branches="all")


def ids_of(thread: Thread) -> list[str]:
    """The ids of a thread and of its messages."""
    return [thread.row["_id"], *(row["_id"] for row in thread.messages)]


def named(key: str, count: int, text: str = "x") -> list[Said]:
    """Messages that follow each other. Their ids occur in no other conversation."""
    return [
        one._replace(id=f"{key}-{one.id}", parent=one.parent and f"{key}-{one.parent}") for one in chain(count, text)
    ]


def test_every_format_is_written_and_documented() -> None:
    page = PAGE.read_text(encoding="utf-8")
    tables = page.partition("\n## Formats\n")[2].partition("\n## ")[0]
    documented = {
        name for row in re.findall(r"^\| (`.*?) \|", tables, re.MULTILINE) for name in re.findall(r"`([^`]+)`", row)
    }

    assert {*NAMES} == WRITERS.keys() - {"threadkeep"}
    assert {*NAMES} == FIXTURES.keys() | NO_JSON
    assert {*NAMES} <= documented


@pytest.mark.parametrize("name", NAMES)
def test_a_stream_that_is_read_once_gives_the_same_threads(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    contents = [WRITERS[name]([("c1", named("c1", 4))])]
    contents += [json.dumps(FIXTURES[name]).encode()] if name in FIXTURES else []
    for content in contents:
        (tmp_path / "file").write_bytes(content)
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BufferedReader(io.BytesIO(content))))
        of_file, of_stream = read_threads(tmp_path / "file", branches="all"), read_threads("-", branches="all")

        assert of_file.report.conversations
        assert [ids_of(thread) for thread in of_stream.threads] == [ids_of(thread) for thread in of_file.threads]
        assert of_stream.problems == of_file.problems


@pytest.mark.parametrize("name", [name for name in NAMES if name != BY_CONTENT])
def test_a_conversation_that_grew_keeps_its_ids(tmp_path: Path, name: str) -> None:
    others = [("c2", named("c2", 2))] if name != ONE_CONVERSATION else []
    before = read(tmp_path, name, ("c1", named("c1", 4)), *others)
    after = read(tmp_path, name, ("c1", named("c1", 6)), *others)

    assert [thread.row["_id"] for thread in after.threads] == [thread.row["_id"] for thread in before.threads]
    for grown, known in zip(after.threads, before.threads, strict=True):
        assert grown.keys()[: len(known.messages)] == known.keys()
        assert [row["_id"] for row in grown.messages][: len(known.messages)] == [row["_id"] for row in known.messages]
    assert sum(len(one.messages) for one in after.threads) == sum(len(one.messages) for one in before.threads) + 2


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=() if name in IN_CI else pytest.mark.chaos)
        for name in NAMES
        if name not in (ONE_CONVERSATION, ONE_VALUE)
    ],
)
def test_a_file_of_many_conversations_takes_the_memory_of_few(tmp_path: Path, name: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(WRITERS[name]([(f"c{n}", named(f"c{n}", 2, "x" * 100_000)) for n in range(100)]))

    most, report = peak(path)

    assert report.messages >= 200
    assert path.stat().st_size > 18 * MIB
    assert most < 15 * MIB
