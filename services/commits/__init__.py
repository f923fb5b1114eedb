"""Commits: messages, changes of the thread and cuts that become visible together, by one update of the thread (decision 75)."""

from .cleaning import clean_up, finish
from .commit import Commit, Committed
from .committer import Committer
from .earlier_tries import EarlierCut, earlier_cut
from .pop_work import PopWork
from .previews import find_preview, hide_preview, refresh_preview

__all__ = [
    "Commit",
    "Committed",
    "Committer",
    "EarlierCut",
    "PopWork",
    "clean_up",
    "earlier_cut",
    "find_preview",
    "finish",
    "hide_preview",
    "refresh_preview",
]
