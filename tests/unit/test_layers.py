"""The layout of the code: one ordered list of layers, no cycles, and folders of a readable size."""

import ast
import re
from collections import deque
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from tests.sources import ROOT, python_files

BASE = {
    *(
        "actors",
        "audit",
        "clock",
        "concurrency",
        "cursors",
        "database",
        "database_login",
        "errors",
        "fan_out",
        "idempotency",
    ),
    *("file_format", "health"),
    *("outcomes", "query_parameters", "query_values", "schemas", "settings", "wording"),
}
"""Modules of `core/` itself. They may use each other, and nothing above."""

Layers = tuple[set[str], ...]

LAYERS: Layers = (
    BASE,
    {"storage"},
    {"attributes", "jobs", "identity"},
    {"imports", "products"},
    {"profiles"},
    {"enrichment", "proposals", "uploads", "api_description"},
    {"approvals", "exports", "job_control"},
)
"""Low to high. A package uses packages of lower layers; those of one layer do not use each other.
`handlers/` is above them all, and `infra/` above that."""

INFRA_LAYERS: Layers = (
    {"errors", "indexes", "openapi", "package", "shrinking", "staging"},
    {"client"},
    {"local"},
    {"aws", "operations"},
    {"checks"},
)
"""The same for the modules and packages of `infra/`."""

MODULES_IN_A_FOLDER = 18

WITHOUT_DATABASE = (
    *("core.jobs", "core.imports.jobs", "core.database", "core.job_control", "pymongo", "bson"),
)
"""What column work never loads: it runs in functions that have neither driver nor database."""


Graph = Mapping[str, set[str]]


def module_of(path: Path, root: Path = ROOT) -> str:
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported_modules(path: Path, known: Iterable[str] = ()) -> set[str]:
    """What a file imports, at the top and inside its functions; `from package import module` counts
    as the module where it is one of those `known`."""
    modules: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                modules.add(full if full in known else node.module)
    return modules


def import_graph(folder: str = "core", root: Path = ROOT) -> Graph:
    """Module of a folder → the modules of this folder that it imports."""
    files = {module_of(path, root): path for path in python_files(folder, root)}
    return {
        module: {name for name in imported_modules(path, files) if name in files} - {module}
        for module, path in files.items()
    }


def place_of(module: str, layers: Layers) -> tuple[int, str]:
    """The layer of a module, and its package."""
    package = module.split(".")[1]
    for number, packages in enumerate(layers):
        if package in packages:
            return number, package
    raise AssertionError(f"{module} has no layer: name its package in this test")


def upward_imports(graph: Graph, layers: Layers = LAYERS) -> list[str]:
    """Imports that go up, or to a neighbour of the same layer."""
    found = []
    for module in sorted(name for name in graph if "." in name):
        layer, package = place_of(module, layers)
        for imported in sorted(name for name in graph[module] if "." in name):
            other, target = place_of(imported, layers)
            if other > layer or (other == layer and layer > 0 and target != package):
                found.append(f"{module} → {imported}")
    return found


def cycles_between(graph: Graph, folder: str) -> list[str]:
    """Children of a folder (its modules, and its folders as a whole) that need each other."""
    depth = folder.count(".") + 2
    needs: dict[str, set[str]] = {}
    for module, imported in graph.items():
        if module.startswith(f"{folder}."):
            child = ".".join(module.split(".")[:depth])
            others = {
                ".".join(name.split(".")[:depth])
                for name in imported
                if name.startswith(f"{folder}.")
            }
            needs.setdefault(child, set()).update(others - {child})
    while free := [child for child, others in needs.items() if not others & set(needs)]:
        for child in free:
            del needs[child]
    return sorted(needs)


def way_to(start: str, graph: Graph, forbidden: tuple[str, ...]) -> list[str]:
    """The shortest chain of imports from a module to one that begins with a forbidden name."""
    ways = {start: [start]}
    queue = deque([start])
    while queue:
        module = queue.popleft()
        for imported in sorted(graph.get(module, ())):
            if imported in ways:
                continue
            ways[imported] = [*ways[module], imported]
            if imported.startswith(forbidden):
                return ways[imported]
            queue.append(imported)
    return []


def folders(graph: Iterable[str]) -> list[str]:
    return sorted({module.rpartition(".")[0] for module in graph if "." in module})


def reaches(path: Path, *packages: str) -> list[str]:
    return sorted(m for m in imported_modules(path) if m.split(".")[0] in packages)


@pytest.mark.parametrize(("folder", "layers"), [("core", LAYERS), ("infra", INFRA_LAYERS)])
def test_imports_go_down_the_layers(folder: str, layers: Layers) -> None:
    assert upward_imports(import_graph(folder), layers) == []


def test_the_page_on_architecture_lists_these_layers() -> None:
    page = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    lines = re.findall(r"^\d+\. (`.*)$", page, re.MULTILINE)  # from the second: the first is BASE

    assert [set(re.findall(r"`(\w+)`", line)) for line in lines] == list(LAYERS[1:])


def test_an_import_that_goes_up_or_sideways_is_found() -> None:
    graph = {
        "core.jobs.records": {"core.imports.model"},
        "core.products.writing": {"core.imports.model", "core.attributes.identity"},
    }
    assert upward_imports(graph) == [
        "core.jobs.records → core.imports.model",
        "core.products.writing → core.imports.model",
    ]


GRAPHS = {folder: import_graph(folder) for folder in ("core", "handlers", "infra")}


@pytest.mark.parametrize("folder", [f for graph in GRAPHS.values() for f in folders(graph)])
def test_nothing_in_a_folder_needs_each_other_in_a_circle(folder: str) -> None:
    assert cycles_between(GRAPHS[folder.split(".", maxsplit=1)[0]], folder) == []


def test_a_circle_is_found() -> None:
    graph = {
        "core.a.x.one": {"core.a.y.two"},
        "core.a.y.two": set(),
        "core.a.y.three": {"core.a.x.four"},
        "core.a.x.four": set(),
        "core.a.free": {"core.a.x.one"},
    }
    assert cycles_between(graph, "core.a") == ["core.a.free", "core.a.x", "core.a.y"]
    assert cycles_between(graph, "core.a.x") == []


def test_a_folder_can_be_taken_in_at_a_glance() -> None:
    counts: dict[str, int] = {}
    for path in (file for folder in GRAPHS for file in python_files(folder)):
        folder = str(path.parent.relative_to(ROOT))
        counts[folder] = counts.get(folder, 0) + (path.name != "__init__.py")
    assert {f: n for f, n in counts.items() if n > MODULES_IN_A_FOLDER} == {}


@pytest.mark.parametrize("path", python_files("core"), ids=module_of)
def test_core_knows_no_lambda_no_framework_and_no_client(path: Path) -> None:
    outward = reaches(path, "handlers", "infra", "boto3", "botocore", "aws_lambda_powertools")
    assert outward == []


def column_work() -> list[Path]:
    return [
        *python_files("core/attributes/rules"),
        *(p for p in python_files("core/imports") if p.parent != ROOT / "core/imports/jobs"),
    ]


def test_column_work_needs_no_job_and_no_database_whatever_it_imports() -> None:
    files = {module_of(path): path for path in python_files("core")}
    graph = {module: imported_modules(path, files) for module, path in files.items()}
    ways = [way_to(module_of(path), graph, WITHOUT_DATABASE) for path in column_work()]

    assert [" → ".join(way) for way in ways if way] == []


def test_a_way_to_the_database_is_found_through_other_modules() -> None:
    graph = {"a": {"b", "c"}, "b": {"a"}, "c": {"d"}, "d": {"pymongo.errors"}}

    assert way_to("a", graph, ("pymongo",)) == ["a", "c", "d", "pymongo.errors"]
    assert way_to("b", {"b": {"a"}, "a": {"b"}}, ("pymongo",)) == []


def test_workbooks_are_opened_in_one_way() -> None:
    inside = "core.imports.workbooks"
    graph = import_graph()
    outside = {
        name
        for module, imported in graph.items()
        if not module.startswith(inside)
        for name in imported
        if name.startswith(inside)
    }
    of_the_planner = {n for n in graph[f"{inside}.planning"] if n.startswith(inside)}

    assert outside == {f"{inside}.planning"}
    assert of_the_planner == {f"{inside}.open_workbook"}


@pytest.mark.parametrize("path", python_files("handlers"), ids=module_of)
def test_handlers_do_no_column_work(path: Path) -> None:
    assert reaches(path, "polars", "numpy", "fastexcel", "infra") == []
