"""The definitions of the state machines, read as CloudFormation passes them on."""

import json
import re
from pathlib import Path
from typing import Any

from tests.sources import ROOT

FILES = sorted((ROOT / "statemachines").glob("*.asl.json"))

NUMBERS = {
    *("InlineMaxConcurrency", "DistributedMaxConcurrency"),
    *("CommitMaxConcurrency", "EnrichMaxConcurrency", "ExportMaxConcurrency"),
}

AT_SCALE = "AtScale"


def read(path: Path) -> dict[str, Any]:
    """The definition as CloudFormation hands it over: its placeholders are text, replaced before
    anybody parses the JSON, so that numbers can be parameters as well."""
    text = path.read_text(encoding="utf-8")
    for name in placeholders(path):
        text = text.replace(f"${{{name}}}", "7" if name in NUMBERS else f"arn:function:{name}")
    definition: dict[str, Any] = json.loads(text, object_pairs_hook=without_repeated_names)
    return definition


def placeholders(path: Path) -> set[str]:
    return set(re.findall(r"\$\{([^}]*)\}", path.read_text(encoding="utf-8")))


def without_repeated_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    assert len(names) == len(set(names)), f"a name is given twice among {names}"
    return dict(pairs)


def without_scale(name: str) -> str:
    """The name that the same state has in the inline Map."""
    return name.replace(AT_SCALE, "")
