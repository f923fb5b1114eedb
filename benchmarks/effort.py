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
    crowded_rounds: int
    """Rounds at those: a window lasts as long as its slowest answer, which at 64 takes seconds."""
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

SMOKE = Effort(
    name="smoke",
    parts=_RATIOS,
    rounds=3,
    window=0.1,
    connections=(),
    crowded_rounds=0,
    everybody=False,
    growth_requests=1_000,
    starts=1,
    history=(100, 2_000),
    threads=(20, 200),
    peers=(10, 100),
)
QUICK = Effort(
    name="quick",
    parts=_ALL,
    rounds=5,
    window=0.15,
    connections=(1, 64),
    crowded_rounds=1,
    everybody=False,
    growth_requests=2_000,
    starts=3,
    history=(100, 10_000),
    threads=(100, 2_000),
    peers=(10, 100, 1_000),
)
FULL = Effort(
    name="full",
    parts=_ALL,
    rounds=11,
    window=0.4,
    connections=(1, 64),
    crowded_rounds=11,
    everybody=True,
    growth_requests=100_000,
    starts=9,
    history=(100, 10_000, 1_000_000),
    threads=(100, 10_000, 1_000_000),
    peers=(10, 100, 1_000, 10_000),
)
