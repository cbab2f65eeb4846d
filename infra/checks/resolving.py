"""Values of a template as text, as long as a deployment may make them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

LONGEST_STACK = "product-portal-abcdefghijklmnop"
"""`infra/deploy.sh` names the stack after the stage, which has up to 16 characters."""

PSEUDO = {
    "AWS::Partition": "aws-us-gov",
    "AWS::Region": "ap-southeast-2",
    "AWS::AccountId": "123456789012",
    "AWS::StackName": LONGEST_STACK,
    "AWS::URLSuffix": "amazonaws.com",
    "AWS::NoValue": "",
}
NUMBER = "9" * 13
TEXT_CHARACTERS = 128
"""Of a parameter that people fill in: a host, a model, an ARN, three origins."""
PHYSICAL_NAME_CHARACTERS = 63


def text_of(value: Any, template: Mapping[str, Any]) -> str:
    """A value of a variable or a policy; of two branches of a condition the longer one."""
    if isinstance(value, Mapping):
        return _of_function(value, template)
    if isinstance(value, list):
        return "".join(text_of(item, template) for item in value)
    return str(value)


def resolved(value: Any, template: Mapping[str, Any]) -> Any:
    """A document, such as a policy, with all functions of CloudFormation as text."""
    if isinstance(value, Mapping):
        if len(value) == 1 and (next(iter(value)) == "Ref" or next(iter(value)).startswith("Fn::")):
            return _branch(value, template)
        return {key: resolved(item, template) for key, item in value.items()}
    if isinstance(value, list):
        return [resolved(item, template) for item in value]
    return value


def _branch(value: Mapping[str, Any], template: Mapping[str, Any]) -> Any:
    if "Fn::If" in value:
        branches = [resolved(branch, template) for branch in value["Fn::If"][1:]]
        return max(branches, key=lambda branch: len(json.dumps(branch)))
    return _of_function(value, template)


def _of_function(value: Mapping[str, Any], template: Mapping[str, Any]) -> str:
    (name, given), *_ = value.items()
    if name == "Ref":
        return _of_name(given, template)
    if name == "Fn::GetAtt":
        return f"arn:aws-us-gov:lambda:ap-southeast-2:123456789012:function:{'n' * 64}"
    if name == "Fn::Sub":
        text = given if isinstance(given, str) else given[0]
        return re.sub(
            r"\$\{([^}]+)\}",
            lambda match: "n" * 90 if "." in match[1] else _of_name(match[1], template),
            text,
        )
    if name == "Fn::If":
        return max((text_of(branch, template) for branch in given[1:]), key=len)
    if name == "Fn::Join":
        return str(given[0]).join(text_of(item, template) for item in _items(given[1]))
    return "n" * TEXT_CHARACTERS


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _of_name(name: str, template: Mapping[str, Any]) -> str:
    if name in PSEUDO:
        return PSEUDO[name]
    parameter = template["Parameters"].get(name)
    if parameter is None:
        return "n" * PHYSICAL_NAME_CHARACTERS
    if parameter["Type"] == "Number":
        return NUMBER
    allowed = [str(value) for value in parameter.get("AllowedValues", ())]
    return max(allowed, key=len) if allowed else "n" * TEXT_CHARACTERS
