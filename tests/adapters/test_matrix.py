"""One conversation, written through each adapter and API, and read through each other one."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

for _module in (
    "agents",
    "langgraph.graph",
    "claude_agent_sdk",
    "pydantic_ai",
    "google.adk",
    "agent_framework",
    "chatkit",
):
    pytest.importorskip(_module)

from agent_framework import Content as AfContent  # noqa: E402  the frameworks may be missing
from agent_framework import Message as AfMessage  # noqa: E402
from chatkit import types as ck  # noqa: E402
from google.adk.events import Event  # noqa: E402
from google.genai import types as genai  # noqa: E402
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage  # noqa: E402
from langgraph.graph import START, MessagesState, StateGraph  # noqa: E402
from openai import AsyncOpenAI  # noqa: E402
from pydantic_ai import messages as pai  # noqa: E402
from pydantic_ai.conversation import Conversation  # noqa: E402

from threadkeep.adapters.agent_framework import ThreadkeepHistoryProvider  # noqa: E402
from threadkeep.adapters.chatkit import ThreadkeepStore  # noqa: E402
from threadkeep.adapters.claude_agent_sdk import ThreadkeepSessionStore  # noqa: E402
from threadkeep.adapters.google_adk import ThreadkeepSessionService  # noqa: E402
from threadkeep.adapters.langgraph import ThreadkeepSaver  # noqa: E402
from threadkeep.adapters.openai_agents import ThreadkeepSession  # noqa: E402
from threadkeep.adapters.pydantic_ai import ThreadkeepConversationStore  # noqa: E402
from threadkeep.context import check_anthropic, check_chat, check_responses  # noqa: E402
from threadkeep.tests.history.shapes import chat_facts, content_facts, item_facts  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable

    from threadkeep.adapters.stores import Store
    from threadkeep.tests.live_server import LiveServer

NAME = "one"
IMAGE = "https://example.com/a.png"
QUESTION, WORDS, THOUGHT, ANSWER = "What is this?", "Let me look at both.", "Two calls at once.", "A cat at noon."
ARGUMENTS = {"city": "Rome"}
CALLS = (("a", "weather"), ("b", "clock"))
OUTPUTS = {"a": "22 degrees", "b": "noon"}
FACTS: list[Any] = [
    ("user", QUESTION, IMAGE),
    ("assistant", WORDS),
    *(("call", one, name, ARGUMENTS) for one, name in CALLS),
    *(("output", one, text) for one, text in OUTPUTS.items()),
    ("assistant", ANSWER),
]


def parsed(facts: list[Any]) -> list[Any]:
    """Return facts whose arguments are objects."""
    return [
        (*fact[:3], json.loads(fact[3])) if fact[0] == "call" and isinstance(fact[3], str) else fact for fact in facts
    ]


class Framework:
    """How a framework writes the conversation, and what it reads."""

    def __init__(self, store: Store) -> None:
        self.store = store

    async def write(self) -> Any:
        """Write the conversation. Returns what the framework should read again."""

    async def read(self) -> Any:
        """Return what the framework reads."""

    def facts(self, read: Any) -> list[Any]:
        """Return the facts in what the framework reads."""
        raise NotImplementedError


class Agents(Framework):
    """OpenAI Agents SDK."""

    async def write(self) -> Any:
        content = [
            {"type": "input_text", "text": QUESTION},
            {"type": "input_image", "image_url": IMAGE, "detail": "auto"},
        ]
        items: Any = [
            {"role": "user", "content": content},
            {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": THOUGHT}]},
            {
                "type": "message", "id": "msg_1", "role": "assistant", "status": "completed",
                "content": [{"type": "output_text", "text": WORDS, "annotations": []}],
            },
            *({"type": "function_call", "call_id": one, "name": name, "arguments": json.dumps(ARGUMENTS)} for one, name in CALLS),
            *({"type": "function_call_output", "call_id": one, "output": text} for one, text in OUTPUTS.items()),
            {"role": "assistant", "content": ANSWER},
        ]  # fmt: skip
        await ThreadkeepSession(NAME, self.store).add_items(items)
        return items

    async def read(self) -> Any:
        return await ThreadkeepSession(NAME, self.store).get_items()

    def facts(self, read: Any) -> list[Any]:
        return item_facts([{"type": "message", **item} for item in read])


class LangGraph(Framework):
    """LangGraph."""

    async def write(self) -> Any:
        calls = [{"id": one, "name": name, "args": ARGUMENTS} for one, name in CALLS]
        content: Any = [{"type": "text", "text": QUESTION}, {"type": "image_url", "image_url": {"url": IMAGE}}]
        thought: Any = [{"type": "thinking", "thinking": THOUGHT}, {"type": "text", "text": WORDS}]
        messages = [
            HumanMessage(content, id="1"),
            AIMessage(thought, tool_calls=calls, id="2"),
            *(ToolMessage(text, tool_call_id=one, id=f"t{one}") for one, text in OUTPUTS.items()),
            AIMessage(ANSWER, id="3"),
        ]
        graph = StateGraph(MessagesState)
        graph.add_node("end", lambda _: {})
        graph.add_edge(START, "end")
        compiled: Any = graph.compile(checkpointer=ThreadkeepSaver(self.store))
        await compiled.aupdate_state({"configurable": {"thread_id": NAME}}, {"messages": messages})
        return messages

    async def read(self) -> Any:
        return await ThreadkeepSaver(self.store).amessages(NAME)

    def facts(self, read: Any) -> list[Any]:
        found: list[Any] = []
        for message in read:
            if isinstance(message, ToolMessage):
                found.append(("output", message.tool_call_id, *content_facts(message.content)))
                continue
            blocks: Any = message.content
            if isinstance(blocks, list):
                blocks = [block for block in blocks if block["type"] in ("text", "image_url")]
            role = "user" if isinstance(message, HumanMessage) else "assistant"
            found += [(role, *content_facts(blocks))] if blocks else []
            found += [("call", call["id"], call["name"], call["args"]) for call in getattr(message, "tool_calls", ())]
        return found


class Claude(Framework):
    """Claude Agent SDK."""

    KEY: ClassVar[Any] = {"project_key": "p", "session_id": NAME}

    def _sessions(self) -> ThreadkeepSessionStore:
        return ThreadkeepSessionStore(self.store, external_id=lambda _, session_id: session_id)

    async def write(self) -> Any:
        contents: Any = [
            ("user", [{"type": "text", "text": QUESTION}, {"type": "image", "source": {"type": "url", "url": IMAGE}}]),
            ("assistant", [{"type": "thinking", "thinking": THOUGHT, "signature": "s"}]),
            ("assistant", [{"type": "text", "text": WORDS}]),
            *(
                ("assistant", [{"type": "tool_use", "id": one, "name": name, "input": ARGUMENTS}])
                for one, name in CALLS
            ),
            *(
                ("user", [{"type": "tool_result", "tool_use_id": one, "content": text}])
                for one, text in OUTPUTS.items()
            ),
            ("assistant", [{"type": "text", "text": ANSWER}]),
        ]
        entries: Any = [
            {"type": role, "uuid": f"u{number}", "message": {"role": role, "content": content}}
            for number, (role, content) in enumerate(contents)
        ]
        await self._sessions().append(self.KEY, entries)
        return entries

    async def read(self) -> Any:
        return await self._sessions().load(self.KEY)

    def facts(self, read: Any) -> list[Any]:
        found: list[Any] = []
        for entry in read:
            content = entry["message"]["content"]
            blocks: Any = [{"type": "text", "text": content}] if isinstance(content, str) else content
            for block in blocks:
                if block["type"] == "text":
                    found.append((entry["type"], block["text"]))
                elif block["type"] == "image":
                    found[-1] = (*found[-1], block["source"]["url"])
                elif block["type"] == "tool_use":
                    found.append(("call", block["id"], block["name"], block["input"]))
                elif block["type"] == "tool_result":
                    found.append(("output", block["tool_use_id"], *content_facts(block["content"])))
        return found


class PydanticAI(Framework):
    """Pydantic AI."""

    async def write(self) -> Any:
        calls = [pai.ToolCallPart(name, ARGUMENTS, one) for one, name in CALLS]
        messages: list[Any] = [
            pai.ModelRequest([pai.UserPromptPart([QUESTION, pai.ImageUrl(IMAGE)])]),
            pai.ModelResponse([pai.ThinkingPart(THOUGHT), pai.TextPart(WORDS), *calls]),
            pai.ModelRequest([pai.ToolReturnPart(dict(CALLS)[one], text, one) for one, text in OUTPUTS.items()]),
            pai.ModelResponse([pai.TextPart(ANSWER)]),
        ]
        await ThreadkeepConversationStore(self.store).save(Conversation(messages=messages, conversation_id=NAME))
        return messages

    async def read(self) -> Any:
        loaded = await ThreadkeepConversationStore(self.store).load(NAME)
        return loaded and loaded.messages

    def facts(self, read: Any) -> list[Any]:
        found: list[Any] = []
        for part in (part for message in read for part in message.parts):
            if isinstance(part, pai.UserPromptPart):
                pieces = [part.content] if isinstance(part.content, str) else part.content
                found.append(("user", *(piece.url if isinstance(piece, pai.ImageUrl) else piece for piece in pieces)))
            elif isinstance(part, pai.TextPart):
                found.append(("assistant", part.content))
            elif isinstance(part, pai.ToolCallPart):
                found.append(("call", part.tool_call_id, part.tool_name, part.args_as_dict()))
            elif isinstance(part, pai.ToolReturnPart):
                found.append(("output", part.tool_call_id, part.content))
        return found


class Adk(Framework):
    """Google's Agent Development Kit."""

    PLACE: ClassVar[Any] = {"app_name": "app", "user_id": "u", "session_id": NAME}

    def _sessions(self) -> ThreadkeepSessionService:
        return ThreadkeepSessionService(self.store, external_id=lambda _app, _user, session_id: session_id)

    async def write(self) -> Any:
        image = genai.Part(file_data=genai.FileData(file_uri=IMAGE, mime_type="image/png"))
        calls = [genai.Part(function_call=genai.FunctionCall(id=one, name=name, args=ARGUMENTS)) for one, name in CALLS]
        outputs = [
            genai.Part(
                function_response=genai.FunctionResponse(id=one, name=dict(CALLS)[one], response={"result": text})
            )
            for one, text in OUTPUTS.items()
        ]
        thought = genai.Part(text=THOUGHT, thought=True)
        said = [
            ("user", "user", [genai.Part(text=QUESTION), image]),
            ("bot", "model", [thought, genai.Part(text=WORDS), *calls]),
            ("bot", "user", outputs),
            ("bot", "model", [genai.Part(text=ANSWER)]),
        ]
        events = [Event(author=author, content=genai.Content(role=role, parts=parts)) for author, role, parts in said]
        session = await self._sessions().create_session(**self.PLACE)
        for event in events:
            await self._sessions().append_event(session, event)
        return events

    async def read(self) -> Any:
        session = await self._sessions().get_session(**self.PLACE)
        return session and session.events

    def facts(self, read: Any) -> list[Any]:
        found: list[Any] = []
        for event in read:
            for part in event.content.parts:
                if part.function_call:
                    found.append(("call", part.function_call.id, part.function_call.name, part.function_call.args))
                elif part.function_response:
                    found.append(("output", part.function_response.id, part.function_response.response["result"]))
                elif part.file_data:
                    found[-1] = (*found[-1], part.file_data.file_uri)
                elif not part.thought:
                    found.append(("user" if event.author == "user" else "assistant", part.text))
        return found


class AgentFramework(Framework):
    """Microsoft's Agent Framework."""

    async def write(self) -> Any:
        calls = [AfContent.from_function_call(one, name, arguments=ARGUMENTS) for one, name in CALLS]
        outputs = [AfContent.from_function_result(one, result=text) for one, text in OUTPUTS.items()]
        messages = [
            AfMessage("user", [QUESTION, AfContent.from_uri(IMAGE, media_type="image/png")]),
            AfMessage("assistant", [AfContent.from_text_reasoning(text=THOUGHT), WORDS, *calls]),
            AfMessage("tool", outputs),
            AfMessage("assistant", [ANSWER]),
        ]
        await ThreadkeepHistoryProvider(self.store).save_messages(NAME, messages)
        return [message.to_dict() for message in messages]

    async def read(self) -> Any:
        return [message.to_dict() for message in await ThreadkeepHistoryProvider(self.store).get_messages(NAME)]

    def facts(self, read: Any) -> list[Any]:
        found: list[Any] = []
        for message in read:
            for content in message["contents"]:
                if content["type"] == "text":
                    found.append((message["role"], content["text"]))
                elif content["type"] == "uri":
                    found[-1] = (*found[-1], content["uri"])
                elif content["type"] == "function_call":
                    found.append(("call", content["call_id"], content["name"], content["arguments"]))
                elif content["type"] == "function_result":
                    found.append(("output", content["call_id"], content["result"]))
        return found


class ChatKit(Framework):
    """ChatKit."""

    async def write(self) -> Any:
        store: Any = ThreadkeepStore[Any](self.store)
        base: Any = {"thread_id": NAME, "created_at": datetime(2026, 11, 29, tzinfo=UTC)}
        image: Any = ck.ImageAttachment(id="i", name="a.png", mime_type="image/png", preview_url=IMAGE)
        calls = [
            ck.ClientToolCallItem(id=f"tc_{one}", call_id=one, name=name, arguments=ARGUMENTS, **base)
            for one, name in CALLS
        ]
        done = [call.model_copy(update={"status": "completed", "output": OUTPUTS[call.call_id]}) for call in calls]
        answers: list[Any] = [
            ck.AssistantMessageItem(id=f"m{text}", content=[ck.AssistantMessageContent(text=text)], **base)
            for text in (WORDS, ANSWER)
        ]
        question = ck.UserMessageItem(
            id="m0", content=[ck.UserMessageTextContent(text=QUESTION)], attachments=[image],
            inference_options=ck.InferenceOptions(), **base,
        )  # fmt: skip
        await store.save_thread(ck.ThreadMetadata(id=NAME, created_at=base["created_at"]), None)
        for item in (question, answers[0], *calls):
            await store.add_thread_item(NAME, item, None)
        for item in (*done, answers[1]):
            await store.save_item(NAME, item, None)
        return [question, answers[0], *done, answers[1]]

    async def read(self) -> Any:
        return (await ThreadkeepStore[Any](self.store).load_thread_items(NAME, None, 100, "asc", None)).data

    def facts(self, read: Any) -> list[Any]:
        found: list[Any] = []
        outputs: list[Any] = []
        for item in read:
            if isinstance(item, ck.ClientToolCallItem):
                found.append(("call", item.call_id, item.name, item.arguments))
                outputs.append(("output", item.call_id, item.output))
                continue
            found += outputs
            outputs = []
            if isinstance(item, ck.UserMessageItem):
                found.append(("user", item.content[0].text, *(str(image.preview_url) for image in item.attachments)))  # type: ignore[union-attr]
            elif isinstance(item, ck.AssistantMessageItem):
                found.append(("assistant", item.content[0].text))
        return found


class Native(Framework):
    """The native API."""

    async def write(self) -> Any:
        thread = await self.store.thread_service.ensure_thread(NAME, [], {})
        content: Any = [{"type": "text", "text": QUESTION}, {"type": "image_url", "image_url": {"url": IMAGE}}]
        outputs: Any = [{"role": "tool", "content": text, "tool_call_id": one} for one, text in OUTPUTS.items()]
        function = [{"name": name, "arguments": json.dumps(ARGUMENTS)} for _, name in CALLS]
        calls: Any = [
            {"id": one[0], "type": "function", "function": two} for one, two in zip(CALLS, function, strict=True)
        ]
        await self.store.message_service.create_messages(
            thread.id,
            [
                {"role": "user", "content": content},
                {"role": "assistant", "content": WORDS, "tool_calls": calls},
                *outputs,
                {"role": "assistant", "content": ANSWER},
            ],
        )


FRAMEWORKS: list[type[Framework]] = [Agents, LangGraph, Claude, PydanticAI, Adk, AgentFramework, ChatKit]


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
