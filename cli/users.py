"""`threadkeep users`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from .application import Command, Group
from .connection import DataDir, load_settings, with_keep
from .listing import Column, Json, Limit, first, print_list, say_more
from .terminal import Yes, confirm, require_terminal, say, say_json

if TYPE_CHECKING:
    from ..keep import Threadkeep
    from ..records import Erased, UserRecord

users = typer.Typer(cls=Group, help="Create, list and erase users.", no_args_is_help=True)

_COLUMNS: tuple[Column[UserRecord], ...] = (
    Column("id", lambda user: user.id),
    Column("created", lambda user: user.created_at[:19]),
    Column("e-mail", lambda user: user.email, is_free_text=True),
    Column("name", lambda user: user.full_name, is_free_text=True),
)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(users, name="users")


@users.command(cls=Command)
def create(
    full_name: Annotated[str | None, typer.Option(help="The user's name.")] = None,
    email: Annotated[str | None, typer.Option(help="The e-mail address. It must be unique.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Create a user and print the id."""

    async def work(keep: Threadkeep) -> str:
        return str((await keep.user_service.create_user(full_name=full_name, email=email)).id)

    say(with_keep(load_settings(data_dir=data_dir), work, creates="database"))


@users.command("list", cls=Command)
def list_users(
    limit: Limit = 20,
    email: Annotated[str | None, typer.Option(help="Only the user with this e-mail address.")] = None,
    *,
    as_json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Show users, newest first.

    In a pipe, the columns are separated by tabs: id, created, e-mail, name.
    """

    async def work(keep: Threadkeep) -> tuple[list[UserRecord], bool]:
        size = min(limit + 1, keep.runtime.limits.max_records_page)
        return await first(limit, keep.user_service.iter_users(email=email, limit=size))

    found, has_more = with_keep(load_settings(data_dir=data_dir), work)
    print_list(found, _COLUMNS, as_json=as_json)
    if has_more:
        say_more(limit)


@users.command(cls=Command)
def erase(
    user: Annotated[str, typer.Argument(help="The id of the user.")],
    *,
    yes: Yes = False,
    as_json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Erase a user: the user, the keys and drafts, and the threads that the user owns, with all their messages.

    Messages in the threads of others stay, with `deleted_user` as their sender (docs/security.md). The command asks before
    it erases. It cannot be undone.
    """
    require_terminal(yes=yes)

    async def work(keep: Threadkeep) -> Erased:
        found = await keep.user_service.get_user(user)
        confirm(f"Erase {user} ({found.full_name or 'no name'}) and all threads that the user owns?", yes=yes)
        return await keep.user_service.delete_user(user)

    erased = with_keep(load_settings(data_dir=data_dir), work)
    if as_json:
        say_json(erased)
    else:
        say(
            f"{user} is erased: {erased.threads_deleted} threads deleted, {erased.threads_left} left, "
            f"{erased.messages_anonymised} messages of other threads without a sender, {erased.keys_revoked} keys revoked."
        )
