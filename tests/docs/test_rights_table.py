"""The table of rights in docs/security.md equals the table by which the code decides."""

from __future__ import annotations

from pathlib import Path

from threadkeep.services.rights import table

PAGE = Path(__file__).parents[2] / "docs" / "security.md"


def test_page_has_the_table_of_rights() -> None:
    shown = PAGE.read_text().partition("<!-- rights -->")[2].partition("<!-- end of rights -->")[0]

    assert shown.strip() == table().strip()
