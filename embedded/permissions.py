"""Closes a data folder to other users of the machine."""

from __future__ import annotations

import logging
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

OURS = ("database", "lock", "password", "password.new", "server.toml")
OTHERS = stat.S_IRWXG | stat.S_IRWXO

log = logging.getLogger(__name__)


def close_to_others(folder: Path) -> None:
    """Take the rights of group and others from everything of ours in the folder. The log says if there were any.

    The rights of the folder itself stay if it holds files that are not ours: it may be somebody's home, or `/tmp`.
    """
    shared = sorted(set(os.listdir(folder)) - {*OURS, "lost+found"})  # noqa: PTH208 - names are enough
    ours = [path for name in OURS for path in _below(folder / name)]
    open_paths = [path for path in ours if _is_open(path)]
    if _is_open(folder):
        if shared:
            log.warning(
                "Other users can look into data folder %s. It is shared (%s), so its rights stay.", folder, shared[0]
            )
        else:
            open_paths.insert(0, folder)
    if not open_paths:
        return
    try:
        for path in open_paths:
            path.chmod(stat.S_IMODE(path.stat().st_mode) & ~OTHERS)
    except OSError as error:
        log.warning("Other users can read data folder %s, and this cannot be changed: %s.", folder, error.strerror)
        return
    log.warning(
        "Other users could read %d files and folders of data folder %s. Their rights are taken away now; "
        "if one of them is not to be trusted, remove the file password, and the next start makes a new one.",
        len(open_paths),
        folder,
    )


def _below(top: Path) -> Iterator[Path]:
    if top.exists():
        yield top
    for path, folders, files in os.walk(top):
        yield from (Path(path, name) for name in (*folders, *files) if not Path(path, name).is_symlink())


def _is_open(path: Path) -> bool:
    return bool(path.stat().st_mode & OTHERS)
