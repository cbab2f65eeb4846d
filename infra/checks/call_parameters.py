"""Check: the parameters of every call of AWS, by botocore's own models of the services."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from botocore.model import Shape, StructureShape

from infra.checks.aws_calls import AwsCall, find_calls
from infra.checks.results import CheckResult
from infra.staging import ROOT

CHECK = "parameters of calls"

KINDS = {"string": str, "integer": int, "long": int, "boolean": bool, "blob": bytes}
"""Of botocore's shapes → what a constant in the code must be."""


def check(root: Path = ROOT) -> CheckResult:
    calls, unknown = find_calls(root)
    operations = {(call.service, call.operation) for call in calls}
    findings = [*unknown, *(fault for call in calls for fault in faults_of(call))]
    return CheckResult(CHECK, f"{len(calls)} calls, {len(operations)} operations", tuple(findings))


def faults_of(call: AwsCall) -> Iterator[str]:
    name, shape = f"{call.where}: {call.operation}", call.model.input_shape
    members = shape.members if shape is not None else {}
    for argument, value in call.arguments.items():
        if argument not in members:
            yield f"{name} knows no parameter {argument}"
        else:
            yield from (
                f"{name}: {fault}" for fault in _constant(argument, members[argument], value)
            )
    if call.complete and shape is not None:
        for required in shape.required_members:
            if required not in call.arguments:
                yield f"{name} needs the parameter {required}"


def _constant(path: str, shape: Shape, value: ast.expr) -> Iterator[str]:
    """Check literal parameters; botocore checks the others when the call is made."""
    if isinstance(value, ast.Dict) and isinstance(shape, StructureShape):
        for key, entry in zip(value.keys, value.values, strict=True):
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                if key.value in shape.members:
                    yield from _constant(f"{path}.{key.value}", shape.members[key.value], entry)
                else:
                    yield f"{path} knows no {key.value}"
    elif isinstance(value, ast.Constant):
        kind = KINDS.get(shape.type_name)
        enum = shape.metadata.get("enum", ())
        if shape.type_name == "blob" and isinstance(value.value, str):
            return
        if kind is not None and not isinstance(value.value, kind):
            yield f"{path} takes {shape.type_name}, not {value.value!r}"
        elif enum and value.value not in enum:
            yield f"{path} is one of {', '.join(enum)}, not {value.value!r}"
