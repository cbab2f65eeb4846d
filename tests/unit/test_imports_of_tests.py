"""Tests are packages, and what they share is imported by its full name: so that any folder or file
of tests runs on its own, together with any other, in any order."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
FILES = sorted(TESTS.rglob("*.py"))
LOCAL = {path.stem for path in FILES} - {"__init__", "__main__"}


@cache
def modules_of(path: Path) -> list[str]:
    """The modules that a file imports, with a dot in front of relative ones."""
    return list(_modules_in(path))


def _modules_in(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or "")


def test_every_folder_of_tests_is_a_package() -> None:
    assert [f for f in {path.parent for path in FILES} if not (f / "__init__.py").exists()] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(TESTS)))
def test_tests_import_each_other_by_full_names(path: Path) -> None:
    modules = modules_of(path)

    assert [m for m in modules if m.startswith(".")] == [], "relative imports"
    assert [m for m in modules if m in LOCAL] == [], "write tests.<folder>.<module>"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(TESTS)))
def test_no_test_imports_a_conftest_or_another_file_of_tests(path: Path) -> None:
    last_names = [module.rpartition(".")[2] for module in modules_of(path)]

    assert [m for m in last_names if m == "conftest" or m.startswith("test_")] == []
