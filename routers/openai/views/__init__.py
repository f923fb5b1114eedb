"""Renders stored threads and messages in the formats of the OpenAI API."""

from .items import render_item
from .messages import render_thread_message
from .pages import render_list
from .threads import render_conversation, render_thread

__all__ = ["render_conversation", "render_item", "render_list", "render_thread", "render_thread_message"]
