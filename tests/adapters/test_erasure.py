"""A deletion through a framework, and the erasure of a user, leave no text that any adapter wrote."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

import pytest
from bson.raw_bson import RawBSONDocument

import threadkeep.tests.adapters.all_frameworks  # noqa: F401 - skips this module without them
from threadkeep.adapters.openai_agents import ThreadkeepSession
from threadkeep.errors import ExternalIdTaken
from threadkeep.tests.adapters.sessions import SESSIONS, ChatKit, Claude, GoogleADK, LangGraph, OpenAIAgents, Session

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from threadkeep.keep import Threadkeep


async def rows(keep: Threadkeep) -> AsyncIterator[tuple[str, bytes]]:
    """Yield each stored document, with the name of its collection."""
    database = keep.runtime.documents.database
    options = database.codec_options.with_options(document_class=RawBSONDocument)
    for found in await (await database.list_collections()).to_list():
        if found["type"] == "collection":
            raw: Any = database.get_collection(found["name"], codec_options=options)
            async for row in raw.find():
                yield found["name"], row.raw


async def places_of(keep: Threadkeep, text: str) -> set[str]:
    """Return the collections in which the text stands."""
    return {name async for name, row in rows(keep) if text.encode() in row}


async def written(kind: type[Session], keep: Threadkeep, canary: str, user_id: str) -> Session:
    """Write turns, and the other data of the adapter, with the canary in the texts and in the name."""
    session = kind(keep, f"session-{canary}", user_id)
    for number in range(3):
        await session.say(number, f"{canary} answer")
    if isinstance(session, (Claude, ChatKit)):
        await session.say_beside(canary)
    return session


@pytest.mark.parametrize("kind", [kind for kind in SESSIONS if kind.can_delete], ids=lambda kind: kind.__name__)
async def test_a_deletion_through_the_framework_leaves_nothing(kind: type[Session], keep: Threadkeep) -> None:
    canary = f"canary{secrets.token_hex(6)}"
    user = await keep.user_service.create_user(full_name="Ada")
    session = await written(kind, keep, canary, user.id)
    assert "messages" in await places_of(keep, canary)

    await session.delete()

    if kind is GoogleADK:  # shared state of the users outlives a session, as ADK promises
        shared = await keep.user_service.get_user_by_external_id(f"user of {session.name}")
        await keep.user_service.delete_user(shared.id)
    assert await session.said() == []
    assert await places_of(keep, canary) == set()


@pytest.mark.parametrize("kind", SESSIONS, ids=lambda kind: kind.__name__)
async def test_the_erasure_of_the_user_leaves_nothing(kind: type[Session], keep: Threadkeep) -> None:
    canary = f"canary{secrets.token_hex(6)}"
    user_id = (await keep.user_service.create_user(full_name="Ada")).id
    session = await written(kind, keep, canary, user_id)
    if kind is GoogleADK:
        user_id = (await keep.user_service.get_user_by_external_id(f"user of {session.name}")).id

    await keep.user_service.delete_user(user_id)

    assert await keep.thread_service.find_threads() == []
    assert await places_of(keep, canary) == set()


@pytest.mark.parametrize("kind", [LangGraph, Claude], ids=lambda kind: kind.__name__)
async def test_the_erasure_of_the_owner_reaches_state_that_an_adapter_without_user_wrote(
    kind: type[Session], keep: Threadkeep
) -> None:
    ada = await keep.user_service.create_user(full_name="Ada")
    if kind is LangGraph:
        await OpenAIAgents(keep, "trip", ada.id).say(0, "answer")
    else:
        await kind(keep, "trip", ada.id).say(0, "answer")
    without_user: Any = kind(keep, "trip", None)
    if kind is LangGraph:
        await without_user.say(1, "answer")
    else:
        await without_user.say_beside("text")
    assert len(await keep.thread_service.find_threads(participant=ada.id, meta_data={"kind": "log"})) == 1

    await keep.user_service.delete_user(ada.id)

    assert await keep.thread_service.find_threads() == []


async def test_a_session_with_the_name_of_anothers_state_is_refused(keep: Threadkeep) -> None:
    await LangGraph(keep, "trip", None).say(0, "answer")
    session: Any = ThreadkeepSession("langgraph/trip", keep)

    with pytest.raises(ExternalIdTaken):
        await session.add_items([{"role": "user", "content": "question"}])
    with pytest.raises(ExternalIdTaken):
        await session.get_items()
    with pytest.raises(ExternalIdTaken):
        await session.clear_session()
    assert len(await LangGraph(keep, "trip", None).said()) == 2
