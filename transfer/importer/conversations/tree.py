"""Finds the active path and the branches of messages that name their parents."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .conversation import Branch

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .conversation import Conversation, SourceMessage


@dataclass(slots=True)
class Path:
    """The ids of messages that follow each other. `after` is the parent of the first one, or None if it has no parent."""

    ids: list[str]
    after: str | None = None
    parent: Path | None = None
    """The path on which `after` lies; None for a path that begins anew."""


@dataclass(slots=True)
class Tree:
    """Messages with their parents, in the order of the file.

    Links to children are not needed: they may be missing. A parent that is unknown, or that leads in a circle, is no parent.
    An id may be any text, also an empty one: None stands for "no parent".
    """

    parents: dict[str, str | None] = field(default_factory=dict)

    @classmethod
    def of(cls, parents: Mapping[str, str | None]) -> Tree:
        """The tree of these messages, each with the id of its parent."""
        tree = cls({one: parent if parent in parents and parent != one else None for one, parent in parents.items()})
        tree._cut_circles()
        return tree

    def _cut_circles(self) -> None:
        rooted: set[str] = set()
        for start in self.parents:
            walked: dict[str, None] = {}
            one: str | None = start
            while one is not None and one not in rooted:
                if one in walked:
                    self.parents[one] = None
                    break
                walked[one] = None
                one = self.parents[one]
            rooted.update(walked)

    def path_to(self, leaf: str) -> list[str]:
        """The ids from the root to this message."""
        path = []
        one: str | None = leaf
        while one is not None:
            path.append(one)
            one = self.parents[one]
        return path[::-1]

    def newest_leaf(self) -> str:
        """The leaf at the end of the newest path: from the last root on, always the last child in the order of the file."""
        children = self.children()
        leaf = children[None][-1]  # cut circles leave a root
        while found := children.get(leaf):
            leaf = found[-1]
        return leaf

    def children(self) -> dict[str | None, list[str]]:
        """The children of each message, in the order of the file. The roots are the children of None."""
        children: dict[str | None, list[str]] = {}
        for one, parent in self.parents.items():
            children.setdefault(parent, []).append(one)
        return children

    def paths(self, leaf: str | None = None) -> list[Path]:
        """The active path, which leads to `leaf`, and then the branches. A branch holds the messages of no earlier path.

        Without a known `leaf`, the active path leads to the newest leaf.
        """
        if not self.parents:
            return []
        children = self.children()
        active = Path(self.path_to(leaf if leaf in self.parents else self.newest_leaf()))
        paths, place = [active], dict.fromkeys(active.ids, active)
        for one in self._in_order(children):
            if one in place:
                continue
            after = self.parents[one]
            branch = Path([one], after, None if after is None else place[after])
            while following := children.get(branch.ids[-1]):
                branch.ids.append(following[-1])
            place.update(dict.fromkeys(branch.ids, branch))
            paths.append(branch)
        return paths

    @staticmethod
    def _in_order(children: Mapping[str | None, Sequence[str]]) -> list[str]:
        """All messages, each behind its parent."""
        ordered, waiting = [], [*reversed(children.get(None, ()))]
        while waiting:
            one = waiting.pop()
            ordered.append(one)
            waiting += reversed(children.get(one, ()))
        return ordered


def place_along(
    found: Conversation,
    parents: Mapping[str, str | None],
    leaf: str | None,
    messages: Mapping[str, list[SourceMessage]],
) -> None:
    """Give the conversation the messages of the active path, and the branches with at least one message.

    `parents` has every node in the order of the file. `messages` are the messages of each node, possibly none. If the
    parent of the first message of the active path is damaged, a note says so: the messages before it are in branches then.
    """
    tree = Tree.of(parents)
    active, *others = tree.paths(leaf) or [Path([])]
    if active.ids and _is_cut(parents, active.ids[0], others):
        found.notes.append(
            f"message {active.ids[0]!r} names the parent {parents[active.ids[0]]!r}, which is missing or leads in a "
            "circle: messages before it are counted as branches"
        )
    branches: dict[int, Branch] = {}
    known: dict[str, str] = {}
    for path in others:
        own = [message for one in path.ids for message in messages.get(one, ())]
        if own:
            origin = branches.get(id(path.parent))
            branches[id(path)] = Branch(own, _last_message(tree, path.after, messages, known), origin)
        elif path.parent is not None and id(path.parent) in branches:
            branches[id(path)] = branches[id(path.parent)]
    found.messages = [message for one in active.ids for message in messages.get(one, ())]
    found.branches = list({id(branch): branch for branch in branches.values()}.values())


def _is_cut(parents: Mapping[str, str | None], root: str, others: Sequence[Path]) -> bool:
    """Whether the active path begins at `root` only because its parent is unknown, and other paths begin elsewhere."""
    named = parents[root]
    return bool(named) and any(path.parent is None and parents[path.ids[0]] != named for path in others)


def _last_message(
    tree: Tree, node: str | None, messages: Mapping[str, list[SourceMessage]], known: dict[str, str]
) -> str:
    """The id of the last message of the node, or of the nearest node above that has messages. `known` keeps the results."""
    walked: list[str] = []
    found = ""
    while node is not None:
        if node in known or messages.get(node):
            found = known[node] if node in known else messages[node][-1].id
            break
        walked.append(node)
        node = tree.parents[node]
    known.update(dict.fromkeys(walked, found))
    return found
