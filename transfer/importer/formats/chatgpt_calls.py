"""Finds the calls that the outputs of tools answer in ChatGPT's trees of messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


class NearestCalls:
    """The nearest call above each output. Only other outputs stand between them. Each node is looked at once."""

    def __init__(self, nodes: Mapping[str, dict[str, Any]]) -> None:
        self._nodes = nodes
        self._known: dict[str, str] = {}
        """The nearest call of each node that was looked at. A call is its own nearest call."""

    def above(self, name: str) -> str:
        """The call that the output `name` answers. Empty if there is none."""
        walked: list[str] = []
        found, one = "", self._parent(name)
        while one in self._nodes:
            if one in self._known:
                found = self._known[one]
                break
            walked.append(one)
            self._known[one] = ""  # this ends a circle
            message = self._nodes[one].get("message") or {}
            role = (message.get("author") or {}).get("role")
            if role == "assistant" and message.get("recipient") not in (None, "all"):
                found = one
                break
            if role != "tool":
                break
            one = self._parent(one)
        self._known.update(dict.fromkeys(walked, found))
        return found

    def _parent(self, name: str) -> str:
        return str(self._nodes[name].get("parent"))
