"""A view of the driver's connection whose commands need no task of their own (decision 103)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, NoReturn

from pymongo import _csot, errors, message
from pymongo.asynchronous.pool import AsyncConnection

if TYPE_CHECKING:
    from collections.abc import Callable

    from pymongo.message import _OpMsg
    from pymongo.network_layer import PyMongoProtocol

_LOOK_SECONDS = 0.5
"""How often a timer looks whether the driver has given up the connection. The driver's task looks as often."""
_GRACE_SECONDS = 0.01
"""So long after the time limit, a reply is still taken: it may have arrived in time, while the event loop was busy."""
_LARGE_BYTES = 64 * 1024
READERS: dict[int, Callable[[Any], _OpMsg]] = vars(message).get("_UNPACK_REPLY", {})
"""The functions that read a reply, by its kind."""
_GIVEN_UP: type[errors.AutoReconnect] = vars(errors).get("_OperationCancelled", errors.AutoReconnect)


class TasklessConnection(AsyncConnection):
    """The connection that it is made of, for one command. Both have the same state.

    The driver runs three tasks for each command: one sends, one reads, and one looks whether the driver has given up the
    connection. Here the task of the caller sends and reads, and a timer looks.
    """

    def __init__(self, connection: AsyncConnection) -> None:
        self.__dict__ = connection.__dict__

    async def send_message(self, message: bytes, max_doc_size: int) -> None:
        """Give the message to the transport. If the driver wants to check a size, the driver sends the message.

        Raises `ConnectionFailure`, and closes the connection.
        """
        if max_doc_size:
            await super().send_message(message, max_doc_size)
            return
        try:
            await self.conn.get_conn.write(message)
        except BaseException as error:  # noqa: BLE001 - as in the driver: the connection is closed, and the error is raised
            await self._fail(error)

    async def receive_message(self, request_id: int | None) -> _OpMsg:
        """The reply. Raises `ConnectionFailure` or `ProtocolError`, and closes the connection. So does a cancelled caller."""
        protocol = self.conn.get_conn
        timer = _ReplyTimer(self, protocol)
        try:
            data, kind = await protocol.read(request_id, self.max_message_size)
            timer.stop()
            timer.require_in_time()
            if len(data) > _LARGE_BYTES:
                await asyncio.sleep(0)  # until the task waits again, the event loop keeps a reference to the data
            return _reader_of(kind)(data)
        except BaseException as error:  # noqa: BLE001 - as in the driver: the connection is closed, and the error is raised
            timer.stop()
            await self._fail(error)

    async def _fail(self, error: BaseException) -> NoReturn:
        await self._raise_connection_failure(error)


def _reader_of(kind: int) -> Callable[[Any], _OpMsg]:
    if kind not in READERS:
        raise errors.ProtocolError(f"Got opcode {kind!r} but expected {READERS.keys()!r}")
    return READERS[kind]


class _ReplyTimer:
    """Closes a connection if its reply is late, or if the driver has given it up."""

    __slots__ = ("_connection", "_deadline", "_error", "_handle", "_loop", "_protocol")

    def __init__(self, connection: AsyncConnection, protocol: PyMongoProtocol) -> None:
        self._error: Exception | None = None
        self._connection, self._protocol = connection, protocol
        self._loop = asyncio.get_running_loop()
        left = _csot.remaining()
        seconds = protocol.gettimeout if left is None else max(left, 0)
        self._deadline = None if seconds is None else self._loop.time() + seconds
        self._wait(_LOOK_SECONDS if seconds is None else seconds)

    def stop(self) -> None:
        """Close nothing any more."""
        self._handle.cancel()

    def require_in_time(self) -> None:
        """Raise the error with which the connection was closed, if the reply came in the same moment."""
        if self._error is not None:
            raise self._error

    def _wait(self, most: float) -> None:
        self._handle = self._loop.call_later(min(most, _LOOK_SECONDS), self._look)

    def _look(self) -> None:
        left = _LOOK_SECONDS if self._deadline is None else self._deadline - self._loop.time()
        if self._connection.cancel_context.cancelled:
            self._close(_GIVEN_UP("operation cancelled"))
        elif left <= 0:
            self._handle = self._loop.call_later(_GRACE_SECONDS, self._close, TimeoutError("timed out"))
        else:
            self._wait(left)

    def _close(self, error: Exception) -> None:
        self._error = error
        self._protocol.close(error)
