"""The calls of a conversation that have no result yet, for results that do not name their call."""

from __future__ import annotations

from collections import OrderedDict


class OpenCalls:
    """Calls in their order, with the names of their tools. The time of each method does not depend on the number of calls."""

    def __init__(self) -> None:
        self._names: OrderedDict[str, str] = OrderedDict()
        self._by_name: dict[str, OrderedDict[str, None]] = {}

    def add(self, call_id: str, name: str = "") -> None:
        """Add a call behind the others."""
        self.close(call_id)
        self._names[call_id] = name
        self._by_name.setdefault(name, OrderedDict())[call_id] = None

    def first(self, name: object = None) -> str | None:
        """The first open call of the tool, else of any tool."""
        named = self._by_name.get(name) if isinstance(name, str) else None
        return next(iter(named or self._names), None)

    def close(self, call_id: str) -> str | None:
        """Remove the call, and return the name of its tool. None if it is not open."""
        name = self._names.pop(call_id, None)
        if name is not None:
            self._by_name[name].pop(call_id)
        return name
