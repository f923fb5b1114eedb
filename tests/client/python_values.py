"""Strategies of Python values that a caller may pass: JSON's own types, their relatives, and types that JSON does not have."""

from __future__ import annotations

import enum
from collections import OrderedDict, deque
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from types import MappingProxyType
from typing import Any, NamedTuple
from uuid import UUID

from bson import SON, Int64, ObjectId
from hypothesis import strategies as st
from pydantic import BaseModel


class Text(str):
    __slots__ = ()


class Whole(int):
    pass


class Real(float):
    pass


class Colour(enum.StrEnum):
    RED = "red"


class Role(str, enum.Enum):  # noqa: UP042  its `str()` is "Role.USER", and much code has such enumerations
    USER = "user"


class Level(enum.IntEnum):
    HIGH = 3


class Mixed(enum.Enum):
    TEXT = "text"
    PAIR = (1, "two")
    MOMENT = datetime(2026, 1, 1, tzinfo=UTC)


class Pair(NamedTuple):
    left: Any
    right: Any


@dataclass
class Point:
    x: int = 1


class Model(BaseModel):
    x: int = 1


RELATIVES: tuple[Any, ...] = (
    *(Text("text"), Whole(7), Real(1.5), Int64(2**40), Int64(3), Colour.RED, Role.USER, Level.HIGH),
    *(Mixed.TEXT, Mixed.PAIR, UUID(int=1), (1, "a"), Pair(1, ["b"]), OrderedDict(a=1), SON(a=(1,)), {Colour.RED: 1}),
    *({Text("key"): Level.HIGH}, True, False, -0.0, 1.0, 2**53 + 1, "5", "", "true"),
)
"""Values that have one exact form in JSON."""
STRANGERS: tuple[Any, ...] = (
    *(datetime(2026, 1, 1), datetime(2026, 1, 1, tzinfo=UTC), date(2026, 1, 1), time(1), Decimal("1.5")),  # noqa: DTZ001
    *(b"bytes", bytearray(b"a"), {1}, frozenset(), Point(), Model(), object, 1j, ObjectId(), deque([1]), range(2)),
    *(
        MappingProxyType({}),
        {1: 2},
        {None: 1},
        {UUID(int=1): 1},
        {b"a": 1},
        Mixed.MOMENT,
        float("nan"),
        2**70,
        "\ud800",
    ),
)
"""Values that have none, or that cannot be stored."""

leaves = st.none() | st.sampled_from(RELATIVES) | st.sampled_from(STRANGERS) | st.integers(-5, 5) | st.text(max_size=3)
values = st.recursive(
    leaves,
    lambda some: (
        st.lists(some, max_size=2)
        | st.tuples(some)
        | st.dictionaries(st.sampled_from(("a", Text("b"))), some, max_size=2)
    ),
    max_leaves=4,
)
