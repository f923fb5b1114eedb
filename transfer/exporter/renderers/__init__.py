"""Renders threads as people and other programs read them: Markdown, HTML, ChatGPT's export and rows for training."""

from .base import Renderer, title_of
from .chatgpt import ChatGPT
from .html import Html, page_head
from .markdown import Markdown
from .openai_chat import OpenAIChat
from .sharegpt import ShareGPT

RENDERERS: dict[str, type[Renderer]] = {one.name: one for one in (OpenAIChat, ShareGPT, Markdown, Html, ChatGPT)}
"""The formats of threads, by name, in the order of the documentation."""

__all__ = ["RENDERERS", "Renderer", "page_head", "title_of"]
