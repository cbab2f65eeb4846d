"""Checks values against the template's limits of its parameters before anything is changed, so that
a running stack is not stopped for an invalid value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import yaml

from infra.errors import LauncherError
from infra.staging import ROOT


class _Loader(yaml.SafeLoader):
    """Reads a template without its functions (`!Ref` and the like), which parameters have none."""


_Loader.add_multi_constructor("!", lambda _loader, _suffix, _node: None)


@cache
def _declared() -> Mapping[str, Mapping[str, Any]]:
    text = (ROOT / "infra" / "template.yaml").read_text(encoding="utf-8")
    declared: Mapping[str, Mapping[str, Any]] = _Loader(text).get_single_data()["Parameters"]
    return declared


def with_defaults(parameters: Mapping[str, str]) -> dict[str, str]:
    """These parameters, and the template's defaults of the others: a deployment keeps the former
    value of a parameter that it does not name."""
    defaults = {n: str(d["Default"]) for n, d in _declared().items() if "Default" in d}
    return defaults | dict(parameters)


def changes(
    former: Mapping[str, str], parameters: Mapping[str, str], variables: Mapping[str, str]
) -> list[str]:
    """What differs in the parameters that `variables` set, for people."""
    return [
        f"{variable} is {parameters[parameter] or 'empty'} now, no longer "
        f"{former[parameter] or 'empty'}."
        for variable, parameter in variables.items()
        if parameter in former and former[parameter] != parameters[parameter]
    ]


def check_parameters(parameters: Mapping[str, str], variables: Mapping[str, str]) -> None:
    """Raises LauncherError that names the first value at fault by the variable that gave it.
    `variables` are variables and the parameters that they set."""
    names = {parameter: variable for variable, parameter in variables.items()}
    for parameter, value in parameters.items():
        wanted = _unmet(value, _declared()[parameter])
        if wanted is not None:
            name = names.get(parameter, parameter)
            raise LauncherError(f"{name} must be {wanted}, not {value!r}.")


def _unmet(value: str, declared: Mapping[str, Any]) -> str | None:
    """The violated condition; None if the value is valid."""
    allowed = declared.get("AllowedValues")
    if allowed is not None and value not in map(str, allowed):
        return f"one of {', '.join(map(str, allowed))}"
    if declared["Type"] == "Number" and not _is_within(value, declared):
        low, high = declared.get("MinValue"), declared.get("MaxValue")
        limits = [f"from {low}"] if low is not None else []
        limits += [f"to {high}"] if high is not None else []
        return " ".join(["a number", *limits])
    pattern = declared.get("AllowedPattern")
    if pattern is not None and re.fullmatch(pattern, value) is None:
        return f"a text like {pattern}"
    return None


def _is_within(value: str, declared: Mapping[str, Any]) -> bool:
    try:
        number = float(value)
    except ValueError:
        return False
    low, high = declared.get("MinValue", number), declared.get("MaxValue", number)
    return bool(low <= number <= high)
