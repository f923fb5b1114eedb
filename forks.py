"""Children of `os.fork()` let go of the servers and connections of their parent.

A child has copies of all descriptors of its parent. If it used them, parent and child would read each other's answers. If it
kept them, the embedded server would not end with the parent, and its data folder would stay locked.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Protocol
from weakref import WeakSet

if TYPE_CHECKING:
    from collections.abc import Iterable


class LetsGo(Protocol):
    """Something that belongs to one process."""

    def let_go(self) -> None:
        """Give it up in a child process. The parent keeps it. Other threads do not exist here, and locks may be held."""


_open: WeakSet[LetsGo] = WeakSet()


def let_go_in_children(resource: LetsGo) -> None:
    """Call `resource.let_go` in each child that is forked from now on."""
    _open.add(resource)


def cut(descriptors: Iterable[int]) -> None:
    """Replace these descriptors by an empty file. Their numbers stay in use, so that no other file gets them."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in descriptors:
        os.dup2(nothing, descriptor, inheritable=False)
    os.close(nothing)


def _let_go() -> None:
    for resource in list(_open):
        resource.let_go()
    _open.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_let_go)
