"""One test that asks the same of many: as tests of their own, hundreds of small questions cost more than their answers."""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from threadkeep.tests.routers.routes import Entry


def for_each(entries: Iterable[Entry]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Make a test of each entry one of all of them, which names every entry that does not pass."""

    def decorate(check: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(check)
        def test(**fixtures: Any) -> None:
            misses = [miss for entry in entries if (miss := _miss(check, entry, fixtures)) is not None]
            assert not misses, "\n\n".join(misses)

        signature = inspect.signature(check)
        fixtures = [parameter for name, parameter in signature.parameters.items() if name != "entry"]
        test.__dict__["__signature__"] = signature.replace(parameters=fixtures)
        return test

    return decorate


def _miss(check: Callable[..., None], entry: Entry, fixtures: dict[str, Any]) -> str | None:
    try:
        check(**fixtures, entry=entry)
    except (AssertionError, LookupError) as error:
        return f"{entry}: {type(error).__name__}: {error}"
    return None
