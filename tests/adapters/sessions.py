"""One session of each framework: turns that its adapter writes, and the texts that the framework reads again."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from agent_framework import Message
from chatkit import types as ck
from chatkit.store import NotFoundError
from google.adk.errors.already_exists_error import AlreadyExistsError
from google.adk.events import Event, EventActions
from google.genai import types as genai
from langchain_core.messages import AIMessage, HumanMessage
from langgraph.graph import START, MessagesState, StateGraph
from pydantic_ai.conversation import Conversation
from pydantic_ai.messages import ModelRequest, ModelResponse, TextPart, UserPromptPart

from threadkeep.adapters.agent_framework import ThreadkeepHistoryProvider
from threadkeep.adapters.chatkit import ThreadkeepStore
from threadkeep.adapters.claude_agent_sdk import ThreadkeepSessionStore
from threadkeep.adapters.google_adk import ThreadkeepSessionService
from threadkeep.adapters.langgraph import ThreadkeepSaver
from threadkeep.adapters.openai_agents import ThreadkeepSession
from threadkeep.adapters.pydantic_ai import ThreadkeepConversationStore

if TYPE_CHECKING:
    from threadkeep.adapters.stores import Store

NOW = datetime(2026, 11, 30, tzinfo=UTC)


class Session:
    """A session with a name, of a user of Threadkeep. A turn is a question and an answer that ends with the number."""

    can_delete = True
    most_writes = 1
    """The writes of a turn. Each of them is whole or nothing."""

    def __init__(self, store: Store, name: str, user_id: str | None = None) -> None:
        self.store = store
        self.name = name
        self.user_id = user_id

    async def say(self, number: int, text: str) -> None:
        """Write a turn. Writing it again, after an error, changes nothing more."""
        raise NotImplementedError

    async def said(self) -> list[str]:
        """Return the texts that the framework reads."""
        raise NotImplementedError

    async def delete(self) -> None:
        """Delete the session as the framework does."""
        raise NotImplementedError


def turn(number: int, text: str) -> tuple[str, str]:
    """Return the question and the answer of a turn."""
    return f"question {number}", f"{text} {number}"


class OpenAIAgents(Session):
    """OpenAI Agents SDK. Its items have no ids, so only the caller knows which items it has written."""

    def _session(self) -> ThreadkeepSession:
        return ThreadkeepSession(self.name, self.store, user_id=self.user_id)

    async def say(self, number: int, text: str) -> None:
        question, answer = turn(number, text)
        if question not in await self.said():
            items: Any = [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
            await self._session().add_items(items)

    async def said(self) -> list[str]:
        items: Any = await self._session().get_items()
        return [item["content"] for item in items]

    async def delete(self) -> None:
        await self._session().clear_session()


class State(MessagesState):
    """Messages, and a value that is no message."""

    note: str


class LangGraph(Session):
    """LangGraph: the messages, and then the checkpoint."""

    def _graph(self) -> Any:
        graph = StateGraph(State)
        graph.add_node("end", lambda _: {})
        graph.add_edge(START, "end")
        return graph.compile(checkpointer=ThreadkeepSaver(self.store, user_id=self.user_id))

    async def say(self, number: int, text: str) -> None:
        question, answer = turn(number, text)
        said = [HumanMessage(question, id=f"q{number}"), AIMessage(answer, id=f"a{number}")]
        await self._graph().aupdate_state(self._config, {"messages": said, "note": answer})

    async def said(self) -> list[str]:
        values = (await self._graph().aget_state(self._config)).values
        return [message.content for message in values.get("messages", [])]

    async def delete(self) -> None:
        await ThreadkeepSaver(self.store).adelete_thread(self.name)

    @property
    def _config(self) -> dict[str, Any]:
        return {"configurable": {"thread_id": self.name}}


class Claude(Session):
    """Claude Agent SDK: a transcript, that of a subagent, and the summary of both."""

    def __init__(self, store: Store, name: str, user_id: str | None = None) -> None:
        super().__init__(store, name, user_id)
        self.key: Any = {"project_key": f"project of {name}", "session_id": name}
        self.sessions = ThreadkeepSessionStore(store, user_id=user_id)

    async def say(self, number: int, text: str) -> None:
        entries: Any = [
            {"type": role, "uuid": f"{role}{number}", "message": {"role": role, "content": said}}
            for role, said in zip(("user", "assistant"), turn(number, text), strict=True)
        ]
        await self.sessions.append(self.key, entries)

    async def said(self) -> list[str]:
        entries: Any = await self.sessions.load(self.key) or []
        return [entry["message"]["content"] for entry in entries]

    async def delete(self) -> None:
        await self.sessions.delete(self.key)

    async def say_beside(self, text: str) -> None:
        """Write the transcript of a subagent, and fold the summary of the session."""
        entry: Any = {"type": "user", "uuid": "u", "message": {"role": "user", "content": text}}
        beside: Any = {**self.key, "subpath": f"subagents/{text}"}
        await self.sessions.append(beside, [entry])
        await self.sessions.append(self.key, [{"type": "custom-title", "customTitle": text}])  # type: ignore[typeddict-unknown-key]
        await self.sessions.list_session_summaries(self.key["project_key"])


class PydanticAI(Session):
    """Pydantic AI: the messages with the record."""

    async def say(self, number: int, text: str) -> None:
        question, answer = turn(number, text)
        conversations = ThreadkeepConversationStore(self.store, user_id=self.user_id)
        conversation = await conversations.load(self.name) or Conversation(conversation_id=self.name)
        if question not in _texts(conversation):
            conversation.messages += [ModelRequest([UserPromptPart(question)]), ModelResponse([TextPart(answer)])]
            await conversations.save(conversation, scope=f"half \ud83d of {self.name}")

    async def said(self) -> list[str]:
        conversation = await ThreadkeepConversationStore(self.store).load(self.name)
        return [] if conversation is None else _texts(conversation)

    async def delete(self) -> None:
        await ThreadkeepConversationStore(self.store).delete(self.name)


def _texts(conversation: Conversation) -> list[str]:
    parts: Any = [part for message in conversation.messages for part in message.parts]
    return [part.content for part in parts]


class GoogleADK(Session):
    """Agent Development Kit: each event with the state that it changes. The user's id is that of the framework."""

    def __init__(self, store: Store, name: str, user_id: str | None = None) -> None:
        super().__init__(store, name, user_id)
        self.place: Any = {"app_name": "app", "user_id": f"user of {name}", "session_id": name}
        self.sessions = ThreadkeepSessionService(store)

    async def say(self, number: int, text: str) -> None:
        try:
            session: Any = await self.sessions.create_session(**self.place)
        except AlreadyExistsError:
            session = await self.sessions.get_session(**self.place)
        known = {event.id for event in session.events}
        for author, said in zip(("user", "bot"), turn(number, text), strict=True):
            content = genai.Content(role="user" if author == "user" else "model", parts=[genai.Part(text=said)])
            delta = EventActions(state_delta={"note": said[:100], "user:note": said[:100]})
            event = Event(id=f"{author}{number}", author=author, content=content, actions=delta)
            if event.id not in known:
                await self.sessions.append_event(session, event)

    async def said(self) -> list[str]:
        session: Any = await self.sessions.get_session(**self.place)
        return [] if session is None else [event.content.parts[0].text for event in session.events]

    async def delete(self) -> None:
        await self.sessions.delete_session(**self.place)


class AgentFramework(Session):
    """Microsoft's Agent Framework. Its providers cannot delete."""

    can_delete = False

    def _provider(self) -> ThreadkeepHistoryProvider:
        return ThreadkeepHistoryProvider(self.store, user_id=self.user_id)

    async def say(self, number: int, text: str) -> None:
        question, answer = turn(number, text)
        said = [
            Message("user", [question], message_id=f"q{number}"),
            Message("assistant", [answer], message_id=f"a{number}"),
        ]
        await self._provider().save_messages(self.name, said)

    async def said(self) -> list[str]:
        return [message.text for message in await self._provider().get_messages(self.name)]


class ChatKit(Session):
    """ChatKit: each item for itself, and attachments."""

    def __init__(self, store: Store, name: str, user_id: str | None = None) -> None:
        super().__init__(store, name, user_id)
        self.chats = ThreadkeepStore[Any](store, user_of=lambda _: user_id)

    async def say(self, number: int, text: str) -> None:
        question, answer = turn(number, text)
        base: Any = {"thread_id": self.name, "created_at": NOW}
        items: list[Any] = [
            ck.UserMessageItem(
                id=f"q{number}",
                content=[ck.UserMessageTextContent(text=question)],
                inference_options=ck.InferenceOptions(),
                **base,
            ),
            ck.AssistantMessageItem(id=f"a{number}", content=[ck.AssistantMessageContent(text=answer)], **base),
        ]
        await self.chats.save_thread(ck.ThreadMetadata(id=self.name, title=text[:40], created_at=NOW), None)
        for item in items:
            await self.chats.add_thread_item(self.name, item, None)

    async def said(self) -> list[str]:
        try:
            items: Any = (await self.chats.load_thread_items(self.name, None, 100_000, "asc", None)).data
        except NotFoundError:
            return []
        return [item.content[0].text for item in items]

    async def delete(self) -> None:
        await self.chats.delete_thread(self.name, None)
        await self.chats.delete_attachment(f"file of {self.name}", None)

    async def say_beside(self, text: str) -> None:
        """Save an attachment."""
        kept = ck.FileAttachment(id=f"file of {self.name}", name=text, mime_type="text/plain")
        await self.chats.save_attachment(kept, None)


SESSIONS: tuple[type[Session], ...] = (
    OpenAIAgents,
    LangGraph,
    Claude,
    PydanticAI,
    GoogleADK,
    AgentFramework,
    ChatKit,
)
