from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from threadkeep.errors import InvalidInput, StartupError
from threadkeep.transfer import export

if TYPE_CHECKING:
    from pathlib import Path

    from threadkeep.keep import Threadkeep


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.mark.parametrize("restart", [False, True])
async def test_export_does_not_replace_files_of_another_kind(
    keep: Threadkeep, tmp_path: Path, *, restart: bool
) -> None:
    (tmp_path / "code.py").write_text("kept")
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables/export.json").write_text("{}")

    for name, kind, problem in (
        ("code.py", "jsonl", "not an export"),
        ("tables", "parquet", "not an export"),
        ("tables", "jsonl", "is a folder"),
        (".", "jsonl", "is a folder"),
        ("no/all.jsonl", "jsonl", "there is no folder"),
    ):
        with pytest.raises(InvalidInput, match=problem):
            await export(keep, tmp_path / name, format=kind, restart=restart)  # type: ignore[arg-type]
    assert names(tmp_path) == {"code.py", "tables"}
    assert (tmp_path / "code.py").read_text() == "kept"
    assert (tmp_path / "tables/export.json").read_text() == "{}"


@pytest.mark.slow
async def test_restart_replaces_an_export_in_parquet_and_an_empty_file(keep: Threadkeep, tmp_path: Path) -> None:
    (tmp_path / "all.jsonl").touch()
    await export(keep, tmp_path / "tables", format="parquet")

    await export(keep, tmp_path / "tables", format="parquet", restart=True)
    await export(keep, tmp_path / "all.jsonl", restart=True)

    assert (tmp_path / "all.jsonl").stat().st_size > 0


async def test_parquet_without_pyarrow_names_the_package(
    keep: Threadkeep, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("threadkeep.transfer.exporter.exporter.find_spec", lambda _: None)

    with pytest.raises(StartupError, match="needs pyarrow: pip install"):
        await export(keep, tmp_path / "tables", format="parquet")
    assert not (tmp_path / "tables").exists()
