"""The codes that the REST API responds with: docs/codes.md lists exactly those of the code."""

import ast
import re
from http import HTTPStatus
from pathlib import Path

from core import errors
from core.api_description.operations import OPERATIONS
from core.attributes.rules.model import FaultCode
from core.health import Check, health_to_json
from tests.sources import ROOT, python_files

PAGE = (ROOT / "docs" / "codes.md").read_text(encoding="utf-8")
CODE = re.compile(r"[A-Z]{2,}(_[A-Z]+)+")
STATUS = {
    name: kind.http_status
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and hasattr(kind, "http_status")
}
"""Class of an error → status of the response."""


def rows_of(section: str) -> list[list[str]]:
    text = PAGE.split(f"\n## {section}\n", 1)[1].split("\n## ", 1)[0]
    lines = re.findall(r"^\| (.*`.*) \|$", text, re.M)
    return [[cell.strip() for cell in line.split(" | ")] for line in lines]


def listed() -> set[tuple[int, str]]:
    return {(int(row[0]), row[1].strip("`")) for row in rows_of("Responses of the REST API")}


def constants_of(tree: ast.Module) -> dict[str, str]:
    return {
        node.targets[0].id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    }


def calls_in(path: Path) -> list[tuple[str, ast.Call, dict[str, str]]]:
    """The calls of a module, with the name of what is called and the module's constants."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    constants = constants_of(tree)
    return [
        (node.func.id, node, constants)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    ]


def code_in(argument: ast.expr, constants: dict[str, str]) -> str | None:
    match argument:
        case ast.Constant(value=str(text)):
            return text
        case ast.Name(id=name):
            return constants.get(name)
    return None


def raised() -> set[tuple[int, str]]:
    """Status and code of every error that the sources create. A code from an enumeration is one of
    a file or a product, which other sections of the page list."""
    found: set[tuple[int, str]] = set()
    for path in (*python_files("core"), *python_files("handlers")):
        for name, call, constants in calls_in(path):
            arguments = call.args
            if name == "Failure" and arguments and isinstance(arguments[0], ast.Constant):
                status, arguments = int(str(arguments[0].value)), arguments[1:]
            elif name == "_unavailable":
                status = HTTPStatus.SERVICE_UNAVAILABLE
            elif name in STATUS:
                status = STATUS[name]
            else:
                continue
            code = code_in(arguments[0], constants) if arguments else None
            if code is not None:
                found.add((int(status), code))
    return found


def item_codes() -> set[str]:
    """Codes of faults of an item in a call, apart from those of the attributes' rules."""
    found: set[str] = set()
    for path in (*python_files("core/products"), *python_files("core/approvals")):
        for name, call, constants in calls_in(path):
            if name == "ItemFault":
                given = next((k.value for k in call.keywords if k.arg == "code"), None)
                code = code_in(given, constants) if given is not None else None
                found |= {code} if code else set()
    return found


def test_the_page_lists_every_response_that_the_sources_create_and_no_other() -> None:
    away = health_to_json([Check(name="queue", ok=False, milliseconds=1)])
    gateway = re.findall(r'"code": "(\w+)"', (ROOT / "infra/template.yaml").read_text("utf-8"))
    elsewhere = {
        (int(HTTPStatus.SERVICE_UNAVAILABLE), away["code"]),
        *((int(HTTPStatus.TOO_MANY_REQUESTS), code) for code in gateway),
    }
    assert listed() == raised() | elsewhere


def test_the_page_lists_every_response_of_the_api_description() -> None:
    described = {
        (status, code)
        for operation in OPERATIONS
        for status in operation.failures
        for code in operation.codes(status)
    }
    assert described - listed() == set()


def test_the_page_lists_every_code_of_an_item_in_a_call() -> None:
    listed_items = {row[0].strip("`") for row in rows_of("Products in a call")}
    assert item_codes() - listed_items - set(FaultCode) == set()
    sources = "".join(
        path.read_text(encoding="utf-8")
        for package in ("products", "approvals")
        for path in python_files(f"core/{package}")
    )
    assert [code for code in sorted(listed_items) if f'"{code}"' not in sources] == []


def test_each_row_has_a_status_a_meaning_and_an_advice() -> None:
    for row in rows_of("Responses of the REST API"):
        assert len(row) == 4, row
        assert HTTPStatus(int(row[0])) >= HTTPStatus.BAD_REQUEST
        assert len(row[2]) > 5, row
        assert len(row[3]) > 5, row


def test_docstrings_name_existing_codes() -> None:
    everything = {code for _, code in listed()} | set(re.findall(r"`([A-Z]+(?:_[A-Z]+)+)`", PAGE))
    named: set[str] = set()
    for path in (*python_files("core"), *python_files("handlers")):
        text = path.read_text(encoding="utf-8")
        for sentence in re.findall(r"Raises [^.]*", text):
            named |= {m.group(1) for m in re.finditer(r"`([A-Z]{2,}(?:_[A-Z]+)+)`", sentence)}
    assert {n for n in named if CODE.fullmatch(n)} - everything == set()
