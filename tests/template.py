"""The template as it is written, before CloudFormation or SAM have resolved anything."""

from __future__ import annotations

from typing import Any

import yaml

from infra.staging import ROOT


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short functions: `!Ref x` becomes `{"Ref": x}`."""


def _function(loader: _Loader, name: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        assert isinstance(node, yaml.MappingNode)
        value = loader.construct_mapping(node, deep=True)
    return {name if name == "Ref" else f"Fn::{name}": value}


_Loader.add_multi_constructor("!", _function)


def read_template() -> dict[str, Any]:
    text = (ROOT / "infra" / "template.yaml").read_text(encoding="utf-8")
    template: dict[str, Any] = yaml.load(text, _Loader)  # a SafeLoader
    return template
