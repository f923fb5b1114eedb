"""The HTTP connections of a client. They belong to one process: a child of `os.fork()` opens its own."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

H = TypeVar("H")
"""`httpx2.Client` or `httpx2.AsyncClient`."""

_CANNOT_BE_COPIED = (
    "These connections were opened before os.fork(), and two processes would read each other's answers. "
    "Create the client in the child process."
)


class Connections(Generic[H]):
    """An HTTP client of httpx, and how to open another one after a fork."""

    def __init__(self, http: H, reopen: Callable[[], H] | None = None) -> None:
        """Without `reopen`, the connections cannot be used in a child process."""
        self._http = http
        self._reopen = reopen
        self._process = os.getpid()
        self._of_parent: list[H] = []

    @property
    def is_of_this_process(self) -> bool:
        """Whether this process opened the connections. The connections of a parent are not closed here."""
        return self._process == os.getpid()

    @property
    def http(self) -> H:
        """The HTTP client of this process. Raises `RuntimeError` in a child process that cannot open another one."""
        if self._process != os.getpid():
            if self._reopen is None:
                raise RuntimeError(_CANNOT_BE_COPIED)
            self._of_parent.append(self._http)  # not closed: the parent still uses these connections
            self._http, self._process = self._reopen(), os.getpid()
        return self._http
