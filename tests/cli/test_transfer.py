from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from threadkeep.tests.cli.every_command import SAMPLE, run
from threadkeep.tests.transfer.conversations import native_conversation
from threadkeep.tests.transfer.importer.formats.chatgpt_export import line, message, node
from threadkeep.transfer import FORMATS

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _settings(monkeypatch: pytest.MonkeyPatch, mongo_url: str, database_name: str) -> None:
    monkeypatch.setenv("THREADKEEP_MONGODB_URL", mongo_url)
    monkeypatch.setenv("THREADKEEP_DATABASE", database_name)
    monkeypatch.setenv("THREADKEEP_DATABASE_TIMEOUT_SECONDS", "30")


def test_import_prints_its_counts_and_a_second_import_reports_nothing_new() -> None:
    first = run("import", SAMPLE)
    again = run("import", SAMPLE)

    assert (first.exit_code, first.stdout) == (0, "Imported 1 thread, 20 messages, 2 users.\n")
    assert (again.exit_code, again.stdout) == (0, "Nothing new: 1 thread, 20 messages were there already.\n")


def test_import_names_refused_threads_and_exits_with_1(tmp_path: Path) -> None:
    path = tmp_path / "input.json"
    path.write_text(json.dumps([native_conversation("one"), native_conversation("two", participant_ids=["nobody"])]))

    result = run("import", path)

    assert result.exit_code == 1
    assert result.stdout == "Imported 1 thread, 3 messages, 1 user.\n"
    assert result.stderr.splitlines()[1].startswith(
        "not imported: line 1, [1].thread: participant_ids: no such user: nobody"
    )


def test_import_refuses_an_owner_who_does_not_exist_in_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "input.jsonl"
    path.write_text("".join(f'{{"messages": [{{"role": "user", "content": "{name}"}}]}}\n' for name in "abc"))

    result = run("import", path, "--owner", "nobody")

    assert (result.exit_code, result.stdout) == (2, "")
    assert "Invalid value for '--owner': there is no user 'nobody'" in result.stderr
    assert result.stderr.count("nobody") == 1


@pytest.mark.slow
def test_import_reports_formats_grown_threads_and_messages_that_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "conversations.json"
    turns = [("user", "One?"), ("assistant", "One.")]
    path.write_text(json.dumps([line(*turns)]))
    run("import", path)
    branched = line(*turns, ("user", "Two?"))
    branched["mapping"] |= node("x", "m1", message("x", "assistant", "1.", create_time=None))
    path.write_text(json.dumps([branched, {"title": "no mapping"}]))

    planned, done = run("import", path, "--dry-run"), run("import", path)

    assert (planned.exit_code, done.exit_code) == (1, 1)
    assert planned.stdout == done.stdout.replace("Imported", "Would import")
    assert done.stdout.splitlines() == [
        "Imported 1 message. There already: 2 messages.",
        "Read 2 conversations, 1 refused (chatgpt). Grown: 1 thread.",
        "Left out: 1 in branches.",
    ]
    assert done.stderr.splitlines()[1:] == ["not imported: line 1, [1]: it has no `mapping` of messages"]


def test_import_lists_the_formats_with_the_way_to_obtain_a_file() -> None:
    result = run("import", "formats")
    names = [line_.partition(":")[0] for line_ in result.output.splitlines()]

    assert result.exit_code == 0
    assert names == ["threadkeep", *(one.name for one in FORMATS)]
    assert "chatgpt: ChatGPT. In ChatGPT: Settings, Data controls, Export data." in result.output


def test_import_of_a_missing_file_is_reported() -> None:
    result = run("import", "nothing.json")

    assert result.exit_code == 2
    assert "'nothing.json' does not exist" in result.stderr


@pytest.mark.slow
def test_an_import_of_an_export_finds_everything_stored(tmp_path: Path) -> None:
    run("import", SAMPLE)
    exported = run("export", tmp_path / "all.jsonl", "--since", "2026-01-01")
    columns = run("export", tmp_path / "all.parquet")
    again = run("export", tmp_path / "all.jsonl")

    assert (exported.exit_code, exported.stdout.split(": ")[1]) == (0, "1 thread, 20 messages, 2 users.\n")
    assert columns.exit_code == 0
    assert again.exit_code == 2
    assert "--restart" in again.stderr
    assert run("import", tmp_path / "all.jsonl").stdout == (
        "Nothing new: 1 thread, 20 messages, 2 users were there already.\n"
    )
    assert run("import", tmp_path / "all.parquet").exit_code == 0


def test_export_refuses_a_folder_before_it_connects(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("THREADKEEP_MONGODB_URL")
    monkeypatch.chdir(tmp_path)

    refused = run("export", ".")

    assert refused.exit_code == 2
    assert "is a folder" in refused.stderr
    assert [*tmp_path.iterdir()] == []


@pytest.mark.slow
@pytest.mark.parametrize("name", ["chat.csv", "chat.json", "chat.jsonl.gz", "chat.xlsx", "chat.PDF"])
def test_export_refuses_a_name_of_another_format_with_the_formats(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)

    run("import", SAMPLE)
    refused = run("export", name)

    assert refused.exit_code == 2
    assert f"{name} names no format of an export. Known endings: .jsonl, .ndjson, .parquet, .md, " in refused.stderr
    assert "--format (jsonl, parquet, openai-chat, sharegpt, markdown, html, chatgpt)" in refused.stderr
    assert [*tmp_path.iterdir()] == []
    assert run("export", name, "--format", "jsonl").exit_code == 0


@pytest.mark.parametrize(("name", "problem"), [("none/all.jsonl", "there is no folder"), ("all.parquet", "is a file")])
def test_export_checks_its_target_before_it_connects(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, problem: str
) -> None:
    monkeypatch.setenv("THREADKEEP_MONGODB_URL", "mongodb://127.0.0.1:9")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "all.parquet").write_text("mine")

    refused = run("export", name)

    assert refused.exit_code == 2
    assert problem in refused.stderr
    assert [path.read_text() for path in tmp_path.iterdir()] == ["mine"]


@pytest.mark.slow
def test_export_to_standard_output_is_an_export(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run("import", SAMPLE)
    piped, written = run("export", "-"), run("export", "all.jsonl")
    (tmp_path / "piped.jsonl").write_text(piped.stdout)

    lines, in_file = piped.stdout.splitlines(), (tmp_path / "all.jsonl").read_bytes().splitlines()
    assert (piped.exit_code, written.exit_code) == (0, 0)
    assert list(map(json.loads, lines[1:])) == list(map(json.loads, in_file[1:]))  # line 1 has the time of the export
    assert piped.stdout.replace("\n", "").isprintable()
    assert run("import", "piped.jsonl").stdout.startswith("Nothing new: 1 thread, 20 messages, 2 users")
    assert run("export", "-", "--format", "parquet").exit_code == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["all.jsonl", "piped.jsonl"]


def test_threads_are_exported_for_people_and_other_programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run("import", SAMPLE)
    page, notes, rows = run("export", "a.html"), run("export", "notes.md"), run("export", "-", "--format", "sharegpt")
    none = run("export", "-", "--format", "openai-chat", "--meta", "no=thing")

    assert (page.exit_code, page.stdout) == (0, "Wrote a.html: 1 thread, 20 messages.\n")
    assert (notes.exit_code, rows.exit_code) == (0, 0)
    assert (none.exit_code, none.stdout) == (0, "")
    assert json.loads(rows.stdout)["conversations"][0]["from"] in ("system", "human")
    assert "Left out: " in rows.stderr
    assert run("export", "b.html", "--meta", "plan").exit_code == 2
    assert run("export", "b.html", "--meta", "a=1", "--meta", "a=2").exit_code == 2
    assert run("export", "conversations.json").exit_code == 2
