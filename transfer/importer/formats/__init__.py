"""The formats of other programs, one module each, in the order in which `threadkeep import formats` lists them."""

from . import (
    assistants,
    chat_rows,
    chatbot_ui,
    chatgpt,
    claude_ai,
    conversations_api,
    gemini,
    grok,
    langchain,
    librechat,
    open_webui,
    openai_agents,
)
from .base import Format, Found

FORMATS: tuple[Format, ...] = (
    chatgpt.FORMAT,
    assistants.FORMAT,
    conversations_api.FORMAT,
    claude_ai.FORMAT,
    librechat.FORMAT,
    open_webui.FORMAT,
    langchain.FORMAT,
    openai_agents.FORMAT,
    chat_rows.FORMAT,
    gemini.FORMAT,
    grok.FORMAT,
    chatbot_ui.FORMAT,
)

__all__ = ["FORMATS", "Format", "Found"]
