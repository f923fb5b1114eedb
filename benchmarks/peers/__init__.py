"""Other libraries that store conversations in MongoDB, each used as its documentation says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .langchain import LangChain
from .llama_index import LlamaIndex
from .openai_agents import OpenAIAgents
from .ours import Ours

if TYPE_CHECKING:
    from .peer import Peer

PEERS: tuple[type[Peer], ...] = (Ours, LangChain, LlamaIndex, OpenAIAgents)
