from __future__ import annotations

import json
import stat
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.errors import InvalidInput
from threadkeep.tests.transfer.conversations import native_conversation
from threadkeep.transfer import export, export_lines, import_file
from threadkeep.transfer.exporter import rendered_files
from threadkeep.transfer.exporter.cursor import ExportPosition, read_steps
from threadkeep.transfer.exporter.renderers import RENDERERS
from threadkeep.transfer.exporter.renderers.chatgpt import ChatGPT
from threadkeep.transfer.exporter.rendering import FileRendering
from threadkeep.transfer.exporter.selection import Selection

if TYPE_CHECKING:
    from pathlib import Path

    from threadkeep.keep import Threadkeep
    from threadkeep.tests.transfer.conftest import Write


def said(name: str, *turns: tuple[str, str], **thread: Any) -> dict[str, Any]:
    """A conversation of these roles and texts."""
    messages = [
        {"id": f"m_{name}_{number}", "role": role, "content": text, "created_at": 1_767_607_200 + number}
        for number, (role, text) in enumerate(turns)
    ]
    return {"thread": {"id": f"thread_{name}"} | thread, "messages": messages}


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.fixture
async def filled(keep: Threadkeep, write: Write) -> Threadkeep:
    """Three threads, of which one has more messages than a step has rows."""
    turns = [(role, f"{role} {number}") for number in range(6) for role in ("user", "assistant")]
    threads = [
        said("a", *turns, meta_data={"title": "Long", "plan": "pro", "size": 3}),
        said("b", ("user", "Hi."), ("assistant", "Hello."), meta_data={"plan": "free"}),
        said("index", ("user", "One."), owner_id="user_ada", participant_ids=["user_ada"], meta_data={"plan": "pro"}),
    ]
    await import_file(keep, write(*threads))
    return keep


async def text_of(keep: Threadkeep, name: str, **options: Any) -> str:
    """The export in this format, in steps of four rows."""
    return b"".join([chunk async for chunk in export_lines(keep, format=name, step_rows=4, **options)]).decode()  # type: ignore[arg-type]


@pytest.mark.parametrize("name", RENDERERS)
async def test_a_file_has_all_selected_threads_and_equals_the_stream(
    filled: Threadkeep, tmp_path: Path, name: Any
) -> None:
    path = tmp_path / "file.out"

    report = await export(filled, path, format=name, step_rows=4)
    with pytest.raises(InvalidInput, match="there already"):
        await export(filled, path, format=name)
    again = await export(filled, path, format=name, restart=True)
    text = path.read_text()

    assert (report.threads, report.messages) == (again.threads, again.messages) == (3, 15)
    assert text == await text_of(filled, name)
    assert all(f"user {number}" in text and f"assistant {number}" in text for number in range(6))
    assert text.index("user 5") < text.index("Hello.")
    assert report.left_out == ({"threads without an answer": 1} if name in ("openai-chat", "sharegpt") else {})
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert names_in(tmp_path) == {"file.out", "input.jsonl"}


async def test_threads_are_selected_by_id_user_metadata_and_label(filled: Threadkeep) -> None:
    labels = {"$set": {"labels": ["blue", "red"]}}
    await filled.runtime.documents.threads.update_one({"_id": "thread_b"}, labels, bypass_document_validation=True)
    selections: list[tuple[dict[str, Any], set[str]]] = [
        ({}, {"a", "b", "index"}),
        ({"thread_ids": ["thread_a", "thread_b", "thread_none"]}, {"a", "b"}),
        ({"user_id": "user_ada"}, {"index"}),
        ({"meta_data": {"plan": ["pro"]}}, {"a", "index"}),
        ({"meta_data": {"plan": ["pro"], "size": ["3", 3]}}, {"a"}),
        ({"labels": ["red"]}, {"b"}),
        ({"labels": ["red", "green"]}, set()),
        ({"thread_ids": ["thread_a"], "labels": ["red"]}, set()),
    ]

    for options, names in selections:
        found = json.loads(await text_of(filled, "chatgpt", **options))
        lines = [json.loads(line) for line in (await text_of(filled, "jsonl", **options)).splitlines()]
        assert {one["id"] for one in found} == {f"thread_{name}" for name in names}
        assert {one["id"] for one in lines if one["object"] == "thread"} == {f"thread_{name}" for name in names}


@pytest.mark.parametrize("name", ["html", "markdown"])
async def test_a_folder_has_a_page_for_each_thread_and_a_list(filled: Threadkeep, tmp_path: Path, name: Any) -> None:
    ending = RENDERERS[name].ending
    folder = tmp_path / "pages"

    await export(filled, folder, format=name, step_rows=4)
    (folder / "threads" / f"thread_old{ending}").write_text("old")
    await export(filled, folder, format=name, restart=True)
    pages = {path.name: path.read_text() for path in (folder / "threads").iterdir()}

    assert pages.keys() == {f"thread_{one}{ending}" for one in ("a", "b", "index")}
    assert pages[f"thread_a{ending}"].count("user 5") == 1
    assert pages[f"thread_a{ending}"] == await text_of(filled, name, thread_ids=["thread_a"])
    assert f"threads/thread_a{ending}" in (folder / f"index{ending}").read_text()
    assert json.loads((folder / "pages.json").read_text())["complete"]


async def test_an_export_replaces_no_file_and_no_folder_that_it_did_not_write(
    filled: Threadkeep, tmp_path: Path
) -> None:
    (tmp_path / "notes.md").write_text("my notes")
    (tmp_path / "site").mkdir()
    (tmp_path / "site/index.html").write_text("my page")

    for name, kind in (("notes.md", "markdown"), ("notes.md", "chatgpt"), ("site", "html")):
        with pytest.raises(InvalidInput, match="not an export"):
            await export(filled, tmp_path / name, format=kind, restart=True)  # type: ignore[arg-type]
    assert (tmp_path / "notes.md").read_text() == "my notes"
    assert names_in(tmp_path / "site") == {"index.html"}


async def test_a_long_thread_is_rendered_in_parts(keep: Threadkeep, write: Write) -> None:
    parts: list[int] = []

    class Counted(ChatGPT):
        def part(self, thread: Any, rows: Any) -> Any:
            parts.append(len(rows))
            return super().part(thread, rows)

    await import_file(keep, write(native_conversation("x", 9)))
    rendering = FileRendering(Counted(enough_bytes=1))

    steps = read_steps(keep.runtime.documents, Selection.of(), ExportPosition())
    chunks = [chunk async for step in steps for chunk in rendering.step(step)]
    [conversation] = json.loads(b"".join([*chunks, *rendering.finish()]))

    assert parts == [1] * 9  # all messages are those of a user
    assert len(conversation["mapping"]) == 10


def test_the_name_of_a_page_is_that_of_a_file() -> None:
    names = ["thread_1", "..", "a/b", "../x", "é", "x" * 200, ".hidden", "a:b", ""]

    pages = [rendered_files.page_name(name) for name in names]

    assert pages[0] == "thread_1"
    assert all("/" not in page and page[0] != "." and len(page) < 110 for page in pages)
    assert len({*pages}) == len(names)
