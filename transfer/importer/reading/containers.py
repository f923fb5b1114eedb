"""The files of an import: single files, the files of a folder, the members of a zip file, and the standard input."""

from __future__ import annotations

import io
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path
from typing import IO, TYPE_CHECKING

from ....errors import InvalidInput
from .archive import open_archive
from .members import FileMember, StreamMember, ZipMember

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .members import Member
    from .progress import Progress

STANDARD_INPUT = "-"
_ZIP = b"PK\x03\x04"
_MOST_FILES = 100_000
_DIGITS = re.compile(r"([0-9]+)")


def members_of(paths: Sequence[str | os.PathLike[str]], progress: Progress, *, are_named: bool = True) -> list[Member]:
    """Return the files at these paths: of a folder and of a zip file, all files in it, in the order of their names.

    Without `are_named`, the paths are no names that people know: only members of zip files have names. The path `-` is the
    standard input. Raises `InvalidInput` if a path does not exist, or holds too many files.
    """
    found: list[Member] = []
    for path in paths:
        if str(path) == STANDARD_INPUT:
            found += _stream_members(sys.stdin.buffer, "standard input", progress)
        else:
            found += _members(Path(path), Path(path).name if are_named else "", progress)
        if len(found) > _MOST_FILES:
            raise InvalidInput.at("file", f"{path} holds more than {_MOST_FILES:,} files")
    return found


def _stream_members(file: IO[bytes], name: str, progress: Progress) -> Iterator[Member]:
    """The members of a file that is read once. A zip file is copied to disk first: the list of its members stands at its end."""
    reader = file if isinstance(file, io.BufferedReader) else io.BufferedReader(file)  # type: ignore[type-var]
    if not reader.peek(len(_ZIP)).startswith(_ZIP):
        yield StreamMember(reader, name, progress)
        return
    copy = tempfile.NamedTemporaryFile()  # noqa: SIM115 - its members keep it
    with reader:
        shutil.copyfileobj(reader, copy)
    copy.flush()
    progress.total += copy.tell()
    yield from _zip_members(Path(copy.name), name, progress, copy)


def _members(path: Path, name: str, progress: Progress) -> Iterator[Member]:
    if path.is_dir():
        for file in sorted(_files_in(path), key=lambda file: _natural(str(file))):
            yield from _file_members(file, str(file.relative_to(path)), progress, alone=False)
    elif path.is_file():
        yield from _file_members(path, name, progress)
    elif path.exists():
        yield from _stream_members(path.open("rb"), name, progress)
    else:
        raise InvalidInput.at("file", f"there is no file or folder {path}")


def _files_in(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (Path(parent, name) for name in names if not name.startswith(".") and Path(parent, name).is_file())


def _file_members(path: Path, name: str, progress: Progress, *, alone: bool = True) -> Iterator[Member]:
    progress.total += path.stat().st_size
    with path.open("rb") as file:
        zipped = file.read(len(_ZIP)) == _ZIP
    if zipped:
        yield from _zip_members(path, name, progress)
    else:
        yield FileMember(path, name, progress, alone=alone)


def _zip_members(path: Path, name: str, progress: Progress, kept: object = None) -> Iterator[Member]:
    archive = open_archive(path, name or "it")
    prefix = f"{name}/" if name else ""
    infos = [info for info in archive.infolist() if not info.is_dir()]
    for info in sorted(infos, key=lambda info: _natural(info.filename)):
        yield ZipMember(archive, info, prefix + info.filename, progress, kept)


def _natural(name: str) -> list[tuple[int, str]]:
    """The key by which names are sorted: numbers in them by their value."""
    parts = [part.lstrip("0") if part.isdigit() else part for part in _DIGITS.split(name)]
    return [(len(part) if index % 2 else 0, part) for index, part in enumerate(parts)]
