"""Checking answers by the OpenAPI document, more strictly than it is published."""

from __future__ import annotations

from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

DOCUMENT = "urn:test:openapi"


def closed(schema: Any, *, inside_all_of: bool = False) -> Any:
    """The schema, refusing fields that it does not name.

    The published one leaves room for fields to come; a test wants to hear of those that somebody
    added to an answer without describing them.
    """
    if isinstance(schema, list):
        return [closed(item, inside_all_of=inside_all_of) for item in schema]
    if not isinstance(schema, dict):
        return schema
    strict: dict[str, Any] = {}
    for keyword, value in schema.items():
        if keyword == "properties":
            strict[keyword] = {name: closed(field) for name, field in value.items()}
        elif keyword in ("enum", "const", "example", "examples", "required"):
            strict[keyword] = value
        else:
            strict[keyword] = closed(value, inside_all_of=keyword == "allOf")
    describes_object = "$ref" in schema or "properties" in schema
    if describes_object and "additionalProperties" not in schema and not inside_all_of:
        strict["unevaluatedProperties"] = False
    return strict


def strict_document(document: dict[str, Any]) -> dict[str, Any]:
    """The document with every schema of an answer closed, those of requests left as they are."""
    schemas = document["components"]["schemas"]
    requested = {name for name in schemas if name.endswith("Request")} | {"ReadingOptions"}
    # What is closed where it is referred to must stay open itself, or allOf could not add to it.
    opened = {
        name: schema if name in requested else {**closed(schema, inside_all_of=True)}
        for name, schema in schemas.items()
    }
    paths = {
        path: {
            method: {
                **operation,
                "responses": {
                    status: closed_response(response)
                    for status, response in operation["responses"].items()
                },
            }
            for method, operation in operations.items()
        }
        for path, operations in document["paths"].items()
    }
    return {
        **document,
        "paths": paths,
        "components": {**document["components"], "schemas": opened},
    }


def closed_response(response: dict[str, Any]) -> dict[str, Any]:
    if "content" not in response:
        return response
    media = {
        kind: {**content, "schema": closed(content["schema"])}
        for kind, content in response["content"].items()
    }
    return {**response, "content": media}


def validator(document: dict[str, Any], schema: dict[str, Any]) -> Draft202012Validator:
    """Of a schema of the document, whose references are the document's."""
    resource = DRAFT202012.create_resource(document)
    registry: Registry[Any] = Registry().with_resource(DOCUMENT, resource)
    absolute = _absolute(schema)
    return Draft202012Validator(
        absolute,
        registry=registry,
        format_checker=Draft202012Validator.FORMAT_CHECKER,
    )


def _absolute(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_absolute(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: DOCUMENT + value if key == "$ref" else _absolute(value)
        for key, value in schema.items()
    }


def faults(document: dict[str, Any], schema: dict[str, Any], value: Any) -> list[str]:
    return [
        f"{error.json_path}: {error.message}"
        for error in validator(document, schema).iter_errors(value)
    ]
