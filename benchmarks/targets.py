"""What is to be reached: the one place where it says so. A ratio is to the floor unless its table says otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Unit = Literal["times", "seconds", "share"]
GROSS = 2.0
"""A ratio beyond so many times its target is a regression that even a busy machine does not explain."""


@dataclass(frozen=True)
class Target:
    """The most that is allowed."""

    at_most: float
    unit: Unit = "times"

    def __str__(self) -> str:
        return f"≤ {worded(self.at_most, self.unit)}"


@dataclass(frozen=True)
class Finding:
    """A figure beside its target."""

    what: str
    measured: float
    target: Target

    @property
    def reached(self) -> bool:
        """Whether it is as good as it should be, to the digits that are shown."""
        return round(self.measured, 2) <= self.target.at_most

    @property
    def gross(self) -> bool:
        """Whether something must be broken; seconds are the machine's, and prove nothing."""
        return self.target.unit != "seconds" and self.measured > GROSS * self.target.at_most

    def cells(self) -> tuple[str, str, str]:
        """Measured, target, and whether it was reached."""
        return worded(self.measured, self.target.unit), str(self.target), "yes" if self.reached else "**no**"


def worded(figure: float, unit: Unit) -> str:
    """The figure with its unit."""
    if unit == "share":
        return f"{figure:.0%}"
    return f"{figure:.2f}" + (" s" if unit == "seconds" else "")


REQUESTS = {
    "list 100": Target(1.3),
    "list 20": Target(1.5),
    "get thread": Target(1.5),
    "get message": Target(1.5),
    "create thread": Target(1.6),
    "create message": Target(1.6),
}
"""CPU of the API process for a request at 16 connections."""
BATCH = Target(4.0)
"""A batch of 100 messages in units of one message, both ours."""
OPENAI_DOOR = Target(1.25)
"""The OpenAI door in units of the native one."""
IN_PROCESS = {"list 100": Target(1.5), "append": Target(1.3)}
CLIENT = {"list 100": Target(1.5)}
"""`Client` in units of httpx2 and orjson."""
MEMORY = Target(1.7)
"""A worker in units of the bare process."""
GROWTH = Target(0.10, "share")
"""Of a worker's memory, over all requests."""
START = {
    "import threadkeep": Target(0.35, "seconds"),
    "threadkeep --help": Target(0.5, "seconds"),
    "threadkeep serve answers": Target(1.5, "seconds"),
}
FLAT = Target(1.4)
"""The longest history, or list, in units of the shortest, CPU and wall."""
UNDISTURBED = Target(2.0)
"""The 95th percentile of other requests while a large thread goes, in units of that before."""


def finding(what: str, measured: float, target: Target | None = None) -> Finding:
    """A figure of a request, or of what has the given target."""
    return Finding(what, measured, REQUESTS[what] if target is None else target)
