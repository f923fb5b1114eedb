"""How much a run measures: a glance for CI, two minutes for who changes something, all of it for the documentation."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Effort:
    """Rounds, windows and sizes."""

    name: str
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
    sample: int
    """Messages by which sizes on disk are told."""


SMOKE = Effort("smoke", 3, 0.1, (), False, 1_000, 1, (100, 2_000), (20, 200), (10, 100), 2_000)
QUICK = Effort("quick", 5, 0.15, (1, 64), False, 5_000, 3, (100, 10_000), (100, 2_000), (10, 100, 1_000), 10_000)
FULL = Effort(
    "full",
    15,
    0.4,
    (1, 64),
    True,
    100_000,
    9,
    (100, 10_000, 1_000_000),
    (100, 10_000, 1_000_000),
    (10, 100, 1_000, 10_000),
    100_000,
)
