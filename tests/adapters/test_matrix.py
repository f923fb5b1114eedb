"""One conversation, written through each adapter and API, and read through each other one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from openai import AsyncOpenAI

import threadkeep.tests.adapters.all_frameworks  # noqa: F401 - skips this module without them
from threadkeep.context import check_anthropic, check_chat, check_responses
from threadkeep.tests.adapters.matrix.agent_framework import AgentFramework
from threadkeep.tests.adapters.matrix.chatkit import ChatKit
from threadkeep.tests.adapters.matrix.claude_agent_sdk import Claude
from threadkeep.tests.adapters.matrix.conversation import FACTS, NAME, Framework
from threadkeep.tests.adapters.matrix.google_adk import Adk
from threadkeep.tests.adapters.matrix.langgraph import LangGraph
from threadkeep.tests.adapters.matrix.native import Native
from threadkeep.tests.adapters.matrix.openai_agents import Agents
from threadkeep.tests.adapters.matrix.pydantic_ai import PydanticAI
from threadkeep.tests.history.shapes import chat_facts, item_facts

if TYPE_CHECKING:
    from collections.abc import Callable

    from threadkeep.adapters.stores import Store
    from threadkeep.tests.live_server import LiveServer

FRAMEWORKS: list[type[Framework]] = [Agents, LangGraph, Claude, PydanticAI, Adk, AgentFramework, ChatKit]


def parsed(facts: list[Any]) -> list[Any]:
    """Return facts whose arguments are objects."""
    return [
        (*fact[:3], json.loads(fact[3])) if fact[0] == "call" and isinstance(fact[3], str) else fact for fact in facts
    ]


@pytest.mark.parametrize("writer", [*FRAMEWORKS, Native])
async def test_every_framework_reads_what_another_wrote(
    store: Store, live_server: LiveServer, writer: type[Framework]
) -> None:
    written = await writer(store).write()

    if writer is not Native:
        assert await writer(store).read() == written
    for reader in FRAMEWORKS:
        one = reader(store)
        assert parsed(one.facts(await one.read())) == FACTS, reader.__doc__
    thread = await store.thread_service.get_thread_by_external_id(NAME)
    messages = store.message_service
    assert parsed(chat_facts(await messages.get_formatted_messages(thread.id))) == FACTS
    checks: dict[Any, Callable[[Any], list[str]]] = {
        "chat": check_chat,
        "responses": check_responses,
        "anthropic": check_anthropic,
    }
    for form, check in checks.items():
        window = await messages.context(thread.id, 2000, format=form)
        assert check(window["messages"]) == []
        assert len(window["messages"]) >= 4
    async with AsyncOpenAI(base_url=f"{live_server.url}/openai/v1", api_key=live_server.admin_key) as sdk:
        items = [item.model_dump() async for item in sdk.conversations.items.list(thread.id, order="asc")]
    assert [
        fact for fact in parsed(item_facts(items)) if fact[0] != "unknown"
    ] == FACTS  # bookkeeping is shown as it is
    assert "framework" not in json.dumps(items)
