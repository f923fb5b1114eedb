"""Makes client methods from functions that return a `Call`, with the name, parameters and docstring of the function."""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from ..errors import explained
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
    """The base of the services of `Client`."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender


class AsyncClientMethods:
    """The base of the services of `AsyncClient`."""

    def __init__(self, sender: AsyncSender) -> None:
        self._sender = sender


def call_method(build: Callable[P, Call[T]]) -> Callable[Concatenate[ClientMethods, P], T]:
    """Return a method that sends the call and returns its result."""
    describe = explained(build)

    def method(self: ClientMethods, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return self._sender.send(describe(*args, **kwargs))

    return _with_signature(method, build, "Call[", "")


def async_call_method(
    build: Callable[P, Call[T]],
) -> Callable[Concatenate[AsyncClientMethods, P], Coroutine[Any, Any, T]]:
    """Return a coroutine method that sends the call and returns its result."""
    describe = explained(build)

    async def method(self: AsyncClientMethods, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._sender.send(describe(*args, **kwargs))

    return _with_signature(method, build, "Call[", "")


def iterator_method(build: Callable[P, Call[Page[R]]]) -> Callable[Concatenate[ClientMethods, P], Iterator[R]]:
    """Return a method that iterates over the entries of the page of the call and of all pages after it."""
    describe = explained(build)

    def method(self: ClientMethods, /, *args: P.args, **kwargs: P.kwargs) -> Iterator[R]:
        return self._sender.iterate(describe(*args, **kwargs))

    return _with_signature(method, build, "Call[Page[", "Iterator[")


def async_iterator_method(
    build: Callable[P, Call[Page[R]]],
) -> Callable[Concatenate[AsyncClientMethods, P], AsyncIterator[R]]:
    """Return the same method with an async iterator."""
    describe = explained(build)

    def method(self: AsyncClientMethods, /, *args: P.args, **kwargs: P.kwargs) -> AsyncIterator[R]:
        return self._sender.iterate(describe(*args, **kwargs))

    return _with_signature(method, build, "Call[Page[", "AsyncIterator[")


def _with_signature(method: Method, build: Callable[..., Any], call: str, result: str) -> Method:
    """Give the method the name, docstring and signature of `build`; its result replaces the `Call` annotation."""
    functools.update_wrapper(method, build, assigned=("__module__", "__name__", "__qualname__", "__doc__"), updated=())
    signature = inspect.signature(build)
    self_parameter = inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    returns = signature.return_annotation.replace(call, result).removesuffix("]")
    method.__dict__["__signature__"] = signature.replace(
        parameters=[self_parameter, *signature.parameters.values()], return_annotation=returns
    )
    return method
