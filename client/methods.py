"""Makes methods of described calls: each has the name, parameters and docstring of the function that describes it."""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from ..records import Record

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine, Iterator

    from ..records import Page
    from .call import Call
    from .senders import AsyncSender, Sender

P = ParamSpec("P")
T = TypeVar("T")
R = TypeVar("R", bound=Record)
Method = TypeVar("Method", bound="Callable[..., Any]")


class ClientMethods:
    """One noun's verbs, blocking."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender


class AsyncClientMethods:
    """One noun's verbs, to be awaited."""

    def __init__(self, sender: AsyncSender) -> None:
        self._sender = sender


def sent(describe: Callable[P, Call[T]]) -> Callable[Concatenate[ClientMethods, P], T]:
    """A method that makes the described call."""

    def method(self: ClientMethods, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return self._sender.send(describe(*args, **kwargs))

    return _named(method, describe, "Call[", "")


def awaited(describe: Callable[P, Call[T]]) -> Callable[Concatenate[AsyncClientMethods, P], Coroutine[Any, Any, T]]:
    """A coroutine method that makes the described call."""

    async def method(self: AsyncClientMethods, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._sender.send(describe(*args, **kwargs))

    return _named(method, describe, "Call[", "")


def each(describe: Callable[P, Call[Page[R]]]) -> Callable[Concatenate[ClientMethods, P], Iterator[R]]:
    """A method that iterates over the entries of the described call's page, and of those that follow it."""

    def method(self: ClientMethods, /, *args: P.args, **kwargs: P.kwargs) -> Iterator[R]:
        return self._sender.each(describe(*args, **kwargs))

    return _named(method, describe, "Call[Page[", "Iterator[")


def async_each(describe: Callable[P, Call[Page[R]]]) -> Callable[Concatenate[AsyncClientMethods, P], AsyncIterator[R]]:
    """The same with an async iterator."""

    def method(self: AsyncClientMethods, /, *args: P.args, **kwargs: P.kwargs) -> AsyncIterator[R]:
        return self._sender.each(describe(*args, **kwargs))

    return _named(method, describe, "Call[Page[", "AsyncIterator[")


def _named(method: Method, describe: Callable[..., Any], call: str, result: str) -> Method:
    functools.update_wrapper(
        method, describe, assigned=("__module__", "__name__", "__qualname__", "__doc__"), updated=()
    )
    described = inspect.signature(describe)
    itself = inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    returns = described.return_annotation.replace(call, result).removesuffix("]")
    method.__dict__["__signature__"] = described.replace(
        parameters=[itself, *described.parameters.values()], return_annotation=returns
    )
    return method
