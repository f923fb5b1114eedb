"""Computes the history of a long thread beside the event loop: a request for 64 MiB would stop all others for seconds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from ...stored_json import as_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..runtime import Runtime

T = TypeVar("T")
Counter = Callable[[str], int]

_FEW_ROWS, _LITTLE_TEXT = 300, 256 * 1024
"""The most messages, and characters of their contents, that are computed at once: it takes less than 0.1 s."""


async def computed(runtime: Runtime, rows: Sequence[Any], work: Callable[[], T]) -> T:
    """The result of `work`, which reads these messages and changes nothing else. Much work is done in another thread."""
    if not _is_much(rows):
        return work()
    return await asyncio.get_running_loop().run_in_executor(runtime.long_work, work)


def _is_much(rows: Sequence[Any]) -> bool:
    return len(rows) > _FEW_ROWS or sum(map(_size, rows)) > _LITTLE_TEXT


def _size(row: Any) -> int:
    """The characters of a message, approximately. A message of an API that says more than a text is measured whole."""
    content = row["content"]
    is_plain = isinstance(content, str) and not row.get("item") and not row.get("tool_calls")
    return len(content) if is_plain else len(as_json(row))


class Abandonable:
    """A counter of tokens that can be stopped: a thread cannot be cancelled when nobody waits for its result any more."""

    def __init__(self, counter: Counter) -> None:
        self._counter = counter
        self.is_abandoned = False

    def __call__(self, text: str) -> int:
        """The tokens of the text. Raises `CancelledError` if nobody waits for them."""
        if self.is_abandoned:
            raise asyncio.CancelledError
        return self._counter(text)
