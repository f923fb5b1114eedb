"""The sizes of a run: smoke for CI, quick during development, full for the documentation."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RunSize:
    """The parts, rounds, laps and sizes of a run."""

    name: str
    parts: tuple[str, ...]
    """The parts that are measured if none are named."""
    rounds: int
    most_rounds: int
    """The most rounds of a ratio at one connection, if it has a target and is not sure enough after `rounds`."""
    lap: float
    """Seconds of one contestant in one round. Shorter laps measure cold caches, which cost everybody the same."""
    connections: tuple[int, ...]
    """The numbers of connections to measure besides 16."""
    extra_rounds: int
    """Rounds at those numbers above 1. At 64 connections, a lap lasts as long as its slowest answer: several seconds."""
    unchecked_floor: bool
    """Whether the unchecked floor is measured too."""
    growth_requests: int
    """The number of requests after which the memory is measured."""
    starts: int
    """Starts of each command."""
    history: tuple[int, ...]
    """Messages in each of the compared threads."""
    threads: tuple[int, ...]
    """Threads in each of the compared lists."""
    imported: int
    """Messages of an import."""
    peers: tuple[int, ...]
    """Messages in the histories of the peers."""


_RATIOS = ("requests", "memory", "in-process", "client")
_ALL = ("start-up", *_RATIOS, "network", "listing", "history", "context", "import", "disk")

SMOKE = RunSize(
    name="smoke",
    parts=("requests",),
    rounds=3,
    most_rounds=3,
    lap=0.2,
    connections=(),
    extra_rounds=0,
    unchecked_floor=False,
    growth_requests=1_000,
    starts=1,
    history=(100, 2_000),
    threads=(20, 200),
    imported=2_000,
    peers=(10, 100),
)
QUICK = RunSize(
    name="quick",
    parts=_ALL,
    rounds=5,
    most_rounds=10,
    lap=0.6,
    connections=(1, 64),
    extra_rounds=1,
    unchecked_floor=False,
    growth_requests=2_000,
    starts=3,
    history=(100, 10_000),
    threads=(100, 2_000),
    imported=10_000,
    peers=(10, 100, 1_000),
)
FULL = RunSize(
    name="full",
    parts=_ALL,
    rounds=11,
    most_rounds=88,
    lap=1.0,
    connections=(1, 64),
    extra_rounds=5,
    unchecked_floor=True,
    growth_requests=100_000,
    starts=9,
    history=(100, 10_000, 1_000_000),
    threads=(100, 10_000, 1_000_000),
    imported=100_000,
    peers=(10, 100, 1_000, 10_000),
)
