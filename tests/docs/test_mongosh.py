"""The JavaScript of the pages, pasted into the real shell. `.ci/run` installs it."""

from __future__ import annotations

import re
import secrets
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from threadkeep.tests.services.analytics.conversations import sample_conversations

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymongo import MongoClient

ROOT = Path(__file__).parents[2]
_BLOCK = re.compile(
    r"(?:^<!-- not run: (?P<reason>.*?) -->\n)?^```javascript\n(?P<code>.*?)^```", re.MULTILINE | re.DOTALL
)
_OTHER_SERVERS = ("three machines", "a sharded cluster")
"""Blocks that set up servers which no test has."""
_WRONG = re.compile(r"^.*(?:Uncaught|\w*Error(?:\[\w+\])?:).*$", re.MULTILINE)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not shutil.which("mongosh"), reason="mongosh is not installed: npm install --global mongosh"),
]


def blocks(page: Path) -> list[str]:
    """Return the JavaScript blocks of a page that can run on one server."""
    found = _BLOCK.finditer(page.read_text(encoding="utf-8"))
    return [one["code"] for one in found if not (one["reason"] or "").endswith(_OTHER_SERVERS)]


PAGES = [page for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))] if blocks(page)]


@pytest.fixture(scope="module")
def url(mongo: MongoClient[dict[str, Any]], mongo_url: str) -> Iterator[str]:
    """The URL of a database with the conversations of docs/analytics.md."""
    with sample_conversations(mongo, mongo_url) as made:
        query = urlsplit(mongo_url)
        yield query._replace(path=f"/{made.database.name}", query=f"{query.query}&authSource=admin").geturl()


def pasted(url: str, code: list[str]) -> str:
    """Return the output of the shell for blocks that are pasted one after the other."""
    mark = secrets.token_hex(4)
    lines = "\n".join(f"{block}\nprint('{mark} {number}')" for number, block in enumerate(code))
    done = subprocess.run(
        ["mongosh", "--quiet", "--norc", url],
        input=f"{lines}\n",
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert re.findall(rf"{mark} (\d+)$", done.stdout, re.MULTILINE) == [*map(str, range(len(code)))], (
        done.stdout + done.stderr
    )
    return done.stdout + done.stderr


@pytest.mark.timeout(180)
@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_block_of_a_page_can_be_pasted(url: str, page: Path, mongo: MongoClient[dict[str, Any]]) -> None:
    name = urlsplit(url).path[1:]
    code = [block.replace('"threadkeep"', f'"{name}"') for block in blocks(page)]
    try:
        printed = pasted(url, code)
    finally:
        for kind, names in (("dropUser", "users"), ("dropRole", "roles")):
            for one in mongo[name].command(f"{names}Info", 1)[names]:
                mongo[name].command(kind, one["user" if names == "users" else "role"])

    assert _WRONG.findall(printed) == []
