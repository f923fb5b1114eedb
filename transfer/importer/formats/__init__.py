"""The formats of other programs, one module each, in the order in which `threadkeep import formats` lists them."""

from . import (
    agno,
    ai_sdk,
    assistants,
    chat_rows,
    chatbot_ui,
    chatbox,
    chatgpt,
    claude_ai,
    claude_code,
    codex,
    conversations_api,
    copilot,
    gemini,
    google_adk,
    grok,
    langchain,
    langgraph,
    librechat,
    llama_index,
    open_webui,
    openai_agents,
)
from .base import ODD_SHAPES, Format, Found, odd

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
    langgraph.FORMAT,
    claude_code.FORMAT,
    codex.FORMAT,
    google_adk.FORMAT,
    ai_sdk.FORMAT,
    llama_index.FORMAT,
    copilot.FORMAT,
    gemini.FORMAT,
    agno.FORMAT,
    grok.FORMAT,
    chatbot_ui.FORMAT,
    chatbox.FORMAT,
)

__all__ = ["FORMATS", "ODD_SHAPES", "Format", "Found", "odd"]
