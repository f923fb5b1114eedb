"""Checks whether the installed driver has the private parts that the hot commands use (decisions 102 and 103)."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pymongo import AsyncMongoClient, network_layer, pool_shared
from pymongo.asynchronous.pool import AsyncConnection

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_OF_CLIENT = {"_conn_for_reads": ("read_preference", "session", "operation")}
_OF_CONNECTION = {
    "command": ("dbname", "spec", "read_preference", "codec_options", "client"),
    "send_message": ("message", "max_doc_size"),
    "receive_message": ("request_id",),
    "_raise_connection_failure": ("error",),
}
_ATTRIBUTES_OF_CONNECTION = ("conn", "cancel_context", "max_message_size")
_OF_PROTOCOL = {"write": ("message",), "read": ("request_id", "max_message_size")}


@dataclass(frozen=True, slots=True)
class DriverParts:
    """The classes of the driver that lend connections, send and receive."""

    client: type[Any]
    connection: type[Any]
    interface: type[Any]
    """The class of `connection.conn`."""
    protocol: type[Any]
    """The class of `connection.conn.get_conn`."""
    cancellation: type[Any]
    """The class of `connection.cancel_context`."""

    def are_known(self) -> bool:
        """Whether these classes lend connections, send and receive in the way that we know."""
        return (
            _has(self.client, _OF_CLIENT)
            and _has(self.connection, _OF_CONNECTION)
            and _sets(self.connection, _ATTRIBUTES_OF_CONNECTION)
            and _has(self.protocol, _OF_PROTOCOL)
            and _takes(getattr(self.protocol, "close", None), "exc")
            and isinstance(getattr(self.protocol, "gettimeout", None), property)
            and isinstance(getattr(self.interface, "get_conn", None), property)
            and isinstance(getattr(self.cancellation, "cancelled", None), property)
        )


INSTALLED_PARTS = DriverParts(
    client=AsyncMongoClient,
    connection=AsyncConnection,
    interface=vars(network_layer).get("AsyncNetworkingInterface", object),
    protocol=vars(network_layer).get("PyMongoProtocol", object),
    cancellation=vars(pool_shared).get("_CancellationContext", object),
)


def _has(owner: type[Any], methods: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether the class has these asynchronous methods, with these parameters."""
    found = {name: getattr(owner, name, None) for name in methods}
    return all(inspect.iscoroutinefunction(found[name]) and _takes(found[name], *methods[name]) for name in methods)


def _takes(function: Callable[..., Any] | None, *names: str) -> bool:
    """Whether the function takes these arguments by name. Some versions of the driver hide the names of a method."""
    if function is None:
        return False
    parameters = inspect.signature(function).parameters
    return {*names} <= {*parameters} or any(one.kind is one.VAR_KEYWORD for one in parameters.values())


def _sets(owner: type[Any], names: tuple[str, ...]) -> bool:
    """Whether new objects of the class get these attributes."""
    makers = [vars(parent)["__init__"] for parent in owner.__mro__[:-1] if "__init__" in vars(parent)]
    return {*names} <= {name for maker in makers for name in maker.__code__.co_names}
