"""Validates request bodies by the JSON Schemas (2020-12) in `schemas/`, with faults as sentences.

A schema may have `x-sentence` beside a keyword whose failure needs its own wording (`pattern`).
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, ValidationError
from referencing import Registry, Resource

from core.errors import InvalidRequest

FOLDER = Path(__file__).parents[1] / "schemas"
URN_PREFIX = "urn:product-portal:schemas:"
"""The `$id` of `schemas/a/b.json` is this prefix and `a:b`; a `$ref` uses that id."""

FAULTS_IN_SUMMARY = 5

MAX_WHOLE_NUMBER = 2**53
"""Greater whole numbers are not exact as a float, nor in a browser's JSON. The schemas of bodies do
not allow them."""

_TYPES_IN_WORDS = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
}


@dataclass(frozen=True, slots=True, order=True)
class FieldFault:
    field: str
    """Path of the field in the body, e.g. `options[2]`."""
    message: str
    """One sentence for people."""


def field_faults(schema: str, body: Mapping[str, Any]) -> list[FieldFault]:
    """Everything in `body` that breaks `schemas/{schema}.json`, in the order of its fields.

    A top-level null means "not given", as for callers that always send every field.
    """
    given = without_nulls(body)
    errors = _validator(schema).iter_errors(given)
    return sorted({fault for error in errors for fault in _faults(error)})


def with_whole_numbers(value: Any) -> Any:
    """The value with 1.0 as 1, at any depth: JSON has one type of number, and some callers write
    whole numbers that way. Values under `products` do not change: the rules of their attributes
    validate them."""
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) <= MAX_WHOLE_NUMBER else value
    if isinstance(value, list):
        return [with_whole_numbers(item) for item in value]
    if isinstance(value, dict):
        return {
            name: inner if name == "products" else with_whole_numbers(inner)
            for name, inner in value.items()
        }
    return value


def is_whole_number(value: Any) -> bool:
    """Is it a whole number that a body may hold, after `with_whole_numbers`?"""
    return type(value) is int and abs(value) <= MAX_WHOLE_NUMBER


def without_nulls(body: Mapping[str, Any]) -> dict[str, Any]:
    return {field: value for field, value in body.items() if value is not None}


def refuse(faults: Sequence[FieldFault]) -> None:
    """Raise InvalidRequest `INVALID_FIELDS` that names every fault, if there is one."""
    if not faults:
        return
    details = [{"field": fault.field, "message": fault.message} for fault in faults]
    raise InvalidRequest("INVALID_FIELDS", _summary(faults), details)


def _summary(faults: Sequence[FieldFault]) -> str:
    if len(faults) == 1:
        return faults[0].message
    shown = "; ".join(fault.message.rstrip(".") for fault in faults[:FAULTS_IN_SUMMARY])
    more = len(faults) - FAULTS_IN_SUMMARY
    rest = f"; and {more} more" if more > 0 else ""
    return f"{len(faults)} things must be corrected: {shown}{rest}."


@cache
def _validator(schema: str) -> Draft202012Validator:
    make_registry: Any = Registry  # its type hints lack the parameter's name
    registry: Registry[Any] = make_registry(retrieve=_retrieve)
    return Draft202012Validator(load(schema), registry=registry)


@cache
def load(schema: str) -> dict[str, Any]:
    """The schema in `schemas/{schema}.json`."""
    document: dict[str, Any] = json.loads((FOLDER / f"{schema}.json").read_text(encoding="utf-8"))
    return document


def _retrieve(urn: str) -> Resource[Any]:
    return Resource.from_contents(load(urn.removeprefix(URN_PREFIX).replace(":", "/")))


def _faults(error: ValidationError) -> Iterator[FieldFault]:
    path = _path(error.absolute_path)
    if error.validator == "required":
        for name in error.validator_value:
            if name not in error.instance:
                field = f"{path}.{name}" if path else name
                yield FieldFault(field, f"\u201c{field}\u201d is missing.")
    elif error.validator == "additionalProperties":
        known = list(error.schema.get("properties", ()))
        for name in error.instance:
            if name not in known:
                yield FieldFault(f"{path}.{name}" if path else name, _unknown(name, known))
    elif error.validator == "anyOf" and (inner_errors := _errors_of_meant_form(error)):
        for inner in inner_errors:
            yield from _faults(inner)
    else:
        yield FieldFault(path, f"\u201c{path}\u201d {_requirement(error)}.")


def _errors_of_meant_form(error: ValidationError) -> list[ValidationError]:
    """The errors of the one alternative whose type matches the value; empty if no alternative
    matches, or several do."""
    forms: dict[Any, list[ValidationError]] = {}
    for inner in error.context:
        forms.setdefault(inner.schema_path[0], []).append(inner)
    matching = [
        inners
        for inners in forms.values()
        if not any(i.validator in ("type", "const") and not i.relative_path for i in inners)
    ]
    return matching[0] if len(matching) == 1 else []


def _path(parts: Sequence[str | int]) -> str:
    path = ""
    for part in parts:
        if isinstance(part, int):
            path += f"[{part}]"
        else:
            path += f".{part}" if path else part
    return path


def _unknown(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, 1)
    question = f"; did you mean \u201c{near[0]}\u201d?" if near else "."
    return f"\u201c{name[:60]}\u201d is not a field of this request{question}"


_REQUIREMENTS = {
    "enum": "must be one of {}",
    "minLength": "must not be empty",
    "minItems": "must not be empty",
    "minProperties": "must not be empty",
    "maxLength": "must not be longer than {} characters",
    "maxItems": "must not hold more than {} values",
    "minimum": "must be {} or more",
    "maximum": "must be {} or less",
    "exclusiveMinimum": "must be more than {}",
    "type": "must be {}",
}


def _requirement(error: ValidationError) -> str:
    """The requirement, as the rest of a sentence after the field's name."""
    if error.validator in ("pattern", "anyOf") and "x-sentence" in error.schema:
        return str(error.schema["x-sentence"])
    required = error.validator_value
    if error.validator == "maxLength" and required == 1:
        return "must be a single character"
    if error.validator == "enum":
        required = ", ".join(str(value) for value in required if value is not None)
    elif error.validator == "type":
        names = [required] if isinstance(required, str) else required
        required = " or ".join(_TYPES_IN_WORDS[name] for name in names if name != "null")
    return _REQUIREMENTS.get(str(error.validator), "is not valid").format(required)
