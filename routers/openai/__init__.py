"""The OpenAI API below `/openai/v1`, for threads and conversations of the unmodified `openai` SDK (`docs/openai.md`)."""

from .application import PREFIX, create_openai_app
from .errors import render_error

__all__ = ["PREFIX", "create_openai_app", "render_error"]
