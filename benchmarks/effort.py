"""How much a run measures: a glance for CI, two minutes for who changes something, all of it for the documentation."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Effort:
    """Rounds, windows and sizes."""

    name: str
    parts: tuple[str, ...]
    """What is measured unless somebody says it."""
    rounds: int
    window: float
    """Seconds for which one contestant is asked in one round."""
    connections: tuple[int, ...]
    """Besides 16."""
    everybody: bool
    """Whether the floor without checks is measured too."""
    growth_requests: int
    starts: int
    history: tuple[int, ...]
    """Messages in the threads whose pages are compared."""
    threads: tuple[int, ...]
    """Threads in the lists of users that are compared."""
    peers: tuple[int, ...]
    """Messages in the histories of peers."""


_RATIOS = ("requests", "memory", "in-process", "client")
_ALL = ("start-up", *_RATIOS, "listing", "history", "disk")

SMOKE = Effort("smoke", _RATIOS, 3, 0.1, (), False, 1_000, 1, (100, 2_000), (20, 200), (10, 100))
QUICK = Effort("quick", _ALL, 5, 0.15, (1, 64), False, 5_000, 3, (100, 10_000), (100, 2_000), (10, 100, 1_000))
FULL = Effort(
    "full",
    _ALL,
    11,
    0.4,
    (1, 64),
    True,
    100_000,
    9,
    (100, 10_000, 1_000_000),
    (100, 10_000, 1_000_000),
    (10, 100, 1_000, 10_000),
)
