"""Imports point one way: handlers → core; the domain reaches no AWS client and no framework."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def imported_modules(path: Path) -> set[str]:
    modules: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            modules.add(node.module)
    return modules


def reaches(path: Path, *packages: str) -> list[str]:
    return sorted(m for m in imported_modules(path) if m.split(".")[0] in packages)


def python_files(folder: str) -> list[Path]:
    files = sorted((ROOT / folder).rglob("*.py"))
    assert files, f"{folder}/ has no Python file: the rule below would hold vacuously"
    return files


@pytest.mark.parametrize("path", python_files("core"), ids=lambda p: str(p.relative_to(ROOT)))
def test_core_knows_no_lambda_no_framework_and_no_client(path: Path) -> None:
    outward = reaches(path, "handlers", "infra", "boto3", "botocore", "aws_lambda_powertools")
    assert outward == []


@pytest.mark.parametrize("path", python_files("core/imports"), ids=lambda p: p.name)
def test_column_work_needs_no_database(path: Path) -> None:
    assert reaches(path, "pymongo", "bson") == []
    assert not [m for m in imported_modules(path) if m.startswith(("core.jobs", "core.database"))]


@pytest.mark.parametrize("path", python_files("handlers"), ids=lambda p: str(p.relative_to(ROOT)))
def test_handlers_do_no_column_work(path: Path) -> None:
    assert reaches(path, "polars", "numpy", "fastexcel", "infra") == []
