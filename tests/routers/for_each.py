"""Runs one check for many routes as one test, because hundreds of separate tests take longer than their checks."""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from threadkeep.tests.routers.routes import Entry


def for_each(entries: Iterable[Entry]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Turn a check of one entry into a test of all entries. The test names every entry that fails."""

    def decorate(check: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(check)
        def test(**fixtures: Any) -> None:
            failures = [failure for entry in entries if (failure := _failure(check, entry, fixtures)) is not None]
            assert not failures, "\n\n".join(failures)

        signature = inspect.signature(check)
        fixtures = [parameter for name, parameter in signature.parameters.items() if name != "entry"]
        test.__dict__["__signature__"] = signature.replace(parameters=fixtures)
        return test

    return decorate


def _failure(check: Callable[..., None], entry: Entry, fixtures: dict[str, Any]) -> str | None:
    try:
        check(**fixtures, entry=entry)
    except (AssertionError, LookupError) as error:
        return f"{entry}: {type(error).__name__}: {error}"
    return None
