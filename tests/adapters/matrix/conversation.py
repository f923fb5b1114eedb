"""The conversation of the matrix, and what every framework does with it."""

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
    """How a framework writes the conversation, and what it reads."""

    def __init__(self, store: Store) -> None:
        self.store = store

    async def write(self) -> Any:
        """Write the conversation. Returns what the framework should read again."""

    async def read(self) -> Any:
        """Return what the framework reads."""

    def facts(self, read: Any) -> list[Any]:
        """Return the facts in what the framework reads."""
        raise NotImplementedError
