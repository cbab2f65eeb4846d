"""A function imports only packages of its layer."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

import pytest

from infra.staging import LAYERS, ROOT
from tests.unit.infra.template_kit import FUNCTIONS

IN_LAMBDA = {"boto3", "botocore", "urllib3"}
"""What Lambda's Python has beside the standard library: the SDK, and what it calls HTTP with."""

INSIDE_OTHER_PACKAGES = {"bson"}  # of pymongo


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_a_function_imports_nothing_that_its_layer_lacks(name: str) -> None:
    function = FUNCTIONS[name]
    layer = function["Layers"]["Fn::If"][1][0]["Ref"].removesuffix("Layer").lower()
    assert layer in LAYERS
    lock = (ROOT / "requirements" / f"{layer}.txt").read_text(encoding="utf-8")
    there = {p.replace("-", "_") for p in re.findall(r"^([\w.-]+)==", lock, re.MULTILINE)}

    module = function["Handler"].removesuffix(".handler")
    outside = {name.split(".")[0] for name in _closure(module, set())} - {"core", "handlers"}

    assert outside - sys.stdlib_module_names <= there | IN_LAMBDA | INSIDE_OTHER_PACKAGES


def _closure(module: str, seen: set[str]) -> set[str]:
    """All modules that importing this one imports, ours followed."""
    if module in seen:
        return seen
    seen.add(module)
    path = _path_of(module)
    if path is None:
        return seen
    for parent in _parents(module):
        _closure(parent, seen)
    for node in _run_at_import(ast.parse(path.read_text(encoding="utf-8")).body):
        if isinstance(node, ast.Import):
            for alias in node.names:
                _closure(alias.name, seen)
        elif isinstance(node, ast.ImportFrom) and node.module:
            _closure(node.module, seen)
            for alias in node.names:
                if _path_of(f"{node.module}.{alias.name}"):
                    _closure(f"{node.module}.{alias.name}", seen)
    return seen


def _run_at_import(body: list[ast.stmt]) -> list[ast.stmt]:
    """Statements of the module itself; what is under `if TYPE_CHECKING` is not run."""
    found: list[ast.stmt] = []
    for node in body:
        if isinstance(node, ast.If):
            if not (isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"):
                found += _run_at_import(node.body)
            found += _run_at_import(node.orelse)
        elif isinstance(node, ast.Try):
            found += _run_at_import(node.body)
        else:
            found.append(node)
    return found


def _parents(module: str) -> list[str]:
    parts = module.split(".")
    return [".".join(parts[:n]) for n in range(1, len(parts))]


def _path_of(module: str) -> Path | None:
    if module.split(".", maxsplit=1)[0] not in ("core", "handlers"):
        return None
    base = ROOT / Path(*module.split("."))
    for path in (base.with_suffix(".py"), base / "__init__.py"):
        if path.exists():
            return path
    return None
