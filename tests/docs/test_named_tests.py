"""The test files that pages name exist. Tables of guarantees leave out `tests/`; a name without a folder may be in any one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
NAMED = re.compile(r"`([\w./-]*\btest_\w+\.py)(?:::[^`]*)?`")
SAVED = re.compile(r"^# (test_\w+\.py)$", re.MULTILINE)
"""The first line of a block that readers save under this name."""
INVENTED = {"tests/transfer/importer/formats/test_parley.py"}
"""The test of the format that docs/importing.md invents."""


def exists(name: str) -> bool:
    if "/" not in name:
        return any((ROOT / "tests").rglob(name))
    return (ROOT / name).is_file() or (ROOT / "tests" / name).is_file()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_each_test_file_that_a_page_names_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    named = {*NAMED.findall(text)} - {*SAVED.findall(text)} - INVENTED

    assert {name for name in named if not exists(name)} == set()


def test_names_of_tests_are_found_in_pages() -> None:
    assert len({name for page in PAGES for name in NAMED.findall(page.read_text(encoding="utf-8"))}) > 100
