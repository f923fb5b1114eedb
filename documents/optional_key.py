"""The type of keys that a stored document may lack."""

from __future__ import annotations

from typing import Annotated, TypeVar

T = TypeVar("T")


class _Omitted:
    """The type of `OMITTED`, which marks a field as `Sometimes`."""


OMITTED = _Omitted()

Sometimes = Annotated[T | None, OMITTED]
"""A key that is absent from the stored document if it has no value. Every other key is always present, even if null."""
