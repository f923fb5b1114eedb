"""Files that only their owner can read: exports, reports, and what stands beside them while they are written."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, BinaryIO, Literal

if TYPE_CHECKING:
    from pathlib import Path

OWNER_ONLY = 0o600
FOLDER_OF_OWNER = 0o700


def open_private(path: Path, mode: Literal["wb", "r+b"] = "wb") -> BinaryIO:
    """The file, opened to write bytes, with the rights 0600. The umask and earlier rights of the file change nothing.

    Raises `OSError` if the path is a symbolic link, or a file of somebody else.
    """
    return open(path, mode, opener=_open)


def replace_private(unfinished: Path, path: Path) -> None:
    """Give the finished file its name, in one step. If it replaces a file, it gets that file's rights.

    The owner of a file that exists has chosen its rights, for example for a group that makes backups.
    """
    if path.is_file():
        unfinished.chmod(path.stat().st_mode & 0o777)
    unfinished.replace(path)


def _open(path: str, flags: int) -> int:
    descriptor = os.open(path, flags | os.O_NOFOLLOW, OWNER_ONLY)
    try:
        os.fchmod(descriptor, OWNER_ONLY)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor
