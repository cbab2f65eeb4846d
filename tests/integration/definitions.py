"""The state machines and handlers of the product, as the machines of these tests run them."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from typing import Any

from tests.sources import ROOT, python_files

Handler = Callable[[Any, Any], Any]

_MODULES = {
    path.stem: ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for path in python_files("handlers")
    if "api" not in path.parts
}


def handler_of(name: str) -> Handler:
    """The handler in the module of this name, wherever it is below `handlers/`."""
    handler: Handler = importlib.import_module(_MODULES[name]).handler
    return handler


def definition_of(machine: str, **values: str) -> str:
    """A machine as CloudFormation would create it: `values` replace its parameters, and the ARN of
    each function ends with the name of its handler."""
    text = (ROOT / "statemachines" / f"{machine}.asl.json").read_text(encoding="utf-8")
    for name, value in values.items():
        text = text.replace(f"${{{name}}}", value)

    def arn(match: re.Match[str]) -> str:
        handler = re.sub(r"(?<!^)(?=[A-Z])", "_", match.group(1)).lower()
        return f"arn:aws:lambda:eu-central-1:123456789012:function:{handler}"

    return re.sub(r"\$\{(\w+)FunctionArn\}", arn, text)
