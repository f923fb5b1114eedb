"""The outputs that pages show: in a form that two runs share, and written into the pages by `make docs`.

`make docs` sets `THREADKEEP_TEST_RECORD`. Without it, an output that differs from its page fails the test.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

IS_RECORDING = bool(os.environ.get("THREADKEEP_TEST_RECORD"))
_ID = re.compile(r"\b(user|thread|message|msg|conv|req|batch)_[0-9A-Za-z]{18,}\b")
_KEY = re.compile(r"\btk_[0-9A-Za-z_-]{8,}")
_TOOK = re.compile(r"\bin \d[\d.,]*( ?s\b)")
_RATE = re.compile(r"\d[\d,]* messages/s\b")
_NOW = re.compile(r"\buntil \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC")
_PASSED = re.compile(r"( passed) in \d[\d.]*s\b")
COMMAND_END = "\x1e"
"""Separates the outputs of the commands of one block."""


def normalized(printed: str, texts: Mapping[str, str]) -> str:
    """The form in which a page shows an output. `texts` are replaced first, such as the address of the server of this run.

    Random ids become `user_…`, keys `tk_…`. Durations, rates and the current time lose their numbers, and ends of lines
    their spaces.
    """
    for text, shown in texts.items():
        printed = printed.replace(text, shown)
    printed = _NOW.sub("until … UTC", _PASSED.sub(r"\1", printed))
    printed = _ID.sub(r"\1_…", _KEY.sub("tk_…", printed))
    printed = _RATE.sub("… messages/s", _TOOK.sub(r"in …\1", printed))
    return "".join(f"{line.rstrip()}\n" for line in printed.strip("\n").splitlines()) if printed.strip() else ""


@dataclass(frozen=True)
class Command:
    """A command of a `console` block with all its lines, and the output that the page shows below it."""

    lines: tuple[str, ...]
    output: str

    @property
    def code(self) -> str:
        """The command without its prompts."""
        return "\n".join(line[2:] for line in self.lines)


def commands_of(block: str) -> list[Command]:
    """The commands of a `console` block: `$ ` begins one, `> ` continues it, and other lines are its output."""
    found: list[tuple[list[str], list[str]]] = []
    for line in block.splitlines():
        if line.startswith("$ "):
            found.append(([line], []))
        elif line.startswith("> ") and found and not found[-1][1]:
            found[-1][0].append(line)
        elif found:
            found[-1][1].append(line)
        else:
            raise ValueError(f"a console block begins with a command, not with {line!r}")
    return [Command(tuple(lines), "".join(f"{line}\n" for line in output)) for lines, output in found]


def console_block(commands: Sequence[Command], outputs: Sequence[str]) -> str:
    """The commands, each with its output."""
    return "".join("\n".join(command.lines) + "\n" + output for command, output in zip(commands, outputs, strict=True))


class Page:
    """A page whose outputs may be written anew."""

    def __init__(self, path: Path, *, is_recording: bool = IS_RECORDING) -> None:
        """If it `is_recording`, the outputs are written into the page, else compared."""
        self._path = path
        self._is_recording = is_recording
        self._edits: list[tuple[int, int, str]] = []

    def check(self, first: int, last: int, shown: str, printed: str) -> None:
        """Compare the lines from `first` to before `last` with the output, or write the output into them."""
        if self._is_recording:
            self._edits.append((first, last, printed))
            return
        assert shown == printed, f"{self._path.name}:{first} shows another output; `make docs` writes it anew"

    def write(self) -> None:
        """Write the outputs into the page."""
        if not self._edits:
            return
        lines = self._path.read_text(encoding="utf-8").splitlines(keepends=True)
        for first, last, printed in sorted(self._edits, reverse=True):
            lines[first:last] = [printed]
        self._path.write_text("".join(lines), encoding="utf-8")
