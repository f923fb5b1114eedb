"""The rights of files: only the owner can read the files that Threadkeep writes, with any umask."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from threadkeep import Threadkeep
from threadkeep.embedded import EmbeddedServer
from threadkeep.report import last_days, write_report
from threadkeep.transfer import export
from threadkeep.transfer.exporter.jsonl import JsonLinesWriter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from threadkeep.transfer.exporter.checkpoint import Counts


@pytest.fixture(autouse=True)
def no_umask() -> Iterator[None]:
    """Set the umask 0, with which a careless program makes its files readable for all."""
    before = os.umask(0)
    yield
    os.umask(before)


def open_to_others(folder: Path) -> list[str]:
    """Return the folder and the paths below it to which other users have any right."""
    paths = [folder, *folder.rglob("*")]
    return [str(path.relative_to(folder)) for path in paths if path.stat().st_mode & 0o077]


@pytest.mark.slow
async def test_only_the_owner_can_read_data_exports_and_reports(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(_writer: JsonLinesWriter, _counts: Counts) -> None:
        raise ConnectionError("killed before the end")

    out = tmp_path / "out"
    out.mkdir(0o700)
    async with EmbeddedServer.start(tmp_path / "data") as server, Threadkeep.connect(server.url) as keep:
        user = await keep.user_service.create_user(full_name="Ada")
        await keep.thread_service.create_thread(participant_ids=[user.id])
        with monkeypatch.context() as patch:
            patch.setattr(JsonLinesWriter, "finish", die)
            with pytest.raises(ConnectionError):
                await export(keep, out / "interrupted.jsonl")
        await export(keep, out / "complete.jsonl")
        await export(keep, out / "tables", format="parquet")
        await write_report(keep, out / "report.html", last_days(2))

        assert {path.name for path in out.iterdir()} == {
            "interrupted.jsonl.part",
            "interrupted.jsonl.state",
            "complete.jsonl",
            "tables",
            "report.html",
        }
        assert open_to_others(out) == []
        assert open_to_others(tmp_path / "data") == []


async def test_a_new_file_keeps_the_rights_of_the_file_that_it_replaces(keep: Threadkeep, tmp_path: Path) -> None:
    """The owner chose these rights."""
    target = tmp_path / "export.jsonl"
    target.touch(0o640)

    await export(keep, target, restart=True)

    assert target.stat().st_mode & 0o777 == 0o640


async def test_an_export_does_not_write_through_a_symbolic_link(keep: Threadkeep, tmp_path: Path) -> None:
    (tmp_path / "export.jsonl.part").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(OSError, match="symbolic links"):
        await export(keep, tmp_path / "export.jsonl")
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.slow
def test_a_data_folder_that_others_can_read_is_closed_and_the_log_has_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "data"
    with EmbeddedServer(folder):
        pass
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)

    with EmbeddedServer(folder):
        assert open_to_others(folder) == []

    assert f"files and folders of data folder {folder}. Their rights are taken away now" in caplog.text


@pytest.mark.slow
def test_a_folder_with_files_of_others_keeps_its_rights(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder = tmp_path / "home"
    folder.mkdir(0o755)
    (folder / "letter").touch(0o644)

    with EmbeddedServer(folder):
        assert open_to_others(folder) == [".", "letter"]

    assert f"Other users can look into data folder {folder}" in caplog.text
