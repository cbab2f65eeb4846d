"""The state machines as they are written, with their placeholders filled."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.staging import ROOT

FOLDER = ROOT / "statemachines"
_PLACEHOLDER = re.compile(r"\$\{([^}]*)\}")


@dataclass(frozen=True, slots=True)
class Machine:
    """One state machine of the template, with the text of its definition."""

    name: str
    """The logical name in the template."""
    text: str
    substitutions: Mapping[str, Any]
    """What the template fills in for the placeholders."""

    def definition(self) -> dict[str, Any]:
        """As CloudFormation hands it over: placeholders are replaced in the text, so that numbers
        can be parameters as well. Raises ValueError for a name that an object has twice."""
        filled = _PLACEHOLDER.sub(_value, self.text)
        definition: dict[str, Any] = json.loads(filled, object_pairs_hook=_without_repeats)
        return definition

    def placeholders(self) -> set[str]:
        return set(_PLACEHOLDER.findall(self.text))


def machines_of(template: Mapping[str, Any], folder: Path = FOLDER) -> list[Machine]:
    return [
        Machine(
            name,
            (folder / Path(properties["DefinitionUri"]).name).read_text(encoding="utf-8"),
            properties.get("DefinitionSubstitutions", {}),
        )
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::Serverless::StateMachine"
        for properties in (resource["Properties"],)
    ]


def _value(placeholder: re.Match[str]) -> str:
    name = placeholder[1]
    if name.endswith("Arn"):
        return f"arn:aws:lambda:eu-central-1:123456789012:function:{name.removesuffix('Arn')}"
    return "7"


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise ValueError(f"a name is given twice in one object: {', '.join(repeated)}")
    return dict(pairs)


@dataclass(frozen=True, slots=True)
class Graph:
    """The states of a machine, or of a Map's processor inside it."""

    name: str
    start: str
    states: dict[str, dict[str, Any]]
    inside_map: dict[str, Any] | None


def graphs(name: str, scope: dict[str, Any], inside: dict[str, Any] | None = None) -> list[Graph]:
    found = [Graph(name, scope["StartAt"], scope["States"], inside)]
    for state_name, state in scope["States"].items():
        if state["Type"] == "Map":
            found += graphs(f"{name}/{state_name}", state["ItemProcessor"], state)
    return found


def targets(state: Mapping[str, Any]) -> Iterator[str]:
    """The states that may come next."""
    if "Next" in state:
        yield state["Next"]
    if "Default" in state:
        yield state["Default"]
    for branch in (*state.get("Choices", ()), *state.get("Catch", ())):
        yield branch["Next"]


def is_end(state: Mapping[str, Any]) -> bool:
    return bool(state.get("End")) or state["Type"] in ("Succeed", "Fail")
