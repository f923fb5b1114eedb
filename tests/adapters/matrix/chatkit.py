"""The conversation in ChatKit."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from chatkit import types as ck

from threadkeep.adapters.chatkit import ThreadkeepStore
from threadkeep.tests.adapters.matrix.conversation import (
    ANSWER,
    ARGUMENTS,
    CALLS,
    IMAGE,
    NAME,
    OUTPUTS,
    QUESTION,
    WORDS,
    Framework,
)


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
