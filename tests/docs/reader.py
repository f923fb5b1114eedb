"""Reads the code blocks of a page, and runs them from top to bottom.

- `python` is code for a file: `await` outside a function is an error. The blocks of a page share their names.
- `python` that begins with `# In a notebook` is code for a notebook cell, which may `await`.
- `python` that begins with `# name.py` is saved under that name and run. Later blocks can import it.
- `bash`, and the `$` lines of `console`, share variables and folder, also with the Python blocks that follow.
- `javascript` is for mongosh: the fixture `mongosh` is called with the code.
- `json`, `jsonl`, `yaml`, `toml` and `ini` must parse; `text` is not checked.

Outputs are checked, and `make docs` writes them anew (`outputs.py`). All other lines of a `console` block are outputs. A block
with `<!-- output -->` directly above it is the output of the block before it.

`live_server` replaces http://127.0.0.1:8000 and `tk_…` in the code. A block is skipped only with
`<!-- not run: reason -->` directly above it.
"""

from __future__ import annotations

import ast
import inspect
import io
import json
import os
import re
import runpy
import subprocess
import sys
import tomllib
from configparser import ConfigParser
from contextlib import redirect_stdout
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token

from threadkeep.mongodb_url import hosts_of
from threadkeep.tests.docs.outputs import COMMAND_END, Page, commands_of, console_block, normalized

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Iterator

    import pytest

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
OUTPUT = "<!-- output -->"
SHELL_VARIABLES = {"PYTHONWARNINGS", "_", "PWD", "OLDPWD", "SHLVL"}


@dataclass(frozen=True)
class Block:
    """One fenced block. `line` is the line of its fence. `is_output` says that it is the output of the block before it."""

    page: str
    line: int
    language: str
    code: str
    is_output: bool = False


def blocks_of(page: str, markdown: str) -> Iterator[Block]:
    tokens = [Token("", "", 0), *MarkdownIt().parse(markdown)]
    for above, token in pairwise(tokens):
        line = token.map[0] + 1 if token.map else 0
        if token.type == "code_block":
            raise ValueError(f"{page}:{line}: fence this block and name its language")
        if token.type == "fence" and not _is_skipped(page, above):
            is_output = above.type == "html_block" and above.content.strip() == OUTPUT
            yield Block(page, line, token.info.partition(" ")[0], token.content, is_output)


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
        self._printed = ""
        self._texts: dict[str, str] = {}
        self._folder: Path = fixture("tmp_path")
        self._texts[str(self._folder)] = "/srv/chats"
        self._names: dict[str, Any] = {"__name__": "__main__"}
        patch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
        patch.syspath_prepend(self._folder)
        patch.chdir(self._folder)

    def follow(self, block: Block, page: Page) -> None:
        """Run the block, and compare the output that it shows."""
        try:
            if block.is_output:
                self._compare(block, page, block.code, self._printed)
            elif block.language == "console":
                self._console(block, page)
            else:
                self._run(block.language, self._with_server(block.code), block)
        except BaseException as error:  # pytest's own failures are no Exceptions
            error.add_note(f"in the {block.language} block at {block.page}:{block.line}")
            raise

    def _compare(self, block: Block, page: Page, shown: str, printed: str) -> None:
        if block.language in PARSERS:
            PARSERS[block.language](printed)
        page.check(block.line, block.line + block.code.count("\n"), shown, normalized(printed, self._texts))

    def _console(self, block: Block, page: Page) -> None:
        commands = commands_of(block.code)
        script = "\n".join(f"{self._with_server(command.code)}\nprintf '\\036'" for command in commands)
        *printed, _ = self._shell(script, stderr=subprocess.STDOUT).split(COMMAND_END)
        outputs = [normalized(output, self._texts) for output in printed]
        page.check(block.line, block.line + block.code.count("\n"), block.code, console_block(commands, outputs))

    def _with_server(self, code: str) -> str:
        if not NEEDS_SERVER.search(code):
            return code
        server = self._fixture("live_server")
        if "THREADKEEP_API_KEY" not in os.environ:
            self._patch.setenv("THREADKEEP_API_KEY", server.admin_key)
            self._patch.setenv("THREADKEEP_URL", server.url)
        for written, attribute in REPLACEMENTS.items():
            self._texts[getattr(server, attribute)] = written
            if written in code:
                code = code.replace(written, getattr(server, attribute))
        self._texts |= dict.fromkeys(hosts_of(server.mongodb_url), "127.0.0.1:27017")
        return code

    def _run(self, language: str, code: str, block: Block) -> None:
        match language:
            case "python":
                with redirect_stdout(io.StringIO()) as printed:
                    self._python(code, block)
                self._printed = printed.getvalue()
            case "bash":
                self._printed = self._shell(code)
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

    def _shell(self, code: str, *, stderr: int = subprocess.PIPE) -> str:
        state = self._folder / ".shell"
        script = f"set -aeuo pipefail\n{code}\nenv -0 >'{state}'"
        done = subprocess.run(
            ["bash", "-c", script],
            stdin=subprocess.DEVNULL,
            env=os.environ | {"PYTHONWARNINGS": "ignore"},  # warnings of libraries name folders of this machine
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            timeout=45,
            check=False,
        )
        assert done.returncode == 0, f"{done.stdout}{done.stderr or ''}"
        left = dict(entry.split("=", 1) for entry in state.read_text().split("\0") if entry)
        self._patch.chdir(left["PWD"])
        for name in left.keys() - SHELL_VARIABLES:
            if os.environ.get(name) != left[name]:
                self._patch.setenv(name, left[name])
        return done.stdout
