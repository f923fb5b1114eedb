"""Chooses the connection that is closed for a new one at the limit of connections."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection


def first_to_give_way(connections: Collection[Any]) -> Any | None:
    """An idle one without a valid key, any without a valid key, or an idle one. None if all work for a valid key.

    A connection whose request is still arriving counts as idle. Among connections of one kind, the owner with the most
    connections loses one: the connection that has sent nothing for the longest time.
    """
    candidates = [one for one in connections if not (one.is_authenticated and one.is_worked_on())]
    counts = Counter(one.owner for one in connections)
    ranks = {one: (one.is_authenticated, one.is_worked_on(), -counts[one.owner], one.active_at) for one in candidates}
    return min(candidates, key=ranks.__getitem__, default=None)
