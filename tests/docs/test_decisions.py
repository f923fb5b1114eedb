"""Checks the pages of docs/decisions: their headings, their numbers, and the files that they name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs" / "decisions").glob("*.md"))
HEADINGS = ["Context", "Decision", "Consequences", "Alternatives", "References"]
CODE_SPAN = re.compile(r"`([^`]+)`")
LINK = re.compile(r"\]\(([^)#]+)\)")
PATH = re.compile(r"[\w.-]+(/[\w.-]+)*(/|\.(py|md|toml|svg|json))|\.ci/\w+")


def paths_in(text: str) -> list[str]:
    """Return the code spans that are paths in this repository, such as `keep.py` and `tests/embedded/`."""
    return [span for span in CODE_SPAN.findall(text) if PATH.fullmatch(span)]


def section(page: Path, heading: str) -> str:
    """Return the text below a heading of the second level."""
    return page.read_text().partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_page_has_the_five_headings(page: Path) -> None:
    lines = page.read_text().splitlines()

    assert [line.removeprefix("## ") for line in lines if line.startswith("## ")] == HEADINGS
    assert lines[0].startswith(f"# {int(page.name[:4])}. ")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_decision_begins_with_one_bold_line(page: Path) -> None:
    first = section(page, "Decision").strip().splitlines()[0]

    assert re.fullmatch(r"\*\*[^*].*\.\*\*", first)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_references_name_files_that_exist(page: Path) -> None:
    paths = paths_in(section(page, "References"))

    assert paths
    assert [path for path in paths if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_other_paths_and_links_exist(page: Path) -> None:
    text = page.read_text()
    links = [target for target in LINK.findall(text) if "://" not in target]

    assert [path for path in paths_in(text) if "/" in path and not (ROOT / path).exists()] == []
    assert [target for target in links if not (page.parent / target).exists()] == []


def test_numbers_are_unique() -> None:
    numbers = [page.name[:4] for page in PAGES]

    assert numbers == sorted(set(numbers))
