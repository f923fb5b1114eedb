"""The assistants, tools and users of demo conversations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .texts import FAMILY_NAMES, GIVEN_NAMES

if TYPE_CHECKING:
    from random import Random

MESSAGES_PER_USER = 60
_ALWAYS_ACTIVE = 4
"""The number of users who are active from before the first day to the last. A demo has at least as many users."""
_JOINED_BEFORE = 0.35
"""The share of other users who joined before the first day."""
_SHORT_LIVED = 0.4
"""The share of other users who leave after about six days."""


@dataclass(frozen=True, slots=True)
class DemoTool:
    """A tool of assistants, with its duration and the share of calls that fail."""

    name: str
    median_seconds: float
    failure_rate: float


@dataclass(frozen=True, slots=True)
class Assistant:
    """An assistant, with its share of conversations, its speed and its tools. A `new` one starts at the launch."""

    id: str
    topic: str
    weight: float
    median_seconds: float
    tool_rate: float
    tools: tuple[DemoTool, ...]
    model: str
    new: bool = False


ASSISTANTS = (
    Assistant(
        "asst_helpdesk",
        "help",
        0.38,
        2.1,
        0.22,
        (DemoTool("find_account", 0.4, 0.01), DemoTool("refund", 1.8, 0.06)),
        "small-2",
    ),
    Assistant(
        "asst_travel",
        "travel",
        0.22,
        4.6,
        0.55,
        (DemoTool("search_flights", 3.2, 0.09), DemoTool("weather", 0.6, 0.02)),
        "large-1",
    ),
    Assistant(
        "asst_coder",
        "code",
        0.22,
        6.8,
        0.35,
        (DemoTool("run_code", 2.4, 0.13), DemoTool("search_docs", 0.9, 0.03)),
        "large-1",
    ),
    Assistant(
        "asst_analyst", "data", 0.12, 5.2, 0.7, (DemoTool("query", 4.1, 0.05), DemoTool("plot", 1.2, 0.02)), "large-1"
    ),
    Assistant("asst_tutor", "learn", 0.16, 3.0, 0.1, (DemoTool("quiz", 0.8, 0.02),), "small-2", new=True),
)


@dataclass(frozen=True, slots=True)
class Person:
    """A user who is active from day `joined` to day `gone`, counted from the first day. `weight` is the activity."""

    id: str
    full_name: str
    email: str
    joined: float
    gone: float
    weight: float
    hours_from_utc: float
    channel: str
    plan: str


_ZONES = (-8.0, -5.0, -5.0, 0.0, 1.0, 1.0, 1.0, 1.0, 2.0, 2.0, 5.5, 9.0)
_CHANNELS = ("web", "web", "web", "ios", "ios", "android", "api")
_PLANS = ("free", "free", "free", "free", "pro", "pro", "team")


def people(random: Random, messages: int, days: int, seed: int) -> list[Person]:
    """Return the users of a demo with this many messages. Many join and leave; a few are active on all days."""
    return [_person(random, number, days, seed) for number in range(max(_ALWAYS_ACTIVE, messages // MESSAGES_PER_USER))]


def _person(random: Random, number: int, days: int, seed: int) -> Person:
    given, family = random.choice(GIVEN_NAMES), random.choice(FAMILY_NAMES)
    before = number < _ALWAYS_ACTIVE or random.random() < _JOINED_BEFORE
    joined = -random.random() * 120 if before else days * random.random() ** 0.8
    short = number >= _ALWAYS_ACTIVE and random.random() < _SHORT_LIVED
    stays = random.expovariate(1 / 6) if short else 15 + random.expovariate(1 / 150)
    return Person(
        id=f"user_{id_characters(random, 22)}",
        full_name=f"{given} {family}",
        email=f"{given}.{family}.{seed}.{number}@example.org".lower(),
        joined=joined,
        gone=days if number < _ALWAYS_ACTIVE else joined + stays,
        weight=random.lognormvariate(0, 1.1),
        hours_from_utc=random.choice(_ZONES),
        channel=random.choice(_CHANNELS),
        plan=random.choice(_PLANS),
    )


_LETTERS = (b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" * 5)[:256]


def id_characters(random: Random, length: int) -> str:
    """Return random characters for an id. The same seed gives the same characters, unlike `ids.py`."""
    return random.randbytes(length).translate(_LETTERS).decode()


def arguments(random: Random, tool: DemoTool) -> dict[str, Any]:
    """Return the arguments of a tool call."""
    return {"query": tool.name.replace("_", " "), "limit": random.choice((5, 10, 20))}
