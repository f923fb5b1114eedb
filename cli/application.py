"""The classes of all commands. In the help, flags look like flags; every error is one line on stderr with an exit status.

0 means done, 1 means that the command was refused or failed, and 2 means that the command line is wrong (decision 60).
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperCommand, TyperGroup

from ..errors import InvalidInput, KeyNotFound, ThreadkeepError, ThreadNotFound, UserNotFound
from .terminal import say_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

REFUSED = 1
USAGE = 2
_UsageError: type[Any] = typer.BadParameter.__mro__[1]
_ClickException: type[Any] = _UsageError.__mro__[1]


class Command(TyperCommand):
    """A command. If an option breaks a rule, the error is one of the command line and names the option."""

    def get_params(self, ctx: Any) -> list[Any]:
        """The options and arguments. Flags take no value, so the help shows none."""
        return _with_plain_flags(super().get_params(ctx))

    def invoke(self, ctx: Any) -> Any:
        """Run the command. Raises `typer.BadParameter` for an `InvalidInput` that an option or argument caused."""
        try:
            return super().invoke(ctx)
        except InvalidInput as error:
            by_name: dict[str, Any] = {name: param for param in self.params for name in _names_of(param)}
            found: list[tuple[Any, str]] = [
                (by_name.get(str((problem["loc"] or [""])[0])), problem["msg"]) for problem in error.problems
            ]
            if not found or any(param is None for param, _ in found):
                raise
            param = found[0][0]
            rules = "; ".join(rule for _, rule in found)
            raise typer.BadParameter(rules, ctx=ctx, param=param) from error


class Group(TyperGroup):
    """A group of commands. The root of all groups shows the errors."""

    def get_params(self, ctx: Any) -> list[Any]:
        """The options. Flags take no value, so the help shows none."""
        return _with_plain_flags(super().get_params(ctx))

    def main(
        self, args: Sequence[str] | None = None, *positional: Any, standalone_mode: bool = True, **options: Any
    ) -> Any:
        """Run the command that `args` name, and end the process. Errors become one line on stderr."""
        run: Any = super().main
        if not standalone_mode:
            return run(args, *positional, standalone_mode=False, **options)
        try:
            status = run(args, *positional, standalone_mode=False, **options)
        except typer.Abort:
            _fail("Stopped: the question was not answered with yes.", REFUSED)
        except _ClickException as error:
            _fail_usage(error)
        except ThreadkeepError as error:
            _fail(f"{error}{_NEXT_STEPS.get(type(error), '')}", REFUSED)
        except OSError as error:
            where = f"{error.filename}: " if error.filename else ""
            _fail(f"{where}{error.strerror or error}.", REFUSED)
        sys.exit(status if isinstance(status, int) else 0)


def _with_plain_flags(params: list[Any]) -> list[Any]:
    for param in params:
        if getattr(param, "is_flag", False):
            param.metavar = ""
    return params


def _names_of(param: Any) -> list[str]:
    """The name of a parameter, and the name of the field of the services that it fills."""
    return [param.name, *(_FIELDS.get(param.name, ()))]


_NEXT_STEPS: dict[type[ThreadkeepError], str] = {
    KeyNotFound: " `threadkeep keys list` shows all keys.",
    UserNotFound: " `threadkeep users list` shows the newest users.",
    ThreadNotFound: " `threadkeep threads list` shows the latest threads.",
}
_FIELDS = {"name": ("key_name",), "owner": ("owner_id",), "user": ("user_id",), "thread": ("thread_id",)}


def _fail_usage(error: Any) -> None:
    message = error.format_message().replace("Value error, ", "")
    if not message or type(error).__name__ == "NoArgsIsHelpError":
        error.show()
        sys.exit(USAGE)
    hint = f" Try '{error.ctx.command_path} --help'." if getattr(error, "ctx", None) else ""
    sentence = message if message.endswith("?") else f"{message.rstrip('.')}."
    _fail(f"{sentence}{hint}", USAGE)


def _fail(message: object, status: int) -> None:
    say_lines(f"threadkeep: {message}", err=True)
    sys.exit(status)
