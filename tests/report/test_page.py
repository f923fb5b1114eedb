from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.report.page import page
from threadkeep.report.theme import VARIABLES
from threadkeep.tests.report.chromium import chromium, installed
from threadkeep.tests.report.figures import EMPTY, full

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from threadkeep.tests.report.chromium import Browser

CHARTS = 13
MARKS = """
[...document.querySelectorAll("figure")].map(figure => {
  const box = figure.querySelector("svg").getBoundingClientRect();
  const marks = [...figure.querySelectorAll('[role="graphics-symbol"][aria-label]')];
  const seen = marks.filter(mark => {
    const at = mark.getBoundingClientRect();
    return at.width + at.height > 0 && at.left >= box.left - 1 && at.right <= box.right + 1;
  });
  return [figure.id, box.width > 400 && box.height > 40, seen.length > 0];
})
"""
TOUCH = """
(() => {
  const mark = document.querySelector('#messages [role="graphics-symbol"][aria-label*="3 messages"]');
  const at = mark.getBoundingClientRect();
  const where = {clientX: at.left + 1, clientY: at.top + 1, bubbles: true};
  mark.dispatchEvent(new PointerEvent("pointermove", where));
  const tip = document.getElementById("tip").hidden ? null : document.getElementById("tip").textContent;
  document.body.dispatchEvent(new PointerEvent("pointermove", where));
  return [tip === mark.getAttribute("aria-label"), document.getElementById("tip").hidden];
})()
"""
FILLS = """
[...new Set([...document.querySelectorAll("#messages path[role]")].map(mark => getComputedStyle(mark).fill))].length
"""
INK = 'getComputedStyle(document.querySelector("#retention text[fill*=ink]")).fill'


@pytest.fixture(scope="module")
def html() -> str:
    return page(full(), "Our <assistants> & “more”")


def test_page_has_all_charts_and_loads_nothing(html: str) -> None:
    assert html.count("<svg ") == CHARTS
    assert not re.search(r"""(?:src|href)=|url\((?!#clip)|@import|<link|<iframe|fetch\(|XMLHttpRequest""", html)
    assert not re.sub(r"https?://www\.w3\.org/[\w/]+", "", html).count("://")
    assert "Content-Security-Policy" in html
    assert len(html) < 500_000


def test_page_follows_the_colour_scheme_of_its_reader(html: str) -> None:
    drawings = "".join(re.findall(r"<svg .*?</svg>", html, re.DOTALL))

    assert "prefers-color-scheme: dark" in html
    assert not re.search(r'(?:fill|stroke)="(?!var\(|none|transparent)', drawings)
    for name in set(VARIABLES.values()):
        assert html.count(f"--{name}: #") == 2, name


def test_page_escapes_text_from_data(html: str) -> None:
    assert "<h1>Our &lt;assistants&gt; &amp; “more”</h1>" in html
    assert "<b>book" not in html


def test_page_without_data_has_a_note_for_each_chart() -> None:
    html = page(EMPTY, "Conversations")

    assert "<svg" not in html
    assert html.count("No data for this chart.") == CHARTS


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory, html: str) -> Iterator[Browser]:
    if installed() is None:
        pytest.skip("Chromium is not installed, so the report was not opened (apt install chromium)")
    folder: Path = tmp_path_factory.mktemp("report")
    (folder / "report.html").write_text(html, encoding="utf-8")
    with chromium(folder / "profile") as browser:
        browser.open((folder / "report.html").as_uri())
        yield browser


def test_page_draws_every_chart_in_chromium(browser: Browser) -> None:
    charts = browser.evaluate(MARKS)

    assert len(charts) == CHARTS
    assert [chart for chart in charts if not all(chart[1:])] == []
    assert browser.evaluate(FILLS) == 3


def test_page_shows_the_label_of_the_mark_under_the_pointer(browser: Browser) -> None:
    assert browser.evaluate(TOUCH) == [True, True]


@pytest.mark.slow
def test_page_changes_with_the_colour_scheme(browser: Browser) -> None:
    inks: list[Any] = []
    for scheme in ("light", "dark"):
        browser.set_scheme(scheme)
        inks.append(browser.evaluate(INK))

    assert inks == ["rgb(28, 31, 38)", "rgb(236, 234, 228)"]


def test_page_has_no_errors_and_sends_no_requests(browser: Browser) -> None:
    requests = [params["request"]["url"] for params in browser.params_of("Network.requestWillBeSent")]
    errors = browser.params_of("Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded")

    assert [url.rpartition("/")[2] for url in requests] == ["report.html"]
    assert errors == []
