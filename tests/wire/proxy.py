"""The rules proxy: it speaks the MongoDB wire protocol in front of the embedded server, and imposes rules on it.

It records each command that it receives.
"""

from __future__ import annotations

import asyncio
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from threadkeep.tests.faults.proxy import Address, Proxy
from threadkeep.tests.wire.greetings import Greeting, Kind
from threadkeep.tests.wire.messages import Body, Message, answer_to, read
from threadkeep.tests.wire.rules import Command, ConnectionLost

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from threadkeep.tests.wire.rules import PassOn, Rule

_END = (OSError, asyncio.IncompleteReadError, ConnectionLost)


class RulesProxy(Proxy):
    """A proxy whose `rules` answer commands, or change their answers. It greets as a replica set of one member."""

    def __init__(self, upstream: Address) -> None:
        super().__init__([upstream])
        self.rules: list[Rule] = []
        self.commands: list[Command] = []
        """The commands so far, without those of drivers' monitors and logins."""
        self._greeting: Greeting | None = None

    @property
    def greeting(self) -> Greeting:
        """How the server greets. May be replaced before a driver connects."""
        if self._greeting is None:
            self._greeting = Greeting(Kind.REPLICA_SET, self.address)
        return self._greeting

    @greeting.setter
    def greeting(self, greeting: Greeting) -> None:
        self._greeting = greeting

    def greet_as(self, kind: Kind, **options: object) -> None:
        """Greet as a server of this kind."""
        self.greeting = Greeting(kind, self.address, **options)  # type: ignore[arg-type]

    def sent(self, *names: str, collection: str | None = None) -> list[Command]:
        """The recorded commands of these names, and of this collection if one is given."""
        return [
            command for command in self.commands if command.name in names and collection in (None, command.collection)
        ]

    def call(self, function: Callable[[], object]) -> None:
        """Call a function on the event loop of the proxy."""
        self._loop.call_soon_threadsafe(function)

    async def _pass_both(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        upstream_reader: asyncio.StreamReader,
        upstream_writer: asyncio.StreamWriter,
    ) -> None:
        following: asyncio.Task[Message | None] = asyncio.ensure_future(read(reader))
        try:
            with suppress(*_END):
                while (request := await following) is not None:
                    following = asyncio.ensure_future(read(reader))
                    answering = asyncio.ensure_future(self._answer(request, upstream_reader, upstream_writer))
                    await asyncio.wait((answering, following), return_when=asyncio.FIRST_COMPLETED)
                    if not answering.done():  # the client has gone
                        answering.cancel()
                        await asyncio.gather(answering, return_exceptions=True)
                        return
                    if (answer := answering.result()) is not None:
                        await self._hold(answers=True)
                        writer.write(answer)
                        await writer.drain()
        finally:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)

    async def _answer(
        self, request: Message, upstream_reader: asyncio.StreamReader, upstream_writer: asyncio.StreamWriter
    ) -> bytes | None:
        async def pass_on() -> Body:
            await self._hold(answers=False)
            upstream_writer.write(request.content)
            await upstream_writer.drain()
            answer = await read(upstream_reader) if request.expects_answer else None
            return answer.body if answer is not None else {}

        command = Command(request.name, request.body)
        if command.name not in _UNRECORDED:
            self.commands.append(command)
        body = await self._apply(0, command, pass_on)
        return answer_to(request, body) if request.expects_answer else None

    async def _apply(self, position: int, command: Command, pass_on: PassOn) -> Body:
        rules: list[Rule] = [*self.rules, self.greeting]
        if position == len(rules):
            return await pass_on()
        return await rules[position](command, lambda: self._apply(position + 1, command, pass_on))


_UNRECORDED = frozenset({"hello", "isMaster", "ismaster", "saslStart", "saslContinue", "endSessions", "buildInfo"})


@contextmanager
def ruling(upstream: Address, *rules: Rule) -> Iterator[RulesProxy]:
    """Run a rules proxy to this server."""
    proxy = RulesProxy(upstream)
    proxy.rules.extend(rules)
    with proxy.running():
        yield proxy
