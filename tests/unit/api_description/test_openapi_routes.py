"""The description, the handlers and the template know the same paths and methods."""

from __future__ import annotations

import importlib
import re

import pytest

from core.api_description.operations import OPERATIONS
from infra.checks.template import read_template
from infra.staging import ROOT

DOCUMENTATION = "handlers.api.documentation"
"""Describes the others, and is no part of what it describes."""

DESCRIBED = {(operation.method.upper(), operation.path) for operation in OPERATIONS}


def handler_modules() -> list[str]:
    folder = ROOT / "handlers" / "api"
    return [
        f"handlers.api.{path.stem}"
        for path in sorted(folder.glob("*.py"))
        if re.search(r"^handler = ", path.read_text(encoding="utf-8"), re.MULTILINE)
    ]


def routes_of(module: str) -> set[tuple[str, str]]:
    """Method and path of every route, parameters without their names."""
    app = importlib.import_module(module).app
    found = set()
    for pattern, methods in app._methods.items():
        path = pattern.pattern.removesuffix("/*").replace("[^/]+", "{}")
        found |= {(method, path) for method in methods}
    return found


def template_routes() -> dict[str, str]:
    """The handler behind every path of the template."""
    return {
        event["Properties"]["Path"]: resource["Properties"]["Handler"].removesuffix(".handler")
        for resource in read_template()["Resources"].values()
        if resource["Type"] == "AWS::Serverless::Function"
        for event in resource["Properties"].get("Events", {}).values()
        if event["Type"] == "Api"
    }


def nameless(path: str) -> str:
    return re.sub(r"\{\w+\+?\}", "{}", path)


def owner(path: str, routes: dict[str, str]) -> str:
    """The handler that API Gateway sends this path to: fixed segments before parameters, and
    parameters before greedy ones."""

    def pattern(route: str) -> str:
        parts = re.split(r"(\{\w+\+?\})", route)
        return "".join(
            ".+" if part.endswith("+}") else "[^/]+" if part.startswith("{") else re.escape(part)
            for part in parts
        )

    def rank(route: str) -> tuple[int, ...]:
        return tuple(
            2 if part.endswith("+}") else 1 if part.startswith("{") else 0
            for part in route.split("/")
        )

    concrete = re.sub(r"\{\w+\}", "value", path)
    fitting = [route for route in routes if re.fullmatch(pattern(route), concrete)]
    assert fitting, f"the template has no route for {path}"
    return routes[min(fitting, key=rank)]


def test_the_description_names_exactly_the_routes_of_the_handlers() -> None:
    handled = set().union(*(routes_of(m) for m in handler_modules() if m != DOCUMENTATION))

    assert {(method, nameless(path)) for method, path in DESCRIBED} == handled


def test_the_description_itself_is_served() -> None:
    assert routes_of(DOCUMENTATION) == {
        ("GET", "/openapi.json"),
        ("GET", "/docs"),
        ("GET", "/docs/{}"),
    }


@pytest.mark.parametrize("module", handler_modules())
def test_the_template_leads_every_route_to_its_handler(module: str) -> None:
    routes = template_routes()
    for _, path in routes_of(module):
        named = path
        for number in range(path.count("{}")):
            named = named.replace("{}", f"{{p{number}}}", 1)
        assert owner(named, routes) == module, path


def test_every_path_of_the_template_has_a_route() -> None:
    known = set().union(*(routes_of(module) for module in handler_modules()))
    paths = {path for _, path in known}
    for route in template_routes():
        if route.endswith("+}") or "{action}" in route:
            continue  # gather several, and strays; the test above follows each of them
        assert nameless(route) in paths, route
