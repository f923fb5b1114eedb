"""`threadkeep threads`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from .application import Command, Group
from .connection import DataDir, Participant, load_settings, require_users, with_keep
from .listing import Column, Json, Limit, first, print_list, say_more
from .terminal import Yes, confirm, require_terminal, say, say_json
from .transcript import content, moment, say_transcript, sender

if TYPE_CHECKING:
    from ..keep import Threadkeep
    from ..records import Deleted, MessageRecord, ThreadRecord

threads = typer.Typer(cls=Group, help="List, show and delete threads.", no_args_is_help=True)

ThreadId = Annotated[str, typer.Argument(help="The id of the thread.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(threads, name="threads")


@threads.command("list", cls=Command)
def list_threads(
    limit: Limit = 20,
    user: Participant = None,
    owner: Annotated[str | None, typer.Option(help="Only the threads of this owner.")] = None,
    *,
    as_json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Show threads, the most recently active first.

    In a pipe, the columns are separated by tabs: id, messages, last active (UTC), created (UTC), owner.
    """

    async def work(keep: Threadkeep) -> tuple[list[ThreadRecord], bool]:
        await require_users(keep, user, owner)
        size = min(limit + 1, keep.runtime.limits.max_records_page)
        return await first(limit, keep.thread_service.iter_threads(participant=user, owner=owner, limit=size))

    found, has_more = with_keep(load_settings(data_dir=data_dir), work)
    print_list(found, _COLUMNS, as_json=as_json)
    if has_more:
        say_more(limit)


@threads.command(cls=Command)
def show(
    thread: ThreadId,
    limit: Annotated[int, typer.Option(min=1, help="The largest number of messages: the newest ones.")] = 20,
    *,
    as_json: Annotated[
        bool, typer.Option("--json", help='Print one JSON object: {"thread": {…}, "messages": […]}.')
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """Show a thread and its newest messages, in their order.

    In a pipe, each message is one line, and the columns are separated by tabs: number, created (UTC), role, sender, text.
    """

    async def work(keep: Threadkeep) -> tuple[ThreadRecord, list[MessageRecord], bool]:
        found = await keep.thread_service.get_thread(thread)
        size = min(limit + 1, keep.runtime.limits.max_page)
        newest = keep.message_service.iter_messages(thread, order="desc", limit=size)
        return found, *await first(limit, newest)

    found, newest, has_more = with_keep(load_settings(data_dir=data_dir), work)
    messages = newest[::-1]
    if as_json:
        say_json({"thread": found, "messages": messages})
    elif sys.stdout.isatty():
        say_transcript(found, messages)
    else:
        print_list(messages, _MESSAGE_COLUMNS, as_json=False)
    if has_more:
        say_more(limit)


@threads.command(cls=Command)
def delete(thread: ThreadId, *, yes: Yes = False, as_json: Json = False, data_dir: DataDir = None) -> None:
    """Delete a thread with all its messages. The command asks before it deletes. It cannot be undone.

    If the thread has more than 1,000 messages, a running service removes the rest of them from the database.
    """
    require_terminal(yes=yes)

    async def work(keep: Threadkeep) -> Deleted:
        found = await keep.thread_service.get_thread(thread)
        confirm(f"Delete {thread} with {found.message_count:,} messages?", yes=yes)
        return await keep.thread_service.delete_thread(thread)

    deleted = with_keep(load_settings(data_dir=data_dir), work)
    if as_json:
        say_json(deleted)
    else:
        say(f"{thread} is deleted.")


_COLUMNS: tuple[Column[ThreadRecord], ...] = (
    Column("id", lambda thread: thread.id),
    Column("messages", lambda thread: thread.message_count),
    Column("last active", lambda thread: moment(thread.last_active_at)),
    Column("created", lambda thread: moment(thread.created_at)),
    Column("owner", lambda thread: thread.owner_id),
)
_MESSAGE_COLUMNS: tuple[Column[MessageRecord], ...] = (
    Column("number", lambda message: message.seq),
    Column("created", lambda message: moment(message.created_at)),
    Column("role", lambda message: message.role),
    Column("sender", sender),
    Column("text", content, is_free_text=True),
)
