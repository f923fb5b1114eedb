"""Renders stored threads and messages in the formats of the OpenAI API."""

from .items import INNER, render_entry, render_items
from .messages import render_thread_message
from .pages import render_list
from .threads import render_conversation, render_thread

__all__ = [
    "INNER",
    "render_conversation",
    "render_entry",
    "render_items",
    "render_list",
    "render_thread",
    "render_thread_message",
]
