"""One agent with the same model and tools in each framework, and the messages that its model gets."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from threadkeep.adapters.stores import Store

NAME = "run"
"""The external id of the thread, and the id of the session."""
ASK, BOOK, SEARCH = "How warm is it?", "Book a trip.", "Search for a trip."
"""The model calls `weather` twice; `weather` and `book`; or `weather` and `search`."""


class Call(NamedTuple):
    """A call that the model makes."""

    id: str
    name: str
    city: str

    @property
    def arguments(self) -> dict[str, str]:
        """The arguments of the call."""
        return {"city": self.city}


_CALLS = {ASK: (("weather", "Rome"), ("weather", "Oslo")), BOOK: (("weather", "Rome"), ("book", "Oslo"))}
_CALLS[SEARCH] = (("weather", "Rome"), ("search", "Oslo"))


class Run:
    """One process that runs the agent on the session. Another object is another process."""

    stored_calls = frozenset({"weather", "book", "search"})
    """The tools whose calls the framework stores."""

    def __init__(self, store: Store, *, finds: bool = False) -> None:
        """With `finds`, the search ends at once. Otherwise it never ends."""
        self.store = store
        self.finds = finds
        self.sent: list[list[Any]] = []
        """The messages of each request to the model: `("user", text)`, `("call", id)`, `("output", id, text)` …"""
        self.done: list[str] = []
        """The calls that the tools have done."""
        self.searches = asyncio.Event()
        """Set as soon as the tool that never ends was called."""

    async def ask(self, text: str) -> Any:
        """Run the agent until it answers or waits for approval. Returns the data that an approval needs, or None."""
        raise NotImplementedError

    async def approve(self, kept: Any) -> None:
        """Approve the call that waits, and run the agent until it answers."""
        raise NotImplementedError

    async def go_on(self) -> None:
        """Do the same as the framework after a run was cancelled, and ask again."""
        await self.ask(ASK)

    @property
    def external_id(self) -> str:
        """The external id of the thread of the session."""
        return NAME

    async def weather(self, city: str) -> str:
        """Return the weather."""
        self.done.append(f"weather in {city}")
        return f"22 in {city}"

    async def book(self, city: str) -> str:
        """Book a trip."""
        self.done.append(f"trip to {city}")
        return f"booked {city}"

    async def search(self, city: str) -> str:
        """Search for a trip."""
        self.searches.set()
        if not self.finds:
            await asyncio.Event().wait()
        return f"found {city}"

    def answer(self, facts: list[Any]) -> str | list[Call]:
        """Return the next answer of the model: a text, or calls at once."""
        self.sent.append(facts)
        texts = [fact[1] for fact in facts if fact[0] == "user"]
        if facts[-1][0] != "user":
            return f"Answer {len(texts)}"
        return [Call(f"{city}-{len(texts)}", name, city) for name, city in _CALLS[texts[-1]]]

    @classmethod
    def stored(cls, facts: list[Any]) -> list[Any]:
        """Return those of these facts that the framework stores."""
        left_out = {fact[1] for fact in facts if fact[0] == "call" and fact[2] not in cls.stored_calls}
        return [fact for fact in facts if fact[0] not in ("call", "output") or fact[1] not in left_out]


def turn(number: int, text: str, *outputs: str) -> list[Any]:
    """Return the facts of one whole turn of the agent."""
    calls = [Call(f"{city}-{number}", name, city) for name, city in _CALLS[text]]
    return [
        ("user", text),
        *(("call", call.id, call.name) for call in calls),
        *(("output", call.id, output) for call, output in zip(calls, outputs, strict=True)),
        ("assistant", f"Answer {number}"),
    ]
