"""The template: as it is written, and as SAM translates it."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import boto3
import yaml
from samtranslator.model.exceptions import InvalidDocumentException
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

from infra.staging import ROOT

TEMPLATE_PATH = ROOT / "infra" / "template.yaml"


def all_templates(folder: Path = TEMPLATE_PATH.parent) -> list[Path]:
    """The application's, and those of its nested stacks."""
    return sorted(folder.glob("*.yaml"))


class _Loader(yaml.CSafeLoader):
    """YAML with CloudFormation's short functions: `!Ref x` becomes `{"Ref": x}`."""


def _function(loader: _Loader, name: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
        if name == "GetAtt":
            value = str(value).split(".", 1)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    elif isinstance(node, yaml.MappingNode):
        value = loader.construct_mapping(node, deep=True)
    return {name if name in ("Ref", "Condition") else f"Fn::{name}": value}


_Loader.add_multi_constructor("!", _function)


def read_template(path: Path = TEMPLATE_PATH) -> dict[str, Any]:
    """As it is written, before SAM or CloudFormation have resolved anything."""
    template: dict[str, Any] = _Loader(path.read_text(encoding="utf-8")).get_single_data()
    return template


class TranslationFailed(Exception):
    """SAM cannot translate the template. The message has a line for each cause."""


def translate(template: dict[str, Any], package: str = "s3://artifacts/package") -> dict[str, Any]:
    """What SAM makes of it: the template that CloudFormation deploys, with `package` as the code
    of each function. Raises TranslationFailed."""
    template = copy.deepcopy(template)
    for resource in template["Resources"].values():
        for uri in ("CodeUri", "ContentUri", "DefinitionUri"):
            if uri in resource.get("Properties", {}):
                known = package if uri == "CodeUri" else "s3://artifacts/any"
                resource["Properties"][uri] = known
    defaults = {name: str(p.get("Default", "")) for name, p in template["Parameters"].items()}
    session = boto3.Session(region_name="eu-central-1")  # SAM asks for one, and calls nothing
    try:
        translator = Translator({}, Parser(), boto_session=session)
        translated: dict[str, Any] = translator.translate(template, defaults)
    except InvalidDocumentException as error:
        raise TranslationFailed("\n".join(str(c.message) for c in error.causes)) from error
    return translated


def listed(value: Any) -> list[Any]:
    """IAM and CloudFormation take one thing or a list of them in many places."""
    return value if isinstance(value, list) else [value]
