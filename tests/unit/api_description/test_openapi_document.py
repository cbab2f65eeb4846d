"""`openapi.yaml` is what the code generates, is sound, and its examples keep its schemas."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from core.api_description.document import EXAMPLES, VERSION, component_name, describe
from core.api_description.downloads import with_schema
from core.api_description.operations import OPERATIONS
from core.identity.permissions import permission_of
from infra import openapi
from infra.staging import ROOT
from tests.openapi_checks import faults, strict_document

DOCUMENT = describe()
STRICT = strict_document(DOCUMENT)


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def resolved(reference: str) -> Any:
    node: Any = DOCUMENT
    for part in reference.removeprefix("#/").split("/"):
        node = node[part]
    return node


def examples() -> Iterator[Any]:
    """Every example with its schema, of bodies and answers."""
    for path, operations in STRICT["paths"].items():
        for method, operation in operations.items():
            places = {"body": operation.get("requestBody", {}), **operation["responses"]}
            for place, holder in places.items():
                media = holder.get("content", {}).get("application/json", {})
                if "example" in media:
                    name = f"{method.upper()} {path} {place}"
                    yield pytest.param(media["schema"], media["example"], id=name)


def test_the_file_is_what_the_code_generates() -> None:
    assert openapi.FILE.read_text(encoding="utf-8") == openapi.rendered(), "run `make openapi`"


def test_the_file_says_in_yaml_what_is_served_as_json() -> None:
    text = openapi.FILE.read_text(encoding="utf-8")

    assert yaml.load(text, yaml.CSafeLoader) == DOCUMENT


def test_the_version_is_that_of_the_product() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

    assert project["project"]["version"] == VERSION


def test_every_reference_leads_somewhere_and_every_component_is_used() -> None:
    found = set(references(DOCUMENT))
    for reference in found:
        assert resolved(reference) is not None, reference

    components = DOCUMENT["components"]
    referred = set(components) - {"securitySchemes"}
    there = {f"#/components/{kind}/{name}" for kind in referred for name in components[kind]}
    of_files = {f"#/components/schemas/{component_name(name)}" for _, name in with_schema()}
    assert there - of_files <= found
    assert of_files <= there


def test_every_call_asks_for_an_access_token_and_names_the_role_that_it_needs() -> None:
    (requirement,) = DOCUMENT["security"]
    assert set(requirement) == set(DOCUMENT["components"]["securitySchemes"])

    for path, operations in DOCUMENT["paths"].items():
        for method, operation in operations.items():
            assert "security" not in operation, "no call is exempt"
            assert {"401", "403"} <= set(operation["responses"])
            role = permission_of(method, path).role
            assert f"Needs the role {role}" in operation["description"]


@pytest.mark.parametrize("name", sorted(DOCUMENT["components"]["schemas"]))
def test_every_schema_is_a_schema(name: str) -> None:
    Draft202012Validator.check_schema(DOCUMENT["components"]["schemas"][name])


def test_operations_have_ids_of_their_own_and_name_the_parameters_of_their_path() -> None:
    ids = [operation.id for operation in OPERATIONS]
    assert len(set(ids)) == len(ids)
    for operation in OPERATIONS:
        named = [p.name for p in operation.parameters if p.place == "path"]
        assert [f"{{{name}}}" for name in named] == [
            part for part in operation.path.split("/") if part.startswith("{")
        ], operation.id


def test_every_file_of_examples_belongs_to_an_operation() -> None:
    assert {path.stem for path in EXAMPLES.glob("*.json")} <= {each.id for each in OPERATIONS}


@pytest.mark.parametrize(("schema", "example"), [*examples()])
def test_every_example_keeps_its_schema(schema: dict[str, Any], example: Any) -> None:
    assert faults(STRICT, schema, example) == []
