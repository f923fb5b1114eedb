"""Checks whether the installed driver has the private parts that the hot commands use (decisions 102 and 103)."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from pymongo import AsyncMongoClient
from pymongo.asynchronous.pool import AsyncConnection
from pymongo.network_layer import PyMongoProtocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_OF_CLIENT = {"_conn_for_reads": ("read_preference", "session", "operation")}
_OF_CONNECTION = {
    "command": ("dbname", "spec", "read_preference", "codec_options", "client"),
    "send_message": ("message", "max_doc_size"),
    "receive_message": ("request_id",),
    "_raise_connection_failure": ("error",),
}
_ATTRIBUTES_OF_CONNECTION = ("conn", "cancel_context", "max_bson_size", "max_message_size")
_OF_PROTOCOL = {"write": ("message",), "read": ("request_id", "max_message_size")}


def has_known_parts(
    client: type[Any] = AsyncMongoClient, connection: type[Any] = AsyncConnection, protocol: type[Any] = PyMongoProtocol
) -> bool:
    """Whether these classes lend connections, send and receive in the way that we know."""
    return (
        _has(client, _OF_CLIENT)
        and _has(connection, _OF_CONNECTION)
        and _sets(connection, _ATTRIBUTES_OF_CONNECTION)
        and _has(protocol, _OF_PROTOCOL)
        and _takes(getattr(protocol, "close", None), "exc")
        and isinstance(getattr(protocol, "gettimeout", None), property)
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
