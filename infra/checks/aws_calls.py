"""Where the code calls AWS: every call of a boto3 client in `core/` and `handlers/`, found in the
syntax tree. A client is known by its name, which contains `client`."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import botocore.session
from botocore import xform_name
from botocore.model import OperationModel, ServiceModel

from infra.staging import ROOT

FOLDERS = ("core", "handlers")

BY_NAME = {"generate_presigned_url", "generate_presigned_post", "get_paginator"}
NOT_AWS = {"close", "get"}
"""Of other clients: the database's and OpenAI's."""


@dataclass(frozen=True, slots=True)
class AwsCall:
    service: str
    operation: str
    """As the method is called, `put_object`."""
    where: str
    """`core/storage/s3.py:93`."""
    arguments: Mapping[str, ast.expr]
    complete: bool
    """False when more arguments are handed on that only the run knows (`**more`)."""
    within: str
    """The function that it is in, `core.storage.s3.S3Store.put`."""

    @property
    def model(self) -> OperationModel:
        return service_model(self.service).operation_model(operations(self.service)[self.operation])


@cache
def service_model(service: str) -> ServiceModel:
    return botocore.session.get_session().get_service_model(service)


@cache
def operations(service: str) -> dict[str, str]:
    """Method of a boto3 client → name of the operation."""
    return {xform_name(name): name for name in service_model(service).operation_names}


class UnknownCall(Exception):
    """A call of a client that is none of our services' operations, or of several of them."""


def services_of(root: Path = ROOT) -> set[str]:
    """All that a client is made of in handlers/: `boto3.client("s3", …)`."""
    return {
        str(node.args[0].value)
        for path in sorted((root / "handlers").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) == "boto3.client"
        and isinstance(node.args[0], ast.Constant)
    }


def find_calls(root: Path = ROOT) -> tuple[list[AwsCall], list[str]]:
    """All calls, and a sentence for each call of a client that is not understood."""
    services = services_of(root)
    calls: list[AwsCall] = []
    unknown: list[str] = []
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*.py")):
            name = path.relative_to(root).as_posix()
            module = name.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
            for within, call in _calls_of_clients(path, module):
                where = f"{name}:{call.lineno}"
                try:
                    calls += _understand(call, services, where, within)
                except UnknownCall as error:
                    unknown.append(f"{where}: {error}")
    return calls, unknown


def _calls_of_clients(path: Path, module: str) -> Iterator[tuple[str, ast.Call]]:
    """Each call of a client, with the function it is in; of functions that are given the name of an
    operation (`getattr(client, operation)`), each call of theirs."""
    text = path.read_text(encoding="utf-8")
    if "client" not in text:
        return
    tree = ast.parse(text)
    given_a_name = {
        function.name
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef)
        and any(_gets_by_name(node) for node in ast.walk(function))
    }
    stack: list[tuple[str, ast.AST]] = [(module, tree)]
    while stack:
        within, node = stack.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            within = f"{within}.{node.name}"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            method = node.func.attr
            if (_is_client(node.func.value) and method not in NOT_AWS) or method in given_a_name:
                yield within, node
        stack += [(within, child) for child in ast.iter_child_nodes(node)]


def _is_client(node: ast.AST) -> bool:
    return ast.unparse(node).split(".")[-1].removesuffix("()").endswith("client")


def _gets_by_name(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and ast.unparse(node.func) == "getattr"
        and _is_client(node.args[0])
        and not isinstance(node.args[1], ast.Constant)
    )


def _understand(call: ast.Call, services: set[str], where: str, within: str) -> Iterator[AwsCall]:
    method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    arguments = {k.arg: k.value for k in call.keywords if k.arg is not None}
    complete = all(k.arg is not None for k in call.keywords)
    if method == "generate_presigned_post":
        method, arguments, complete = "put_object", {}, False
    elif method in BY_NAME or not any(method in operations(s) for s in services):
        if not call.args or not isinstance(call.args[0], ast.Constant):
            raise UnknownCall(f"{method} is no operation, and is not given the name of one")
        signed = arguments.get("Params")
        complete = isinstance(signed, ast.Dict)
        arguments = _entries(signed) if isinstance(signed, ast.Dict) else {}
        method = str(call.args[0].value)
    elif call.args:
        raise UnknownCall(f"{method} has an argument without a name")
    found = [service for service in sorted(services) if method in operations(service)]
    if len(found) != 1:
        raise UnknownCall(f"{method} is an operation of {' and '.join(found) or 'no service'}")
    yield AwsCall(found[0], method, where, arguments, complete, within)


def _entries(node: ast.Dict) -> dict[str, ast.expr]:
    return {
        str(key.value): value
        for key, value in zip(node.keys, node.values, strict=True)
        if isinstance(key, ast.Constant)
    }
