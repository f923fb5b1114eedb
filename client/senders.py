"""Runs the steps of `exchange`: `Sender` blocks, `AsyncSender` awaits. The two classes are otherwise the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import httpx2

from ..records import Record
from ..uploads import read_upload, read_upload_in_thread
from .call import next_page
from .exchange import Backoff, exchange

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

    from ..records import Page
    from .call import Call
    from .connections import Connections
    from .exchange import Outcome
    from .options import Options

T = TypeVar("T")
R = TypeVar("R", bound=Record)


class Sender:
    """Sends calls and blocks until each result is there."""

    def __init__(
        self, connections: Connections[httpx2.Client], options: Options, sleep: Callable[[float], object]
    ) -> None:
        self.connections = connections
        self.options = options
        self.sleep = sleep

    def send(self, call: Call[T]) -> T:
        """Send one call, with its retries, and return the result."""
        steps = exchange(call, self.options)
        outcome: Outcome = None
        while True:
            try:
                step = steps.send(outcome)
            except StopIteration as done:
                result: T = done.value
                return result
            outcome = None
            if isinstance(step, Backoff):
                self.sleep(step.seconds)
                continue
            try:
                content = step.content if step.upload is None else read_upload(step.upload)
                outcome = self.connections.http.request(
                    step.method, step.url, headers=step.headers, content=content, timeout=self.options.timeout
                )
            except httpx2.RequestError as error:
                outcome = error

    def iterate(self, call: Call[Page[R]]) -> Iterator[R]:
        """Yield the entries of a page and of all pages after it. Each page is fetched when the iteration reaches it."""
        step: Call[Page[R]] | None = call
        while step is not None:
            page = self.send(step)
            yield from page
            step = next_page(step, page)


class AsyncSender:
    """Sends calls and awaits each result."""

    def __init__(
        self,
        connections: Connections[httpx2.AsyncClient],
        options: Options,
        sleep: Callable[[float], Awaitable[object]],
    ) -> None:
        self.connections = connections
        self.options = options
        self.sleep = sleep

    async def send(self, call: Call[T]) -> T:
        """Send one call, with its retries, and return the result."""
        steps = exchange(call, self.options)
        outcome: Outcome = None
        while True:
            try:
                step = steps.send(outcome)
            except StopIteration as done:
                result: T = done.value
                return result
            outcome = None
            if isinstance(step, Backoff):
                await self.sleep(step.seconds)
                continue
            try:
                content = step.content if step.upload is None else await read_upload_in_thread(step.upload)
                outcome = await self.connections.http.request(
                    step.method, step.url, headers=step.headers, content=content, timeout=self.options.timeout
                )
            except httpx2.RequestError as error:
                outcome = error

    async def iterate(self, call: Call[Page[R]]) -> AsyncIterator[R]:
        """Yield the entries of a page and of all pages after it. Each page is fetched when the iteration reaches it."""
        step: Call[Page[R]] | None = call
        while step is not None:
            page = await self.send(step)
            for record in page:
                yield record
            step = next_page(step, page)
