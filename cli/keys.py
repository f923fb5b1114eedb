"""`threadkeep keys`."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import InvalidInput, KeyNotFound, ThreadkeepError
from .application import Command, Group
from .connection import DataDir, load_settings, with_keep
from .listing import Column, Json, print_list, table
from .terminal import say, say_json

if TYPE_CHECKING:
    from ..keep import Threadkeep
    from ..records import KeyRecord, NewKeyRecord

_PREFIX_CHARACTERS = 11
_SHORTEST_PREFIX = 4
_MOST_SHOWN = 10

keys = typer.Typer(cls=Group, help="Create, list and revoke API keys.", no_args_is_help=True)

_COLUMNS: tuple[Column[KeyRecord], ...] = (
    Column("prefix", lambda key: key.prefix),
    Column("scope", lambda key: key.scope),
    Column("active", lambda key: key.is_active),
    Column("created", lambda key: key.created_at[:19]),
    Column("last used", lambda key: (key.last_used_at or "never")[:19]),
    Column("user", lambda key: key.user_id),
    Column("name", lambda key: key.key_name, is_free_text=True),
)


class KeyScope(StrEnum):
    """The scope of a key."""

    admin = "admin"
    service = "service"
    user = "user"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(keys, name="keys")


@keys.command(cls=Command)
def create(
    scope: Annotated[
        KeyScope,
        typer.Option(
            help="**admin** may do everything. **service** reads and writes all threads. **user** acts for one user."
        ),
    ] = KeyScope.service,
    user_id: Annotated[
        str | None, typer.Option("--user", "--user-id", help="The user of the key. For --scope user only.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="A name for your own use.")] = None,
    expires_in_days: Annotated[
        int | None, typer.Option(min=1, help="The number of days after which the key expires.")
    ] = None,
    *,
    as_json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Create a key and print it. It is shown only now, because the database stores only its hash."""

    async def work(keep: Threadkeep) -> NewKeyRecord:
        return await keep.key_service.create_key(
            scope.value, user_id=user_id, key_name=name, expires_in_days=expires_in_days
        )

    created = with_keep(load_settings(data_dir=data_dir), work, creates="database")
    if as_json:
        say_json(created)
    else:
        say(created.plain_key)


@keys.command("list", cls=Command)
def list_keys(
    user_id: Annotated[str | None, typer.Option("--user", "--user-id", help="Only the keys of this user.")] = None,
    *,
    as_json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Show all keys, oldest first, without their secrets, which are not stored.

    In a pipe, the columns are separated by tabs: prefix, scope, active, created, last used, user, name.
    """

    async def work(keep: Threadkeep) -> list[KeyRecord]:
        return await keep.key_service.list_keys(user_id)

    print_list(with_keep(load_settings(data_dir=data_dir), work), _COLUMNS, as_json=as_json)


@keys.command(cls=Command)
def revoke(
    prefix: Annotated[
        str, typer.Argument(help="The first characters of the key, as many as no other key begins with.")
    ],
    data_dir: DataDir = None,
) -> None:
    """Revoke a key. Running servers refuse it within seconds.

    The argument may be the whole key: the command uses its prefix, and never prints the rest.
    """
    prefix = prefix[:_PREFIX_CHARACTERS]
    if len(prefix) < _SHORTEST_PREFIX:
        raise InvalidInput.at(
            "prefix", f"name at least {_SHORTEST_PREFIX} characters; `threadkeep keys list` shows them"
        )

    async def work(keep: Threadkeep) -> str:
        whole = prefix if len(prefix) == _PREFIX_CHARACTERS else await _only_key(keep, prefix)
        await keep.key_service.revoke_key(whole)
        return whole

    say(f"{with_keep(load_settings(data_dir=data_dir), work)}… is revoked.")


async def _only_key(keep: Threadkeep, beginning: str) -> str:
    """The prefix of the only key that begins like this. Raises an error that lists the keys if there are several."""
    found = [key for key in await keep.key_service.list_keys() if key.prefix.startswith(beginning)]
    if not found:
        raise KeyNotFound(beginning)
    if len(found) > 1:
        more = f"\n… and {len(found) - _MOST_SHOWN} more" if len(found) > _MOST_SHOWN else ""
        listed = "\n".join(table(found[:_MOST_SHOWN], _COLUMNS))
        raise AmbiguousPrefix(f"{len(found)} keys begin with {beginning!r}: name more characters.\n{listed}{more}")
    return str(found[0].prefix)


class AmbiguousPrefix(ThreadkeepError):
    """Several keys begin with the given characters."""
