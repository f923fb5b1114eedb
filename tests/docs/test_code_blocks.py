"""Runs every code block of README.md, CONTRIBUTING.md and docs/, each page from top to bottom: `reader.py` says how."""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from threadkeep.tests.docs.outputs import Page, commands_of, normalized
from threadkeep.tests.docs.reader import Reader, blocks_of

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
SLOW = {
    f"docs/{name}.md"
    for name in ("analytics", "cli", "data-out", "fastapi", "frameworks", "importing", "python", "testing")
}
"""Pages that start several processes, or import several frameworks: `make test-slow` runs them."""
FRAMEWORKS = ("agents", "langgraph", "claude_agent_sdk", "pydantic_ai", "google.adk", "agent_framework", "chatkit")
"""The packages that docs/frameworks.md needs: the extra `frameworks-test` has them."""
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.fixture
def reader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Reader]:
    monkeypatch.delenv("THREADKEEP_API_KEY", raising=False)
    known = {*sys.modules}
    with asyncio.Runner() as loop:
        yield Reader(request.getfixturevalue, loop, monkeypatch)
    folder = str(request.getfixturevalue("tmp_path"))
    for name in sys.modules.keys() - known:  # another page may have a file with the same name
        if str(getattr(sys.modules[name], "__file__", "")).startswith(folder):
            del sys.modules[name]


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(name, marks=[pytest.mark.slow] if name in SLOW else [])
        for name in (page.relative_to(ROOT).as_posix() for page in PAGES)
    ],
)
def test_the_code_blocks_of_a_page_run(page: str, reader: Reader) -> None:
    if page == "docs/frameworks.md":
        for name in FRAMEWORKS:
            pytest.importorskip(name)
    shown = Page(ROOT / page)
    for block in blocks_of(page, (ROOT / page).read_text(encoding="utf-8")):
        reader.follow(block, shown)
    shown.write()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_only_a_block_that_a_test_runs_shows_an_output(page: Path) -> None:
    """A skipped `console` block would keep an output for ever."""
    text = page.read_text(encoding="utf-8")
    for reason, block in re.findall(r"<!-- not run: (.*?)-->\s*```console\n(.*?)```", text, re.DOTALL):
        assert "test_" in reason or not any(command.output for command in commands_of(block)), reason


class TestThisReader:
    """The reader itself."""

    @pytest.fixture
    def live_server(self) -> SimpleNamespace:
        return SimpleNamespace(
            url="http://127.0.0.1:9", admin_key="tk_" + "a" * 40, mongodb_url="mongodb://127.0.0.1:8"
        )

    def follow(self, reader: Reader, markdown: str) -> None:
        for block in blocks_of("page.md", markdown):
            reader.follow(block, Page(ROOT / "page.md", is_recording=False))

    def test_blocks_share_names(self, reader: Reader) -> None:
        self.follow(reader, "```python\nx = 3\n```\n1. then\n   ```python\n   assert x == 3\n   ```\n")

    def test_only_a_notebook_cell_may_await(self, reader: Reader) -> None:
        code = "import asyncio\nx = await asyncio.sleep(0, 3)\n"

        self.follow(reader, f"```python\n# In a notebook:\n{code}```\n```python\nassert x == 3\n```\n")
        with pytest.raises(SyntaxError, match="'await' outside function"):
            self.follow(reader, f"```python\n{code}```\n")

    def test_a_named_file_can_be_imported_and_run_by_the_shell(self, reader: Reader) -> None:
        self.follow(
            reader,
            "```python\n# of_this_page.py: a file\nx = 3\n```\n"
            "```python\nimport of_this_page\n\nassert of_this_page.x == 3\n```\n"
            "```console\n$ python -c 'import of_this_page'\n```\n",
        )
        with pytest.raises(ZeroDivisionError):
            self.follow(reader, "```python\n# wrong.py\n1 / 0\n```\n")

    def test_shell_variables_and_folder_are_kept_for_later_blocks(self, reader: Reader) -> None:
        self.follow(
            reader,
            "```bash\nmkdir deep && cd deep\nname=Ada\n```\n```console\n$ test $name = Ada\n```\n"
            "```python\nimport os\nassert os.environ['name'] == 'Ada'\nassert os.getcwd().endswith('/deep')\n```\n",
        )

    @pytest.mark.parametrize(
        "block",
        [
            "python\nassert 1 == 2",
            "bash\nfalse | true",
            "console\n$ false",
            "json\n{",
            "toml\n=",
            "ini\n=",
            "perl\n1",
            "",
        ],
    )
    def test_a_failing_block_is_named(self, block: str, reader: Reader) -> None:
        with pytest.raises(BaseException) as caught:  # noqa: PT011 - each language raises another error
            self.follow(reader, f"# Title\n\n```{block}\n```\n")

        assert caught.value.__notes__[0].endswith("page.md:3")

    def test_the_live_server_replaces_the_url_and_key_of_pages(self, reader: Reader) -> None:
        url = "import os\nassert 'http://127.0.0.1:8000' == os.environ['THREADKEEP_URL'] == 'http://127.0.0' + '.1:9'"

        self.follow(reader, f"```python\n{url}\nassert len('tk_…') == 43\n```\n")
        self.follow(reader, "```bash\ntest ${#THREADKEEP_API_KEY} = 43\n```\n")

    @pytest.mark.parametrize(
        "block",
        [
            "```console\n$ echo one\none\n$ echo two &&\n> echo three\ntwo\nthree\n```\n",
            "```bash\necho one\n```\n\n<!-- output -->\n```text\none\n```\n",
            "```python\nprint('one')\n```\n\nIt prints:\n\n<!-- output -->\n```text\none\n```\n",
            '```python\nprint(\'{"a": 1}\')\n```\n\n<!-- output -->\n```json\n{"a": 1}\n```\n',
        ],
    )
    def test_an_output_is_what_was_printed(self, block: str, reader: Reader, tmp_path: Path) -> None:
        self.follow(reader, block)
        drifted = block.replace("\none\n", "\neleven\n").replace("1}\n```", "2}\n```")
        with pytest.raises(AssertionError, match="`make docs` writes it anew"):
            self.follow(reader, drifted)

        page = tmp_path / "page.md"
        page.write_text(f"# Title\n\n{drifted}\nEnd.\n")
        recorded = Page(page, is_recording=True)
        for one in blocks_of("page.md", page.read_text()):
            reader.follow(one, recorded)
        recorded.write()
        assert page.read_text() == f"# Title\n\n{block}\nEnd.\n"

    @pytest.mark.parametrize(
        ("printed", "shown"),
        [
            ("Wrote 200 messages in 1.2 s: 1,166 messages/s.", "Wrote 200 messages in … s: … messages/s.\n"),
            ("1 passed in 0.05s", "1 passed\n"),
            ("all changes until 2026-11-29 05:53:18 UTC.", "all changes until … UTC.\n"),
            ("user_Kx2VbQ7mZr9LwTn4YcHd0P thread_1", "user_… thread_1\n"),
            ("tk_KmMVbvOx-71c8fj7aQln5hR1", "tk_…\n"),
            ("at http://127.0.0.1:45731 in /tmp/x/y  ", "at http://127.0.0.1:8000 in /srv/chats/y\n"),
            ("\n\none\n\ntwo\n\n", "one\n\ntwo\n"),
            ("", ""),
        ],
    )
    def test_an_output_is_the_same_in_two_runs(self, printed: str, shown: str) -> None:
        texts = {"http://127.0.0.1:45731": "http://127.0.0.1:8000", "/tmp/x": "/srv/chats"}  # noqa: S108 - a text

        assert normalized(printed, texts) == shown
        assert normalized(shown, texts) == shown

    def test_a_skipped_block_needs_a_reason(self, reader: Reader) -> None:
        self.follow(reader, "<!-- not run: needs two machines -->\n```bash\nfalse\n```\n")
        with pytest.raises(ValueError, match="gives no reason"):
            self.follow(reader, "<!-- not run: -->\n\n```bash\nfalse\n```\n")
        with pytest.raises(ValueError, match="fence this block"):
            self.follow(reader, "Indented:\n\n    false\n")
