"""Only one thread of the embedded server forgets old writes. Two that do so at the same time made a write fail now and then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from secantus import storage as storage_module

from threadkeep.embedded.child import keep_old_writes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def storage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The storage of a server that would forget old writes at each third write."""
    monkeypatch.setattr(storage_module, "_OPLOG_PRUNE_INTERVAL", 3)
    opened = storage_module.Storage(str(tmp_path))
    yield opened
    opened.close()


@pytest.mark.parametrize("kept", [False, True])
def test_commands_forget_no_old_writes(storage: Any, monkeypatch: pytest.MonkeyPatch, *, kept: bool) -> None:
    calls: list[Any] = []
    monkeypatch.setattr(storage, "_prune_oplog_locked", lambda **given: calls.append(given))
    if kept:
        keep_old_writes(storage_module)

    for number in range(10):
        storage.insert("test", "rows", [{"_id": number}])

    assert bool(calls) is not kept
