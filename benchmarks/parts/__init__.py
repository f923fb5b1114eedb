"""What can be measured; each part gives tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import requests

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from ..stage import Stage
    from ..table import Table

PARTS: dict[str, Callable[[Stage], Awaitable[list[Table]]]] = {
    "requests": requests.measure,
}
