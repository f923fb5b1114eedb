"""The rights of an import for the caller who sent the file. A file may contain any ids, owners, participants, senders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .conversations import client_id_of, derived_id, is_id
from .entries import FileEntry

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ...documents import ThreadRow

_THREADS = frozenset({"thread", "conversation", "list"})
_OF_OTHERS = ("owner_id", "participants", "participant_ids", "external_id", "external_id_of")


@dataclass(frozen=True, slots=True)
class ImportRights:
    """The rights of an import. By default, it may write everything, as the command line may."""

    user_id: str | None = None
    """The user for whom the key acts. Everything becomes the user's own."""
    creates_users: bool = True
    """Whether users of the file, and ids of unknown users, become users. Else threads that name unknown users are refused."""

    def restrict(self, entries: Iterable[FileEntry]) -> Iterator[FileEntry]:
        """The entries that may be written."""
        if self.user_id is not None:
            return _of_user(entries, self.user_id)
        return iter(entries) if self.creates_users else (entry for entry in entries if entry.kind != "user")

    def may_change(self, thread: ThreadRow) -> bool:
        """Whether the import may add to a thread that exists: a user may have left it."""
        return self.user_id is None or self.user_id in thread["participant_ids"]


def _of_user(entries: Iterable[FileEntry], user_id: str) -> Iterator[FileEntry]:
    """The entries as the user's own: threads and messages get ids that are derived from the user and their ids.

    So no file can name a thread, message or user of somebody else. A second import finds the documents of the first one.
    Users of the file and the names of other senders are left out.
    """
    for entry in entries:
        value = entry.value
        if entry.kind == "user":
            continue
        if isinstance(value, dict) and entry.kind in _THREADS:
            value = _thread(value, user_id)
        elif isinstance(value, dict) and entry.kind == "message":
            value = _message(value, user_id)
        yield FileEntry(entry.location, entry.kind, value)


def _thread(value: dict[str, Any], user_id: str) -> dict[str, Any]:
    found = {name: one for name, one in value.items() if name not in _OF_OTHERS}
    found |= {"owner_id": user_id, "participant_ids": [user_id]}
    source_id = value.get("id")
    if isinstance(source_id, str):
        found["id"] = _own_id(user_id, source_id)
        name = "metadata" if "metadata" in value and "meta_data" not in value else "meta_data"
        meta_data = value.get(name) or {}
        if isinstance(meta_data, dict):
            branch_of = meta_data.get("branch_of")
            branch = {"branch_of": _own_id(user_id, branch_of)} if isinstance(branch_of, str) else {}
            found[name] = {"source_id": source_id, **meta_data, **branch}
    return found


def _own_id(user_id: str, source_id: str) -> str:
    return derived_id("thread", user_id, source_id.encode("utf-8", "replace").decode())


def _message(value: dict[str, Any], user_id: str) -> dict[str, Any]:
    found = {name: one for name, one in value.items() if name not in ("id", "thread_id")}
    source_id = value.get("id")
    if found.get("client_id") is None and isinstance(source_id, str) and source_id:
        found["client_id"] = client_id_of(source_id)
    sender_id = value.get("sender_id")
    if isinstance(sender_id, str) and is_id(sender_id) and sender_id != user_id:
        found["sender_id"] = None
    return found
