"""The conversation of the matrix, and the interface by which each framework writes and reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from threadkeep.adapters.stores import Store

NAME = "one"
IMAGE = "https://example.com/a.png"
QUESTION, WORDS, THOUGHT, ANSWER = "What is this?", "Let me look at both.", "Two calls at once.", "A cat at noon."
ARGUMENTS = {"city": "Rome"}
CALLS = (("a", "weather"), ("b", "clock"))
OUTPUTS = {"a": "22 degrees", "b": "noon"}
FACTS: list[Any] = [
    ("user", QUESTION, IMAGE),
    ("assistant", WORDS),
    *(("call", one, name, ARGUMENTS) for one, name in CALLS),
    *(("output", one, text) for one, text in OUTPUTS.items()),
    ("assistant", ANSWER),
]


class Framework:
    """Writes and reads the conversation with one framework."""

    def __init__(self, store: Store) -> None:
        self.store = store

    async def write(self) -> Any:
        """Write the conversation. Returns the value that the framework should read."""

    async def read(self) -> Any:
        """Return the conversation as the framework reads it."""

    def facts(self, read: Any) -> list[Any]:
        """Return the facts in this conversation."""
        raise NotImplementedError
