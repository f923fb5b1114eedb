"""The private methods that Threadkeep overrides: CONTRIBUTING.md lists them, and each start checks them."""

from __future__ import annotations

import asyncio
import re
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from mongomock.collection import Collection
from mongomock.store import CollectionStore
from pymongo import AsyncMongoClient, lock
from pymongo.asynchronous.cursor import AsyncCursor
from pymongo.asynchronous.pool import AsyncConnection
from pymongo.network_layer import PyMongoProtocol
from secantus import aggregate, cli, query, server, storage
from secantus.storage import Storage
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from threadkeep.documents.driver_waits import wait_in_task
from threadkeep.errors import StartupError
from threadkeep.server import __main__ as process
from threadkeep.server.private_hooks import PRIVATE_HOOKS, PrivateAttribute, PrivateHook, require_private_hooks
from threadkeep.settings import Settings

PAGE = (Path(__file__).parents[2] / "CONTRIBUTING.md").read_text(encoding="utf-8")
IN_MEMORY: tuple[tuple[Any, str], ...] = (
    (AsyncMongoClient, "_ensure_session"),
    (AsyncMongoClient, "_get_topology"),
    (AsyncCursor, "_refresh"),
    (Collection, "_iter_documents"),
    (Collection, "_copy_only_fields"),
    (Collection, "_insert"),
    (Collection, "_ensure_uniques"),
    (Collection, "_apply_update_document"),
    (Collection, "_apply_update_pipeline"),
    (Collection, "_delete"),
    (Collection, "_find_and_modify"),
    (Collection, "_get_dataset"),
    (Collection, "_update"),
    (CollectionStore, "_expire_documents"),
)


DRIVER: tuple[tuple[Any, str], ...] = (
    (AsyncMongoClient, "_conn_for_reads"),
    *((AsyncConnection, name) for name in ("command", "send_message", "receive_message", "_raise_connection_failure")),
    *((PyMongoProtocol, name) for name in ("read", "write", "close")),
)
EMBEDDED: tuple[tuple[Any, str], ...] = (
    *((Storage, name) for name in ("_iter_indexes", "_cursor", "_coll_lock", "_batch_transaction", "prune_oplog")),
    *((Storage, name) for name in ("_refresh_read_snapshot", "release_thread_snapshot", "_persist_oplog_meta")),
    *((Storage, name) for name in ("list_users", "drop_user", "get_user", "_docs_by_recordids", "_candidates_iter")),
    (Storage, "_try_index_id_keys"),
    *((Storage, name) for name in ("get_collection_options", "find_matching", "list_indexes")),
)
EMBEDDED_ATTRIBUTES: tuple[tuple[Any, str], ...] = ((Storage, "_lock"), (Storage, "_closed"))


def test_the_installed_libraries_have_every_hook() -> None:
    require_private_hooks()


@pytest.mark.parametrize(("owner", "method"), IN_MEMORY, ids=lambda value: getattr(value, "__name__", value))
def test_the_installed_libraries_have_the_hooks_of_the_database_in_memory(owner: Any, method: str) -> None:
    assert callable(getattr(owner, method))


@pytest.mark.parametrize(("owner", "method"), EMBEDDED, ids=lambda value: getattr(value, "__name__", value))
def test_the_installed_embedded_server_has_every_hook(owner: Any, method: str) -> None:
    assert callable(getattr(owner, method))


@pytest.mark.parametrize(("owner", "method"), DRIVER, ids=lambda value: getattr(value, "__name__", value))
def test_the_installed_driver_gives_connections_for_single_commands(owner: Any, method: str) -> None:
    """Without them, commands work too, and cost more (decisions 102 and 103)."""
    assert callable(getattr(owner, method))


def test_the_driver_waits_as_the_documents_correct_it() -> None:
    assert vars(lock)["wait_for"] is (wait_in_task if sys.version_info < (3, 12) else asyncio.wait_for)


def test_the_installed_embedded_server_has_every_attribute() -> None:
    for owner, name in EMBEDDED_ATTRIBUTES:
        assert PrivateAttribute("secantusdb", owner, name).is_there()
    assert isinstance(query._TYPE_PREDS["object"], object)  # noqa: SLF001
    assert callable(server.dispatch)
    assert isinstance(cli.SecantusDBServer, type)
    assert storage._IDX_TABLE  # noqa: SLF001
    assert storage._NAT_SEQ_TABLE  # noqa: SLF001
    assert callable(storage._id_key)  # noqa: SLF001
    assert isinstance(storage.wt.WT_NOTFOUND, int)
    assert callable(storage._unframe_doc_value)  # noqa: SLF001
    assert {"$lookup", "$graphLookup", "$unionWith", "$count"} <= aggregate._STAGES.keys()  # noqa: SLF001
    assert callable(aggregate._expression_shape_problem)  # noqa: SLF001
    assert callable(aggregate.apply_pipeline)
    assert callable(query.matches)


def test_contributing_lists_every_hook() -> None:
    section = PAGE.partition("## Private hooks")[2].partition("\n## ")[0]
    listed = {*re.findall(r"`([A-Z]\w+\.\w+)`", section)}

    hooks = {f"{hook.owner.__name__}.{hook.name}" for hook in PRIVATE_HOOKS}
    in_memory = {f"{owner.__name__}.{method}" for owner, method in IN_MEMORY}
    embedded = {f"{owner.__name__}.{method}" for owner, method in (*EMBEDDED, *EMBEDDED_ATTRIBUTES)}
    driver = {f"{owner.__name__}.{method}" for owner, method in DRIVER}
    assert listed == hooks | in_memory | driver | embedded


@pytest.mark.parametrize(
    "hook", [("_gone", ()), ("_start_asgi_task", ("cycle", "app", "more"))], ids=["gone", "changed"]
)
def test_a_start_without_a_hook_names_the_library_and_its_version(
    monkeypatch: pytest.MonkeyPatch, hook: tuple[str, tuple[str, ...]]
) -> None:
    missing = PrivateHook("uvicorn", HttpToolsProtocol, *hook)
    monkeypatch.setattr(require_private_hooks, "__defaults__", ((missing,),))

    with pytest.raises(
        StartupError, match=f"uvicorn {re.escape(version('uvicorn'))} has no HttpToolsProtocol.{hook[0]}"
    ):
        process.run(Settings(_env_file=None))
