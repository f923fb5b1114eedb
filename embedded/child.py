"""The entry point of the child process: it listens to the pipe of its parent and runs the server.

The parent runs this file by its path and nothing imports it, so the child loads nothing else of Threadkeep. It changes the
server in eleven ways:

- Before the server listens, its storage holds one user: ours (`admit_only_us`). So it never runs without authentication.
- It refuses writes while the disk has little room, or is read-only (`disk_room.py`). Reads go on.
- Its validators accept objects that look like references (`take_references_for_objects`).
- Each command reads the list of indexes once (`index_lists.py`), and a query uses the index that serves most (`index_choice.py`).
- It answers `distinct` as MongoDB does (`distinct_values.py`), and joins views (`joined_collections.py`).
- It refuses a command that would load more bytes than its comment allows (`bounded_commands.py`).
- One thread forgets old writes in its oplog, also when nothing is written (`forget_old_writes`). Commands do not.
- It collects garbage less often (`COLLECT_AFTER`).
- It ends when the storage engine has failed (`end_with_storage`), because the engine works again only after a restart.
"""

from __future__ import annotations

import errno
import gc
import hmac
import logging
import os
import runpy
import shutil
import signal
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from .disk_room import Disk

USER = "threadkeep"
DATABASE = "admin"
ROLES = [{"role": "root", "db": DATABASE}]
STORAGE_FAILED = 74
"""The exit status after a failure of the storage engine: EX_IOERR."""
FORGET_SECONDS = 10
COLLECT_AFTER = (50_000, 20, 20)
"""Thresholds of the garbage collector. With those of Python, it took a twentieth of the time of large questions."""
FAULTS_OF_DISKS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO, errno.EACCES)


def obey_parent(folder_to_remove: str) -> None:
    """Stop the server when a byte arrives, and end the process at once when the pipe closes.

    The pipe also closes if the parent is killed. Then the process ends without a checkpoint: acknowledged writes are on
    disk already, and the next start can use the folder at once.

    A signal to the whole process may reach any thread, and then the main thread continues to sleep: one stop in six did
    nothing. So this sends the signal to the main thread.
    """
    main = threading.main_thread().ident
    while os.read(0, 1) and main is not None:
        signal.pthread_kill(main, signal.SIGTERM)
    end(folder_to_remove)


def end(folder_to_remove: str) -> NoReturn:
    """End the process at once, and remove the folder of a server in memory."""
    if folder_to_remove:
        shutil.rmtree(folder_to_remove, ignore_errors=True)
    os._exit(0)


def read_password(folder_to_remove: str) -> str:
    """The first line of the pipe. Other users of the machine can see arguments, but not this."""
    line = b""
    while not line.endswith(b"\n"):
        byte = os.read(0, 1)
        if not byte:  # the parent has ended
            end(folder_to_remove)
        line += byte
    return line.decode().strip()


def say(text: str) -> None:
    """Write a line that the parent logs as a warning."""
    print(f"threadkeep: {text}", file=sys.stderr, flush=True)  # noqa: T201 - the parent reads it


def admit_only_us(storage: Any, password: str) -> None:
    """Make our user the only one, with this password. Raises if another user stays.

    Versions before this one listened without authentication at the first start, so another program could add a user.
    """
    while others := [user for user in storage.list_users(limit=1000) if (user["db"], user["user"]) != (DATABASE, USER)]:
        for user in others:
            say(f"removed the database user {user['user']!a} (database {user['db']!a}): only one is allowed")
            if not storage.drop_user(user["db"], user["user"]):
                raise RuntimeError("a foreign database user cannot be removed")
    if not is_ours(storage.get_user(DATABASE, USER), password):
        create_user(storage, password)


def is_ours(user: dict[str, Any] | None, password: str) -> bool:
    """Whether the stored user has our rights and this password, and no other way to log in."""
    from secantus.auth import SCRAM_SHA_256, StoredCredentials, derive_credentials  # noqa: PLC0415 - after the imports' order

    if user is None or user["roles"] != ROLES or user["credentials"].keys() != {SCRAM_SHA_256}:
        return False
    stored = StoredCredentials.from_doc(user["credentials"])
    ours = derive_credentials(password, iterations=stored.iteration_count, salt=stored.salt)
    return hmac.compare_digest(stored.stored_key, ours.stored_key)


def create_user(storage: Any, password: str) -> None:
    """Create our user anew, by the server's own command."""
    from secantus.commands import CommandContext, dispatch  # noqa: PLC0415
    from secantus.cursors import CursorRegistry  # noqa: PLC0415

    storage.drop_user(DATABASE, USER)
    context = CommandContext(connection_id=0, storage=storage, cursors=CursorRegistry(), db_name=DATABASE)
    answer = dispatch({"createUser": USER, "pwd": password, "roles": ROLES, "$db": DATABASE}, context)
    if not answer["ok"]:
        raise RuntimeError(f"the database user cannot be created: {answer['errmsg']}")


class EndWithStorage(logging.Handler):
    """Ends the process when the server logs a failure of the storage engine, before the client gets an answer.

    Without it, the server would answer "internal server error" to everything until somebody restarts it. The client can
    handle a lost connection, and the parent starts the server again.
    """

    def emit(self, record: logging.LogRecord) -> None:
        """End the process if the record is about a storage engine that cannot go on."""
        error = record.exc_info[1] if record.exc_info else None
        if error is not None and storage_failed(error):
            say(f"the storage engine failed: {error}")
            os._exit(STORAGE_FAILED)


def storage_failed(error: BaseException) -> bool:
    """Whether the storage engine, or the disk below it, failed for good. The same words in another error do not count."""
    from wiredtiger import WiredTigerError  # noqa: PLC0415

    if isinstance(error, OSError):
        return error.errno in FAULTS_OF_DISKS
    text = str(error)
    return isinstance(error, WiredTigerError) and (
        "WT_PANIC" in text or any(os.strerror(number) in text for number in FAULTS_OF_DISKS)
    )


def take_references_for_objects() -> None:
    """Make validators accept any object with `$ref` and `$id`, such as a JSON schema, as MongoDB does.

    The driver decodes it as a `DBRef`, and the server's own test for objects accepts only dicts.
    """
    from bson.dbref import DBRef  # noqa: PLC0415
    from secantus import query  # noqa: PLC0415

    predicates: Any = getattr(query, "_TYPE_PREDS", {})
    for name in ("object", 3):
        predicates[name] = lambda value: isinstance(value, (dict, DBRef))


def beside(file: str) -> dict[str, Any]:
    """The names in a file beside this one. It runs as this one does, so it loads nothing else of Threadkeep."""
    return runpy.run_path(str(Path(__file__).with_name(f"{file}.py")))


def change_commands() -> None:
    """Change how the server answers commands: each function stands in a file beside this one."""
    from secantus import aggregate, query, server, storage  # noqa: PLC0415

    changes = (
        ("index_lists", "remember_indexes", (server, storage), "commands are slower"),
        ("index_choice", "choose_indexes", (storage,), "some queries read whole threads"),
        (
            "bounded_commands",
            "bound_commands",
            (server, storage, query),
            "reads of large documents may take much memory",
        ),
        ("distinct_values", "answer_distinct", (server,), "distinct finds no values in views"),
        ("joined_collections", "join_as_mongodb", (aggregate, query), "$lookup finds nothing in views"),
    )
    for file, function, given, otherwise in changes:
        try:
            beside(file)[function](*given)
        except AttributeError as error:  # another version of the server
            say(f"{otherwise}: {error}")


def keep_old_writes(storage: Any) -> None:
    """Stop commands from removing old writes from the oplog, as each thousandth write did.

    Two transactions removed the same rows, and one of them failed. If it was a command, its client got an internal error.
    """
    if hasattr(storage, "_OPLOG_PRUNE_INTERVAL"):
        storage._OPLOG_PRUNE_INTERVAL = sys.maxsize  # noqa: SLF001
    else:
        say("a write may fail while old writes are forgotten: this server has other names")


def forget_old_writes(storage: Any, disk: Disk | None) -> None:
    """Remove writes from the oplog when they are older than its retention. It holds the documents that they wrote.

    The server itself would do so only at each thousandth write, so a quiet database would keep deleted content.
    """
    while True:
        time.sleep(min(FORGET_SECONDS, storage.oplog_retention_seconds))
        if disk is not None and not disk.has_room():
            continue
        try:
            with storage._lock:  # noqa: SLF001 - without one transaction, each row that is removed waits for the disk
                if storage._closed:  # noqa: SLF001
                    return
                with storage._batch_transaction():  # noqa: SLF001
                    if storage.prune_oplog():
                        storage._persist_oplog_meta()  # noqa: SLF001 - after a kill, numbers go on behind the removed ones
        except AttributeError as error:  # another version of the server
            say(f"old writes stay in the oplog: {error}")
            return
        except Exception:
            # It is tried again, unless the storage has failed: then the handler of the log ends the process.
            logging.getLogger("secantus").exception("old writes stay in the oplog")


def run(arguments: list[str], password: str, storage_folder: str, reserve: int) -> int:
    """Run the server until it ends."""
    from secantus import cli, server, storage  # noqa: PLC0415 - after the thread that obeys the parent runs
    from wiredtiger import WiredTigerError  # noqa: PLC0415

    disk_room = beside("disk_room")
    disk = disk_room["Disk"](storage_folder, reserve, say) if Path(storage_folder).is_dir() else None

    class Server(server.SecantusDBServer):  # type: ignore[misc]  # its package has no types
        def start(self) -> None:
            admit_only_us(self.storage, password)
            threading.Thread(target=forget_old_writes, args=(self.storage, disk), daemon=True).start()
            super().start()

    cli.SecantusDBServer = Server
    take_references_for_objects()
    change_commands()
    keep_old_writes(storage)
    if disk is not None:
        disk_room["guard"](server, disk)
    logging.getLogger("secantus").addHandler(EndWithStorage())
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)
    try:
        return int(cli.main(arguments))
    except WiredTigerError as error:  # the storage cannot be opened; its own lines say why
        say(f"the storage engine failed: {error}")
        return STORAGE_FAILED


def main() -> int:
    """Run the server with the arguments of the parent: a folder to remove, the data, the reserve, and flags."""
    _, temporary_folder, storage_folder, reserve, *arguments = sys.argv
    os.umask(0o077)
    password = read_password(temporary_folder)
    threading.Thread(target=obey_parent, args=(temporary_folder,), daemon=True).start()
    return run([*arguments, "--storage-path", storage_folder, "--auth"], password, storage_folder, int(reserve))


if __name__ == "__main__":
    raise SystemExit(main())
