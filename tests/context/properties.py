"""The properties of windows as one function, and the command that tries them on many histories.

python -m threadkeep.tests.context.properties --examples 1000000 --processes 2
"""

from __future__ import annotations

import argparse
import copy
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import fields, replace
from itertools import repeat
from typing import TYPE_CHECKING, Any

from threadkeep.context import (
    STORED_FIELDS,
    check_anthropic,
    check_chat,
    check_responses,
    count_tokens,
    settled_window,
    window_of,
)
from threadkeep.errors import BudgetTooSmall
from threadkeep.stored_json import as_json
from threadkeep.tests.context.histories import Row, newest_of, whole
from threadkeep.tests.context.random_histories import RandomHistories

if TYPE_CHECKING:
    from collections.abc import Iterator

    from threadkeep.context import Demand, History, Window

CHECKS: dict[str, Any] = {"chat": check_chat, "responses": check_responses, "anthropic": check_anthropic}
PART = 1_000
"""The examples of one seed."""


def made(history: History, demand: Demand) -> Window | None:
    """Return the window, or None if the newest turn does not fit."""
    try:
        return window_of(history, demand)
    except BudgetTooSmall:
        return None


def broken(rows: list[Row], demand: Demand) -> Iterator[str]:
    """Yield a sentence for each property that the window of this history breaks."""
    window, needed = None, 0
    try:
        window = window_of(whole(rows), demand)
    except BudgetTooSmall as error:
        needed = error.problems[0]["ctx"]["needed"]
    if _bytes_of(window) != _bytes_of(_again(rows, demand)):
        yield "the same history gives other bytes"
    yield from _depends_on_what_was_read(rows, demand, window)
    if window is None:
        yield from _refused_without_reason(rows, demand, needed)
        return
    if window.messages and (rules := CHECKS[demand.format](window.messages)):
        yield f"invalid: {rules[0]}"
    if window.tokens > demand.max_tokens:
        yield "above the budget"
    if window.tokens != count_tokens([*(window.system or ()), *window.messages], demand.counter):
        yield "the tokens are not those of the messages"
    yield from _not_accounted_for(rows, window)


def _again(rows: list[Row], demand: Demand) -> Window | None:
    """Make the window of a copy that has only the fields which are read from the database."""
    read = [{name: row[name] for name in STORED_FIELDS if name in row} for row in copy.deepcopy(rows)]
    return made(whole(read), demand)


def _bytes_of(window: Window | None) -> bytes:
    """Return all of a window as JSON. Its summaries are stored messages, of which it shows the numbers."""
    if window is None:
        return b""
    values = {one.name: getattr(window, one.name) for one in fields(window)}
    return as_json({**values, "summaries": [row["seq"] for row in window.summaries]})


def _depends_on_what_was_read(rows: list[Row], demand: Demand, window: Window | None) -> Iterator[str]:
    for count in range(len(whole(rows).rows)):
        try:
            found = settled_window(newest_of(rows, count), demand)
        except BudgetTooSmall:
            if window is not None:
                yield f"with {count} messages read, it is refused"
            return
        if found is not None:
            if found != window:
                yield f"with {count} messages read, it is another window"
            return


def _refused_without_reason(rows: list[Row], demand: Demand, needed: int) -> Iterator[str]:
    if needed <= demand.max_tokens:
        yield "refused, although it needs no more"
    if made(whole(rows), replace(demand, max_tokens=needed)) is None:
        yield "refused also with the tokens that it asked for"


def _not_accounted_for(rows: list[Row], window: Window) -> Iterator[str]:
    ranges = [(one["first_seq"], one["last_seq"]) for one in window.left_out]
    if ranges != sorted(ranges):
        yield "the ranges are not in order"
    first = window.first_seq if window.first_seq is not None else rows[-1]["seq"] + 1 if rows else 1
    known = {row["seq"] for row in whole(rows).head} | {*window.pinned}
    for row in rows:
        if (
            row["seq"] < first
            and row["seq"] not in known
            and not any(low <= row["seq"] <= high for low, high in ranges)
        ):
            yield f"message {row['seq']} is not accounted for"


def broken_by(seed: int, examples: int, most: int = 14) -> Counter[str]:
    """Return how many examples of a seed break each property, with the first one."""
    drawn, found = RandomHistories(seed), Counter[str]()
    for number in range(examples):
        rows, demand = drawn.history(most), drawn.demand()
        for rule in broken(rows, demand):
            found[rule] += 1
            if found[rule] == 1:
                sys.stderr.write(f"seed {seed}, example {number}: {rule}\n  {demand}\n  {rows}\n")
    return found


def main() -> int:
    """Try the properties on many examples with several processes, and print the properties that fail."""
    parser = argparse.ArgumentParser(description="Try the properties of windows on many histories.")
    parser.add_argument("--examples", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--processes", type=int, default=2)
    asked = parser.parse_args()
    began, done, found = time.monotonic(), 0, Counter[str]()
    seeds = range(asked.seed, asked.seed + -(-asked.examples // PART))
    with ProcessPoolExecutor(asked.processes) as pool:
        for part in pool.map(broken_by, seeds, repeat(PART)):
            done, found = done + PART, found + part
            if done % (20 * PART) == 0 or done >= asked.examples:
                rate = done / (time.monotonic() - began)
                sys.stdout.write(f"{done:,} examples, {rate:,.0f} a second, {found.total()} broken\n")
                sys.stdout.flush()
    for rule, count in found.most_common():
        sys.stdout.write(f"{count:>8} {rule}\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
