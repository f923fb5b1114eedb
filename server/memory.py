"""Garbage collection settings for a process that serves requests."""

from __future__ import annotations

import gc
import linecache

_YOUNG = 50_000
"""New objects before the youngest generation is collected. Python's default of 700 is one page of messages."""
_MIDDLE, _OLD = 20, 100


def tune() -> None:
    """Exclude all existing objects from later collections, and collect less often. Saves 4 to 26 % of the time of a request.

    Requests leave almost no reference cycles, so fewer collections do not keep more memory (`docs/performance.md`).
    """
    linecache.clearcache()  # source files that were read when PyMongo recorded where its client was created
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, _MIDDLE, _OLD)
