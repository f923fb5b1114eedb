"""Reads the time out of the ids of MongoDB documents."""

from __future__ import annotations

import re

_OBJECT_ID = re.compile(r"[0-9a-f]{24}\Z", re.IGNORECASE)


def object_id_time(name: str) -> int | None:
    """The second in which the id was made, since 1970; None if it is no id of MongoDB."""
    return int(name[:8], 16) if _OBJECT_ID.match(name) else None
