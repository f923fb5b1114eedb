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
    """The ids of messages that follow each other. `after` is the parent of the first one; empty if it has none."""

    ids: list[str]
    after: str = ""
    parent: Path | None = None
    """The path on which `after` lies; None for a path that begins anew."""


@dataclass(slots=True)
class Tree:
    """Messages with their parents, in the order of the file.

    Links to children are not needed: they may be missing. A parent that is unknown, or that leads in a circle, is no parent.
    """

    parents: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, parents: Mapping[str, str | None]) -> Tree:
        """The tree of these messages, each with the id of its parent. Raises `ValueError` if an id is empty."""
        if "" in parents:
            raise ValueError("the id of a message is empty")
        tree = cls({one: parent if parent in parents and parent != one else "" for one, parent in parents.items()})  # type: ignore[misc]  # a known parent is text
        tree._cut_circles()
        return tree

    def _cut_circles(self) -> None:
        rooted: set[str] = set()
        for start in self.parents:
            walked: dict[str, None] = {}
            one = start
            while one and one not in rooted:
                if one in walked:
                    self.parents[one] = ""
                    break
                walked[one] = None
                one = self.parents[one]
            rooted.update(walked)

    def path_to(self, leaf: str) -> list[str]:
        """The ids from the root to this message."""
        path = []
        while leaf:
            path.append(leaf)
            leaf = self.parents[leaf]
        return path[::-1]

    def newest_leaf(self) -> str:
        """The leaf of the newest child of the newest child … from the last root on, as the file orders them."""
        children = self.children()
        leaf = ""
        while found := children.get(leaf):
            leaf = found[-1]
        return leaf

    def children(self) -> dict[str, list[str]]:
        """The children of each message, in the order of the file. The roots are the children of ``."""
        children: dict[str, list[str]] = {}
        for one, parent in self.parents.items():
            children.setdefault(parent, []).append(one)
        return children

    def paths(self, leaf: str = "") -> list[Path]:
        """The active path, which leads to `leaf`, then the branches: each holds the messages that no path before it has.

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
            branch = Path([one], after, place.get(after))
            while following := children.get(branch.ids[-1]):
                branch.ids.append(following[-1])
            place.update(dict.fromkeys(branch.ids, branch))
            paths.append(branch)
        return paths

    @staticmethod
    def _in_order(children: Mapping[str, Sequence[str]]) -> list[str]:
        """All messages, each behind its parent."""
        ordered, waiting = [], [*reversed(children.get("", ()))]
        while waiting:
            one = waiting.pop()
            ordered.append(one)
            waiting += reversed(children.get(one, ()))
        return ordered


def place_along(
    found: Conversation,
    parents: Mapping[str, str | None],
    leaf: str,
    messages: Mapping[str, list[SourceMessage]],
) -> None:
    """Give the conversation the messages of the active path, and the branches with at least one message.

    `parents` has every node in the order of the file; `messages` those of each node, which may be none. A note says if the
    active path begins at a message whose parent is damaged: what stands before it in the file is in branches then.
    """
    parents, messages = _named(parents, messages)
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


def _named(
    parents: Mapping[str, str | None], messages: Mapping[str, list[SourceMessage]]
) -> tuple[Mapping[str, str | None], Mapping[str, list[SourceMessage]]]:
    """Give the node whose id is empty another one, because elsewhere the empty id stands for no node."""
    if "" not in parents:
        return parents, messages
    free = "\0"
    while free in parents:
        free += "\0"
    named = {one or free: free if parent == "" else parent for one, parent in parents.items()}
    return named, {**messages, free: messages.get("", [])}


def _is_cut(parents: Mapping[str, str | None], root: str, others: Sequence[Path]) -> bool:
    """Whether the active path begins at `root` only because its parent is unknown, while others begin elsewhere."""
    named = parents[root]
    return bool(named) and any(path.parent is None and parents[path.ids[0]] != named for path in others)


def _last_message(tree: Tree, node: str, messages: Mapping[str, list[SourceMessage]], known: dict[str, str]) -> str:
    """The id of the last message of the node, or of the next node above that has one. `known` keeps what was found."""
    walked: list[str] = []
    found = ""
    while node:
        if node in known or messages.get(node):
            found = known[node] if node in known else messages[node][-1].id
            break
        walked.append(node)
        node = tree.parents[node]
    known.update(dict.fromkeys(walked, found))
    return found
