"""Prints the output of commands. Stored text reaches the terminal only through this module, so that no name can control it."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import InvalidInput
from ..escaping import visible

if TYPE_CHECKING:
    from collections.abc import Mapping

_LONGEST_LINE = 4000
STDOUT = Path("-")
"""The name of standard output, where a command takes a file."""

Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


def say(text: object, *, err: bool = False) -> None:
    """Print one line, on stderr if `err`. Control characters in it become visible."""
    typer.echo(visible(text, _LONGEST_LINE), err=err)


def write(document: str) -> None:
    """Write a document or a table to standard output as it is. Its texts must be escaped already."""
    typer.echo(document)


def write_bytes(document: bytes) -> None:
    """Write a part of a document to standard output as it is. Its texts must be escaped already, as its format escapes them."""
    typer.echo(document, nl=False)


def say_lines(text: str, *, err: bool = False) -> None:
    """Print each line of a text of several lines, such as a traceback."""
    for line in text.splitlines():
        say(line, err=err)


def say_json(record: Mapping[str, Any]) -> None:
    """Print a record as JSON in one line."""
    from ..stored_json import as_json

    say_json_line(as_json(record))


def say_json_line(line: bytes) -> None:
    """Print a line of JSON. Characters that control a terminal are escaped as JSON escapes them."""
    typer.echo(_UNSAFE.sub(_escaped, line.decode().rstrip("\n")))


def say_json_part(part: bytes) -> None:
    """Print a part of a JSON document, as `say_json_line` prints a line."""
    typer.echo(_UNSAFE.sub(_escaped, part.decode()), nl=False)


_UNSAFE = re.compile(r"[^\x00-\x7e]")
"""Characters that may need an escape. JSON has escaped the characters below U+0020 already."""


def _escaped(found: re.Match[str]) -> str:
    character = found[0]
    if character.isprintable():
        return character
    units = character.encode("utf-16-be")
    return "".join(f"\\u{units[i] << 8 | units[i + 1]:04x}" for i in range(0, len(units), 2))


def confirm(question: str, *, yes: bool) -> None:
    """Ask the question on the terminal, and end the command unless the answer is yes. With `yes`, ask nothing."""
    if not yes:
        typer.confirm(visible(question, _LONGEST_LINE), abort=True, err=True)


def require_terminal(*, yes: bool) -> None:
    """Raise `InvalidInput` if the command has to ask, and there is no terminal."""
    if not yes and not is_asked_on_a_terminal():
        raise InvalidInput.at("yes", "this cannot be undone, and there is no terminal to ask on: confirm it with --yes")


def is_asked_on_a_terminal() -> bool:
    """Whether a question reaches a person."""
    return sys.stdin.isatty()
