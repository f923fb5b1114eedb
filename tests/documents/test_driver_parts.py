"""A driver with other private parts is recognised. With it, commands use the documented method."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from threadkeep.documents.driver_parts import INSTALLED_PARTS, DriverParts


class Client:
    async def _conn_for_reads(self, read_preference: Any, session: Any, operation: Any) -> Any: ...


class LendsAtOnce:
    def _conn_for_reads(self, read_preference: Any, session: Any, operation: Any) -> Any: ...


class LendsByAnotherName:
    async def _conn_for_reads(self, read_preference: Any, operation: Any) -> Any: ...


class Connection:
    def __init__(self) -> None:
        self.conn = self.cancel_context = None
        self.max_message_size = 1

    async def command(self, dbname: Any, spec: Any, read_preference: Any, codec_options: Any, client: Any) -> Any: ...

    async def send_message(self, message: Any, max_doc_size: Any) -> Any: ...

    async def receive_message(self, request_id: Any) -> Any: ...

    async def _raise_connection_failure(self, error: Any) -> Any: ...


class Subclass(Connection):
    """A class whose parent sets the attributes."""


class HidesNames(Connection):
    """As in PyMongo 4.14."""

    async def command(self, *args: Any, **options: Any) -> Any: ...


class SendsOtherwise(Connection):
    async def command(self, spec: Any, dbname: Any, client: Any) -> Any: ...  # type: ignore[override]  # the point of it


class SendsAtOnce(Connection):
    def send_message(self, message: Any, max_doc_size: Any) -> Any: ...


class ReceivesOtherwise(Connection):
    async def receive_message(self) -> Any: ...  # type: ignore[override]  # the point of it


class FailsOtherwise(Connection):
    async def _raise_connection_failure(self) -> Any: ...  # type: ignore[override]  # the point of it


class CannotBeGivenUp:
    command, send_message, receive_message = Connection.command, Connection.send_message, Connection.receive_message
    _raise_connection_failure = Connection._raise_connection_failure  # noqa: SLF001

    def __init__(self) -> None:
        self.conn = self.max_message_size = None


class Protocol:
    @property
    def gettimeout(self) -> Any: ...

    async def write(self, message: Any) -> Any: ...

    async def read(self, request_id: Any, max_message_size: Any) -> Any: ...

    def close(self, exc: Any = None) -> Any: ...


class ReadsOtherwise(Protocol):
    async def read(self, size: Any) -> Any: ...  # type: ignore[override]  # the point of it


class WritesAtOnce(Protocol):
    def write(self, message: Any) -> Any: ...


class ClosesWithoutError(Protocol):
    def close(self) -> Any: ...  # type: ignore[override]  # the point of it


class TellsItsTimeoutOtherwise(Protocol):
    def gettimeout(self) -> Any: ...


class Interface:
    @property
    def get_conn(self) -> Any: ...


class ReachesItsProtocolOtherwise:
    def get_conn(self) -> Any: ...


class Cancellation:
    @property
    def cancelled(self) -> Any: ...


class TellsItsEndOtherwise:
    def cancelled(self) -> Any: ...


class Without:
    """A version of PyMongo without these parts."""


KNOWN = DriverParts(Client, Connection, Interface, Protocol, Cancellation)


def test_the_installed_driver_has_known_parts() -> None:
    assert INSTALLED_PARTS.are_known()


@pytest.mark.parametrize("connection", [Connection, Subclass, HidesNames])
def test_known_parts_are_recognised(connection: type[Any]) -> None:
    assert replace(KNOWN, connection=connection).are_known()


OTHERS = [
    *({"client": one} for one in (Without, LendsAtOnce, LendsByAnotherName)),
    *({"connection": one} for one in (Without, SendsOtherwise, SendsAtOnce, ReceivesOtherwise)),
    *({"connection": one} for one in (FailsOtherwise, CannotBeGivenUp)),
    *({"interface": one} for one in (Without, ReachesItsProtocolOtherwise)),
    *({"protocol": one} for one in (Without, ReadsOtherwise, WritesAtOnce, ClosesWithoutError)),
    {"protocol": TellsItsTimeoutOtherwise},
    *({"cancellation": one} for one in (Without, TellsItsEndOtherwise)),
]


@pytest.mark.parametrize("other", OTHERS, ids=str)
def test_other_parts_are_recognised(other: dict[str, type[Any]]) -> None:
    assert not replace(KNOWN, **other).are_known()
