"""The targets of all figures. A ratio is to the floor, unless its table says otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Unit = Literal["times", "seconds", "share"]
GROSS = 2.0
"""A ratio above this multiple of its target is a regression: a busy machine does not explain it."""


@dataclass(frozen=True)
class SpeedTarget:
    """The highest allowed value of a figure."""

    at_most: float
    unit: Unit = "times"

    def __str__(self) -> str:
        return f"≤ {with_unit(self.at_most, self.unit)}"


@dataclass(frozen=True)
class Finding:
    """A measured figure and its target."""

    what: str
    measured: float
    target: SpeedTarget

    @property
    def reached(self) -> bool:
        """Whether the figure, rounded to the shown digits, is at most its target."""
        return round(self.measured, 2) <= self.target.at_most

    @property
    def gross(self) -> bool:
        """Whether the figure must be a regression. Never for seconds, because they depend on the machine."""
        return self.target.unit != "seconds" and self.measured > GROSS * self.target.at_most

    def cells(self) -> tuple[str, str, str]:
        """The cells of the columns measured, target and reached."""
        return with_unit(self.measured, self.target.unit), str(self.target), "yes" if self.reached else "**no**"


def with_unit(figure: float, unit: Unit) -> str:
    """The figure with its unit."""
    if unit == "share":
        return f"{figure:.0%}"
    return f"{figure:.2f}" + (" s" if unit == "seconds" else "")


REQUESTS = {
    "list 100": SpeedTarget(1.2),
    "list 20": SpeedTarget(1.3),
    "get thread": SpeedTarget(1.3),
    "get message": SpeedTarget(1.3),
    "create thread": SpeedTarget(1.5),
    "create message": SpeedTarget(1.2),
}
"""CPU time of the API process for a request at 16 connections, in units of the floor."""
ALONE = {"create message": SpeedTarget(1.2)}
"""The same at one connection."""
BATCH = SpeedTarget(4.0)
"""A batch of 100 messages in units of one message, both in the service."""
OPENAI_API = SpeedTarget(1.25)
"""The OpenAI API in units of the native API."""
IN_PROCESS = {"list 100": SpeedTarget(1.5), "append": SpeedTarget(1.3)}
"""Services in process in units of the raw driver."""
WAITS = SpeedTarget(1.2, "times")
"""The waits for the network of a call, in units of one round trip."""
CLIENT = {"list 100": SpeedTarget(1.5)}
"""`Client` in units of httpx2 and orjson."""
MEMORY = SpeedTarget(1.7)
"""The memory of a worker in units of the memory of the floor."""
GROWTH = SpeedTarget(0.10, "share")
"""The growth of the memory of a worker over all requests."""
START = {
    "import threadkeep": SpeedTarget(0.35, "seconds"),
    "threadkeep --help": SpeedTarget(0.5, "seconds"),
    "threadkeep serve answers": SpeedTarget(1.5, "seconds"),
}
"""Wall time of the start of a process."""
IMPORTER = SpeedTarget(0.5, "share")
"""The CPU time of an import as a share of its wall time."""
FLAT = SpeedTarget(1.4)
"""The longest history or list in units of the shortest, for CPU and wall time."""
WINDOW = SpeedTarget(2.0)
"""A window for a model in units of the page that it reads."""
UNDISTURBED = SpeedTarget(2.0)
"""The 95th percentile of other requests while a large thread is deleted, in units of the time before."""


def finding(what: str, measured: float, target: SpeedTarget | None = None) -> Finding:
    """The figure `what` with this target, or with the target of the request of that name."""
    return Finding(what, measured, REQUESTS[what] if target is None else target)
