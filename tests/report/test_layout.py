"""The layout of pages in Chromium: on a phone and on a desktop, in the light and the dark scheme."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.report import Period
from threadkeep.report.page import page
from threadkeep.tests.report import layout
from threadkeep.tests.report.chromium import chromium, installed
from threadkeep.tests.report.figures import DAYS, EMPTY, END, full
from threadkeep.tests.report.random_figures import RandomFigures

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from threadkeep.report import Figures
    from threadkeep.tests.report.chromium import Browser

LONG = "<script>alert(1)</script>" + "W" * 400
NAMES = [LONG, "\u202eevil", "a\nb", "😀" * 50, "null\0"]


def hostile() -> Figures:
    """Figures with names that are long or dangerous, and large amounts."""
    assistants = [
        {**row, "assistant_id": NAMES[index % len(NAMES)], "role": row["role"], "messages": 10**9}
        for index, row in enumerate(full().messages_a_day)
    ]
    calls = [{**full().tool_calls[0], "tool": name, "calls": 10**9, "failed": 10**8} for name in NAMES]
    pairs = [{"before": LONG, "after": name, "hand_overs": 10**9, "threads": 10**9} for name in NAMES]
    values = [{"value": {LONG: name}, "threads": 10**6, "messages": 1, "share": 0.1} for name in NAMES]
    times = [
        {"assistant_id": name, "answers": 10**9, "p50": 0.001 * 9**index, "p90": 9.0**index, "p99": 80_000.0}
        for index, name in enumerate(NAMES)
    ]
    return full(
        messages_a_day=assistants,
        tool_calls=calls,
        hand_overs=pairs,
        metadata={LONG: values},
        answer_times_by_assistant=times,
    )


PAGES: dict[str, Callable[[], Figures]] = {
    "full": full,
    "hostile": hostile,
    "one day": lambda: replace(full(), period=Period(DAYS[3], DAYS[4], "Asia/Kolkata")),
    "not over": lambda: replace(full(), made_at=DAYS[-1] + timedelta(hours=9)),
    "future": lambda: replace(EMPTY, period=Period(END + timedelta(days=365), END + timedelta(days=395))),
    **{f"random {seed}": RandomFigures(seed).figures for seed in (3, 4)},
}


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    if installed() is None:
        pytest.skip("Chromium is not installed, so the report was not opened (apt install chromium)")
    with chromium(tmp_path_factory.mktemp("profile")) as browser:
        yield browser


def problems(browser: Browser, width: int) -> dict[str, list[Any]]:
    """Return the faults of the open page at this width."""
    browser.resize(width, 900)
    browser.resize(width, browser.evaluate("document.documentElement.scrollHeight"))
    found = {name: browser.evaluate(getattr(layout, name)) for name in ("WIDE", "CUT", "OVERLAPPING", "SMALL")}
    for scheme in ("light", "dark"):
        browser.set_scheme(scheme)
        found[f"PALE {scheme}"] = browser.evaluate(layout.PALE)
    browser.evaluate(layout.OPEN_TABLES)
    found["WIDE with tables"] = browser.evaluate(layout.WIDE)
    browser.evaluate(layout.CLOSE_TABLES)
    return {name: wrong for name, wrong in found.items() if wrong}


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=() if name in ("full", "hostile", "future") else pytest.mark.chaos) for name in PAGES],
)
def test_a_page_fits_its_reader_and_can_be_read(browser: Browser, tmp_path: Path, name: str) -> None:
    (tmp_path / "report.html").write_text(page(PAGES[name](), LONG if name == "hostile" else "Ours"), encoding="utf-8")
    browser.open((tmp_path / "report.html").as_uri())

    assert {width: problems(browser, width) for width in (390, 1440)} == {390: {}, 1440: {}}
