"""How servers of several kinds greet, and how they refuse transactions."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from threadkeep.tests.wire.rules import error_answer

if TYPE_CHECKING:
    from threadkeep.tests.wire.messages import Body
    from threadkeep.tests.wire.rules import Command, PassOn

_HELLO = frozenset({"hello", "isMaster", "ismaster"})
_SET: tuple[str, ...] = (
    "setName",
    "setVersion",
    "hosts",
    "passives",
    "arbiters",
    "primary",
    "me",
    "secondary",
    "electionId",
)
_SET += ("lastWrite", "topologyVersion")


class Kind(Enum):
    """The kinds of servers."""

    STANDALONE = "standalone"
    REPLICA_SET = "replica set"
    MONGOS = "mongos"


@dataclass
class Greeting:
    """The server greets as one of this kind. A standalone server refuses transactions with code 20.

    `refuses_transactions` is the answer of an engine that greets as a replica set and has no transactions. `ignores_…`
    makes it take the writes of a transaction as ordinary writes.
    """

    kind: Kind
    address: str
    """The address of the proxy, which drivers must not leave."""
    refuses_transactions: Body | None = None
    ignores_transactions: bool = False
    more: Body | None = None
    """Further fields of the greeting."""

    def __post_init__(self) -> None:
        if self.kind is Kind.STANDALONE and self.refuses_transactions is None:
            text = "Transaction numbers are only allowed on a replica set member or mongos"
            self.refuses_transactions = error_answer(20, text)

    async def __call__(self, command: Command, pass_on: PassOn) -> Body:
        """The greeting, or the refusal of a transaction."""
        if command.name in _HELLO:
            return self._greet(await pass_on())
        if "autocommit" in command.body and self.refuses_transactions:
            return dict(self.refuses_transactions)
        if command.name in ("commitTransaction", "abortTransaction") and self.ignores_transactions:
            return error_answer(59, f"no such command: '{command.name}'")
        return await pass_on()

    def _greet(self, answer: Body) -> Body:
        rest: dict[str, Any] = {name: value for name, value in answer.items() if name not in _SET}
        if self.kind is Kind.MONGOS:
            rest["msg"] = "isdbgrid"
        elif self.kind is Kind.REPLICA_SET:
            set_of_one = {"setName": "rs0", "setVersion": 1, "hosts": [self.address]}
            rest |= set_of_one | {"primary": self.address, "me": self.address, "secondary": False}
        return rest | (self.more or {})
