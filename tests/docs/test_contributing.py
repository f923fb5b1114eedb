"""The tree in CONTRIBUTING.md names the parts of the package as they are."""

from __future__ import annotations

from pathlib import Path

from threadkeep.tests.test_layers import MODULES

ROOT = Path(__file__).parents[2]
TREE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").split("```text\n")[1].split("```")[0]


def named_in_tree() -> set[str]:
    """Return the paths that the tree names, without `.py`. Two spaces end the names of a line."""
    found, part = set[str](), ""
    for line in TREE.splitlines():
        if line.startswith(" " * 4):
            continue
        names = line.strip().partition("  ")[0].split()
        if not line.startswith(" "):
            part = names[0] if names else ""
        inside = part if line.startswith(" ") else ""
        found |= {inside + name.removesuffix(".py").rstrip("/") for name in names}
    return found


def test_the_tree_names_every_module_of_the_root_and_of_the_services() -> None:
    paths = {name.replace(".", "/") for name in MODULES} - {"", "__main__"}
    near = {path for path in paths if "/" not in path or (path.startswith("services/") and path.count("/") == 1)}

    assert near - named_in_tree() == set()


def test_the_tree_names_only_paths_that_exist() -> None:
    missing = {path for path in named_in_tree() if not (ROOT / path).is_dir() and not (ROOT / f"{path}.py").is_file()}

    assert missing == set()
