"""The role for analysts of docs/mongodb.md reads the views and the daily facts. `test_mongosh.py` runs its commands."""

from __future__ import annotations

import json
import re
from pathlib import Path

from threadkeep.documents.views import VIEWS

PAGE = Path(__file__).parents[2] / "docs" / "mongodb.md"
FACTS = {"daily_messages", "daily_threads", "daily_users"}


def test_the_role_names_all_views_and_daily_facts_and_nothing_else() -> None:
    listed = re.search(r"^const readable = (\[.*\])$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)

    assert listed is not None
    assert {*json.loads(listed[1])} == FACTS | {view.name for view in VIEWS}
