"""Runs every code block of README.md, CONTRIBUTING.md and docs/, each page from top to bottom.

- `python` is code for a file: `await` outside a function is an error. The blocks of a page share their names.
- `python` that begins with `# In a notebook` is code for a notebook cell, which may `await`.
- `python` that begins with `# name.py` is saved under that name and run. Later blocks can import it.
- `bash`, and the `$` lines of `console`, share variables and folder, also with the Python blocks that follow.
- `javascript` is for mongosh: the fixture `mongosh` is called with the code.
- `json`, `jsonl`, `yaml`, `toml` and `ini` must parse; `text` is not checked.

`live_server` replaces http://127.0.0.1:8000 and `tk_…` in the code. A block is skipped only with
`<!-- not run: reason -->` directly above it.
"""

import ast
import asyncio
import inspect
import json
import os
import re
import runpy
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from configparser import ConfigParser
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).parents[2]
SLOW = {f"docs/{name}.md" for name in ("analytics", "data-out", "fastapi", "python", "testing")}
"""Pages that start several processes: `make test-slow` runs them."""
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
OPT_OUT = re.compile(r"<!--\s*not run:\s*(\w.*?)\s*-->", re.DOTALL)
NOTEBOOK = re.compile(r"# In a notebook\b")
FILE = re.compile(r"# (\w+\.py)\b")
REPLACEMENTS = {"http://127.0.0.1:8000": "url", "tk_…": "admin_key", "mongodb://127.0.0.1:27017": "mongodb_url"}
NEEDS_SERVER = re.compile("|".join([*map(re.escape, REPLACEMENTS), "THREADKEEP_URL", "THREADKEEP_API_KEY"]))
PARSERS: dict[str, Callable[[str], object]] = {
    "json": json.loads,
    "jsonl": lambda code: [json.loads(line) for line in code.splitlines()],
    "yaml": lambda code: list(yaml.safe_load_all(code)),
    "toml": tomllib.loads,
    "ini": ConfigParser(strict=False, interpolation=None).read_string,
    "text": str,
}
SHELL_VARIABLES = {"_", "PWD", "OLDPWD", "SHLVL"}


@dataclass(frozen=True)
class Block:
    """One fenced block. `line` is the line of its fence."""

    page: str
    line: int
    language: str
    code: str


def blocks_of(page: str, markdown: str) -> Iterator[Block]:
    tokens = [Token("", "", 0), *MarkdownIt().parse(markdown)]
    for above, token in pairwise(tokens):
        line = token.map[0] + 1 if token.map else 0
        if token.type == "code_block":
            raise ValueError(f"{page}:{line}: fence this block and name its language")
        if token.type == "fence" and not _is_skipped(page, above):
            yield Block(page, line, token.info.partition(" ")[0], token.content)


def _is_skipped(page: str, above: Token) -> bool:
    if above.type != "html_block" or "not run" not in above.content:
        return False
    if not OPT_OUT.fullmatch(above.content.strip()):
        raise ValueError(f"{page}: {above.content.strip()} gives no reason")
    return True


class Reader:
    """Runs the blocks of one page in a temporary folder."""

    def __init__(self, fixture: Callable[[str], Any], loop: asyncio.Runner, patch: pytest.MonkeyPatch) -> None:
        self._fixture, self._loop, self._patch = fixture, loop, patch
        self._folder: Path = fixture("tmp_path")
        self._names: dict[str, Any] = {"__name__": "__main__"}
        patch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
        patch.syspath_prepend(self._folder)
        patch.chdir(self._folder)

    def follow(self, block: Block) -> None:
        try:
            self._run(block.language, self._with_server(block.code), block)
        except BaseException as error:
            error.add_note(f"in the {block.language} block at {block.page}:{block.line}")
            raise

    def _with_server(self, code: str) -> str:
        if not NEEDS_SERVER.search(code):
            return code
        server = self._fixture("live_server")
        if "THREADKEEP_API_KEY" not in os.environ:
            self._patch.setenv("THREADKEEP_API_KEY", server.admin_key)
            self._patch.setenv("THREADKEEP_URL", server.url)
        for written, attribute in REPLACEMENTS.items():
            if written in code:
                code = code.replace(written, getattr(server, attribute))
        return code

    def _run(self, language: str, code: str, block: Block) -> None:
        match language:
            case "python":
                self._python(code, block)
            case "bash":
                self._shell(code)
            case "console":
                self._shell("\n".join(re.findall(r"^[$>] (.*)", code, re.MULTILINE)))
            case "javascript":
                self._fixture("mongosh")(code)
            case _ if language in PARSERS:
                PARSERS[language](code)
            case _:
                raise ValueError(f"{language or 'a block without a language'} cannot be run")

    def _python(self, code: str, block: Block) -> None:
        if file := FILE.match(code):
            (self._folder / file[1]).write_text(code, encoding="utf-8")
            runpy.run_path(file[1])
            return
        in_place = "\n" * block.line + code  # tracebacks show the lines of the page
        flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT if NOTEBOOK.match(code) else 0
        compiled = compile(in_place, block.page, "exec", flags)
        result = eval(compiled, self._names)  # noqa: S307 - the project's own pages
        if inspect.iscoroutine(result):
            self._loop.run(result)

    def _shell(self, code: str) -> None:
        state = self._folder / ".shell"
        script = f"set -aeuo pipefail\n{code}\nenv -0 >'{state}'"
        done = subprocess.run(
            ["bash", "-c", script], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=45, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        left = dict(entry.split("=", 1) for entry in state.read_text().split("\0") if entry)
        self._patch.chdir(left["PWD"])
        for name in left.keys() - SHELL_VARIABLES:
            if os.environ.get(name) != left[name]:
                self._patch.setenv(name, left[name])


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
    for block in blocks_of(page, (ROOT / page).read_text(encoding="utf-8")):
        reader.follow(block)


class TestThisReader:
    """The reader itself."""

    @pytest.fixture
    def live_server(self) -> SimpleNamespace:
        return SimpleNamespace(url="http://127.0.0.1:9", admin_key="tk_" + "a" * 40)

    def follow(self, reader: Reader, markdown: str) -> None:
        for block in blocks_of("page.md", markdown):
            reader.follow(block)

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
            "```bash\nmkdir deep && cd deep\nname=Ada\n```\n```console\n$ test $name = Ada\nyes\n```\n"
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

    def test_a_skipped_block_needs_a_reason(self, reader: Reader) -> None:
        self.follow(reader, "<!-- not run: needs two machines -->\n```bash\nfalse\n```\n")
        with pytest.raises(ValueError, match="gives no reason"):
            self.follow(reader, "<!-- not run: -->\n\n```bash\nfalse\n```\n")
        with pytest.raises(ValueError, match="fence this block"):
            self.follow(reader, "Indented:\n\n    false\n")
