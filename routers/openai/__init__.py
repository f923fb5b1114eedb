"""The OpenAI door, `/openai/v1`: the words of the `openai` SDK's threads and conversations (`docs/openai.md`)."""

from .application import PREFIX, openai_door
from .errors import render_error

__all__ = ["PREFIX", "openai_door", "render_error"]
