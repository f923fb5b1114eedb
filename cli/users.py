"""`threadkeep users`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from .connection import DataDir, load_settings, with_keep
from .terminal import add_row, say, show, table_of

if TYPE_CHECKING:
    from ..keep import Threadkeep
    from ..records import Page, UserRecord

users = typer.Typer(help="Create and list users.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(users, name="users")


@users.command()
def create(
    full_name: Annotated[str | None, typer.Option(help="The user's name.")] = None,
    email: Annotated[str | None, typer.Option(help="The e-mail address. It must be unique.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Create a user and print the id."""

    async def work(keep: Threadkeep) -> str:
        return str((await keep.user_service.create_user(full_name=full_name, email=email)).id)

    say(with_keep(load_settings(data_dir=data_dir), work))


@users.command("list")
def list_users(
    limit: Annotated[int, typer.Option(min=1, max=100, help="The number of users.")] = 20,
    email: Annotated[str | None, typer.Option(help="Only the user with this e-mail address.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Show users, newest first."""

    async def work(keep: Threadkeep) -> Page[UserRecord]:
        return await keep.user_service.list_users(limit, email=email)

    from rich.table import Column

    table = table_of((Column("id", no_wrap=True), "name", "e-mail", "created"))  # a shortened id is of no use
    for user in with_keep(load_settings(data_dir=data_dir), work):
        add_row(table, user.id, user.full_name or "", user.email or "", user.created_at[:19])
    show(table)
