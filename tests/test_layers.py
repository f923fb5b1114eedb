"""The layers: parts import only parts below them, without cycles, and only through the `__init__` of a package."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).parents[1]
NOT_PACKAGE = {"tests", "docs", "build", "benchmarks"}
GROUND = {
    *(
        "_version",
        "budgets",
        "clock",
        "errors",
        "escaping",
        "forks",
        "ids",
        "json_elements",
        "json_values",
        "log_events",
        "mongodb_url",
        "private_files",
        "service_links",
    ),
    "stored_json",
    "uploads",
}
"""Modules that import no module of Threadkeep."""

# Each part, and the parts that it may import besides `GROUND`. Imports for types count too.
ALLOWED: dict[str, set[str]] = {
    "settings": set(),
    "embedded": set(),
    "history": set(),
    "context": {"history"},
    "documents": {"history"},
    "inputs": {"history", "settings"},
    "records": {"documents", "history"},
    "services": {"context", "documents", "history", "inputs", "records", "settings"},
    "keep": {"documents", "embedded", "services", "settings", "transfer"},
    "startup": {"embedded", "keep", "settings"},
    "routers": {"documents", "history", "inputs", "keep", "records", "services", "settings"},
    "app": {"keep", "routers", "services", "settings", "startup"},
    "server": {"app", "routers", "services", "settings", "startup"},
    "client": {"app", "documents", "inputs", "records", "settings"},
    "mcp_server": {"client", "records"},
    "integrations": {"app", "keep", "routers", "settings"},
    "report": {"keep", "services"},
    "transfer": {"context", "documents", "history", "inputs", "services", "settings"},
    "cli": {"documents", "keep", "mcp_server", "records", "report", "services", "settings", "startup", "transfer"},
    "testing": set(),
    "adapters": {"client", "context", "history", "inputs", "keep", "records", "services"},
    "": {"client", "inputs", "keep", "records", "services", "settings"},
    "__main__": {"cli"},
}
ALLOWED |= {part: set() for part in GROUND}
# docs/decisions/0038 explains why a router sees types of documents.
TYPES_OF_ROWS = {("routers", "documents"), ("records", "documents"), ("client", "documents")}
"""Parts that import documents only for types."""


class Import(NamedTuple):
    """One imported module, and whether only a type checker imports it."""

    importer: str
    imported: str
    source: str
    """The module between `from` and `import`: a package if the import goes through its `__init__`."""
    line: str
    for_types: bool


def modules() -> dict[str, Path]:
    """The modules of the package without tests and benchmarks, by dotted name; the root is the empty name."""
    folders = [
        path for path in ROOT.iterdir() if path.is_dir() and path.name not in NOT_PACKAGE and path.name[0] != "."
    ]
    found = {}
    for path in sorted([*ROOT.glob("*.py"), *(path for folder in folders for path in folder.rglob("*.py"))]):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()
PACKAGES = {name for name, path in MODULES.items() if path.name == "__init__.py" and name}


def imports_of(module: str) -> Iterator[Import]:
    """The relative imports of a module."""
    path = MODULES[module]
    tree = ast.parse(path.read_text())
    package = module.split(".") if path.name == "__init__.py" else module.split(".")[:-1]
    package = [part for part in package if part]
    for_types = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = [*package[: len(package) - node.level + 1], *(node.module or "").split(".")]
            name = ".".join(part for part in base if part)
            for alias in node.names:
                whole = f"{name}.{alias.name}" if name else alias.name
                target = whole if whole in MODULES else name
                yield Import(module, target, name, f"{path.relative_to(ROOT)}:{node.lineno}", id(node) in for_types)


@pytest.fixture(scope="module")
def imports() -> list[Import]:
    """All relative imports of the package."""
    return [found for module in MODULES for found in imports_of(module)]


def part_of(module: str) -> str:
    return module.split(".", maxsplit=1)[0]


def cycles(graph: Mapping[str, set[str]]) -> list[list[str]]:
    """Return the cycles that a depth-first search finds, each as a list of nodes."""
    done, found = set[str](), list[list[str]]()

    def visit(node: str, path_to_node: list[str]) -> None:
        if node in path_to_node:
            found.append([*path_to_node[path_to_node.index(node) :], node])
        elif node not in done:
            for following in sorted(graph.get(node, ())):
                visit(following, [*path_to_node, node])
            done.add(node)

    for node in sorted(graph):
        visit(node, [])
    return found


def test_every_part_is_listed_in_the_layers() -> None:
    assert {part_of(module) for module in MODULES} == ALLOWED.keys()


def test_parts_import_only_parts_below_them(imports: list[Import]) -> None:
    wrong = [
        f"{found.line} imports {found.imported or 'the root'}"
        for found in imports
        if part_of(found.importer) != part_of(found.imported)
        and part_of(found.imported) not in ALLOWED[part_of(found.importer)] | GROUND
    ]

    assert wrong == []


def test_the_layers_have_no_cycle() -> None:
    assert cycles(ALLOWED) == []


@pytest.mark.parametrize("level", [0, 1, 2], ids=["modules", "packages", "packages in packages"])
def test_imports_have_no_cycle(level: int, imports: list[Import]) -> None:
    graph = defaultdict[str, set[str]](set)
    for found in imports:
        pair = [".".join(name.split(".")[:level]) if level else name for name in found[:2]]
        if pair[0] != pair[1] and not (level and pair[0] in PACKAGES and pair[1].startswith(f"{pair[0]}.")):
            graph[pair[0]].add(pair[1])
    without_parents = {name: {one for one in ones if not name.startswith(f"{one}.")} for name, ones in graph.items()}

    assert cycles(graph if not level else without_parents) == []


def test_packages_are_imported_through_their_init(imports: list[Import]) -> None:
    wrong = []
    for found in imports:
        package = found.source.rpartition(".")[0]
        if found.source not in PACKAGES and package and not f"{found.importer}.".startswith(f"{package}."):
            wrong.append(f"{found.line} imports {found.source}, not the `__init__` of {package}")

    assert wrong == []


def test_routers_records_and_client_import_documents_only_for_types(imports: list[Import]) -> None:
    loaded = {
        f"{found.line} loads {found.imported}"
        for found in imports
        if (part_of(found.importer), part_of(found.imported)) in TYPES_OF_ROWS and not found.for_types
    }

    assert loaded == set()


def test_every_package_has_a_docstring_and_exports_each_name_once() -> None:
    for package in sorted(PACKAGES):
        tree = ast.parse(MODULES[package].read_text())
        assert ast.get_docstring(tree), f"{package} has no docstring"
        lists = [node.value for node in tree.body if isinstance(node, ast.Assign) and node.targets[0].id == "__all__"]  # type: ignore[attr-defined]
        for names in lists:
            found = ast.literal_eval(names)
            assert len(found) == len(set(found))


def test_no_two_types_have_one_name() -> None:
    places = defaultdict(list)
    benchmarks = {str(path): path for path in (ROOT / "benchmarks").rglob("*.py")}
    for name, path in (MODULES | benchmarks).items():
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.ClassDef):
                places[node.name].append(name)

    assert {name: found for name, found in places.items() if len(found) > 1} == {}
