"""How a document says that a key is not always there."""

from __future__ import annotations

from typing import Annotated, TypeVar

T = TypeVar("T")


class _Omitted:
    """The mark of `Sometimes`."""


OMITTED = _Omitted()

Sometimes = Annotated[T | None, OMITTED]
"""A key that a stored document leaves out where there is nothing to say; every other key is always there, null or not."""
