"""Callers that use the `projectdavid` SDK."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import certifi
import pytest

from threadkeep.tests.routers.native.projectdavid.sdk import signed_up

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from threadkeep.tests.live_server import LiveServer


@pytest.fixture(scope="module")
def connect(served: LiveServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Any]]:
    """Returns a function that makes a client with a key.

    Each client reads all trusted certificates four times and needs none of them. So the clients get a file with one.
    """
    # The import takes a second, and only this fixture needs it.
    from projectdavid import Entity  # type: ignore[import-untyped]  # noqa: PLC0415

    opened: list[Any] = []

    def new_client(key: str) -> Any:
        opened.append(Entity(base_url=f"{served.url}/", api_key=key))
        return opened[-1]

    certificates = tmp_path_factory.mktemp("tls") / "one.pem"
    first, end, _ = Path(certifi.where()).read_text(encoding="utf-8").partition("-----END CERTIFICATE-----")
    certificates.write_text(f"{first}{end}\n", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(certificates))
        yield new_client
    for client in opened:
        for part in (client.users, client.threads, client.messages, client.keys):
            part.close()


@pytest.fixture(scope="module")
def admin(connect: Callable[[str], Any], served: LiveServer) -> Any:
    """An admin."""
    return connect(served.admin_key)


@pytest.fixture(scope="module")
def ada(connect: Callable[[str], Any], admin: Any) -> Any:
    """A client with the key of a user. Its attribute `id` is the id of the user."""
    return signed_up(connect, admin, "Ada")


@pytest.fixture(scope="module")
def bob(connect: Callable[[str], Any], admin: Any, ada: Any) -> Any:
    """Another user, who shares a thread with Ada. So each may add the other to a thread."""
    bob = signed_up(connect, admin, "Bob")
    admin.threads.create_thread(participant_ids=[ada.id, bob.id])
    return bob


@pytest.fixture
def thread(ada: Any) -> Any:
    """A thread of Ada."""
    return ada.threads.create_thread()
