"""The template, parsed once for the tests of its parts."""

from __future__ import annotations

from typing import Any

from infra.checks.template import read_template

TEMPLATE = read_template()
RESOURCES: dict[str, Any] = TEMPLATE["Resources"]
FUNCTIONS: dict[str, Any] = {
    name: resource["Properties"]
    for name, resource in RESOURCES.items()
    if resource["Type"] == "AWS::Serverless::Function"
}
COLUMN_FUNCTIONS = {
    name for name, function in FUNCTIONS.items() if "ColumnsLayer" in str(function.get("Layers"))
}
MODEL_FUNCTION = "SuggestValuesFunction"


def variables_of(function: dict[str, Any]) -> dict[str, Any]:
    variables: dict[str, Any] = function.get("Environment", {}).get("Variables", {})
    return variables


def statements_of(function: dict[str, Any]) -> list[dict[str, Any]]:
    """Of its own policies, and of those that it names."""
    return [
        statement
        for policy in function.get("Policies", ())
        for statement in (
            RESOURCES[policy["Ref"]]["Properties"]["PolicyDocument"] if "Ref" in policy else policy
        )["Statement"]
    ]
