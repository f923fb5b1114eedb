"""The rules of model APIs for the messages of a request.

Each function returns a sentence for each rule that is broken, and an empty list for a valid request. Each rule has its source:
the reference of the API, or the words with which the API refuses a request. The size of images and files is not checked.
"""

from .anthropic import check_anthropic
from .chat import check_chat
from .responses import check_responses

__all__ = ["check_anthropic", "check_chat", "check_responses"]
