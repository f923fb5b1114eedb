"""The settings and the tuning that belong to the application of a request."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import Scope

    from ...services import Tuning
    from ...settings import Settings


def settings_of(scope: Scope) -> Settings:
    """The settings of the application that serves this request."""
    return scope["app"].state.settings  # type: ignore[no-any-return]


def tuning_of(scope: Scope) -> Tuning:
    """The times and sizes of the Threadkeep that serves this request."""
    return scope["app"].state.keep.runtime.tuning  # type: ignore[no-any-return]
