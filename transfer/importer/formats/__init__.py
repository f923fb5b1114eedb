"""The formats of other programs, one module each, in the order in which `threadkeep import formats` lists them."""

from . import assistants, chatgpt
from .base import Format, Found

FORMATS: tuple[Format, ...] = (
    chatgpt.FORMAT,
    assistants.FORMAT,
)

__all__ = ["FORMATS", "Format", "Found"]
