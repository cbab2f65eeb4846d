"""The state machines in the template: substitutions, roles, versions, time limits."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from infra.checks.template import listed, read_template, translate
from infra.staging import ROOT
from tests.unit.infra.template_kit import FUNCTIONS, RESOURCES, TEMPLATE

MACHINES = [n for n, r in RESOURCES.items() if r["Type"] == "AWS::Serverless::StateMachine"]
DEFINITIONS = [
    *("product-import", "product-commit", "product-enrich", "product-export"),
    "attribute-proposal",
]
"""Those with a Map."""


def test_there_is_one_more_machine_than_those_with_a_map() -> None:
    resources = {name.title().replace("-", "") for name in DEFINITIONS}
    assert set(MACHINES) == resources | {"ProductReprocess"}


def _names(resources: Any) -> list[str]:
    return [r if isinstance(r, str) else r["Fn::Sub"] for r in listed(resources)]


def test_the_machine_of_restarts_may_run_its_functions_log_and_nothing_else() -> None:
    text = (ROOT / "statemachines" / "product-reprocess.asl.json").read_text(encoding="utf-8")
    statements = RESOURCES["ProductReprocessRole"]["Properties"]["Policies"][0]["PolicyDocument"]
    may = {
        (action, resource)
        for statement in statements["Statement"]
        for action in listed(statement["Action"])
        for resource in _names(statement["Resource"])
    }

    named = set(re.findall(r"\$\{(\w+Function)Arn\}", text))
    logs_and_traces = {one for one in may if one[0].split(":")[0] in ("logs", "xray")}
    assert may - logs_and_traces == {
        ("lambda:InvokeFunction", f"${{{function}.Arn}}:*") for function in named
    }


@pytest.mark.parametrize("name", MACHINES)
def test_a_machine_gets_exactly_the_substitutions_it_names(name: str) -> None:
    machine = RESOURCES[name]["Properties"]
    definition = (ROOT / "infra" / machine["DefinitionUri"]).read_text(encoding="utf-8")

    assert set(re.findall(r"\$\{(\w+)\}", definition)) == set(machine["DefinitionSubstitutions"])


@pytest.mark.parametrize("name", DEFINITIONS)
def test_a_machine_may_run_its_functions_and_the_children_of_its_map_and_write_nothing(
    name: str,
) -> None:
    resource = name.title().replace("-", "")
    text = (ROOT / "statemachines" / f"{name}.asl.json").read_text(encoding="utf-8")
    role = RESOURCES[f"{resource}Role"]["Properties"]
    statements = role["Policies"][0]["PolicyDocument"]["Statement"]
    may: dict[str, list[Any]] = {}
    for statement in statements:
        for action in listed(statement["Action"]):
            may.setdefault(action, []).extend(listed(statement["Resource"]))
    account = "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}"
    own = f"${{AWS::StackName}}-{name}"
    children = {"Fn::Sub": f"{account}:execution:{own}/*"}
    named = set(re.findall(r"\$\{(\w+Function)Arn\}", text))
    functions = {f"${{{function}.Arn}}:*" for function in named}
    manifests = {"chunks.json", "again.json"} if name == "product-import" else {"chunks.json"}

    assert RESOURCES[resource]["Properties"]["Name"] == {"Fn::Sub": f"${{AWS::StackName}}-{name}"}
    assert {r["Fn::Sub"] for r in may["lambda:InvokeFunction"]} == functions
    assert '"Mode": "DISTRIBUTED"' in text
    assert may["states:StartExecution"] == [{"Fn::Sub": f"{account}:stateMachine:{own}"}]
    assert may["states:StopExecution"] == may["states:RedriveExecution"] == [children]
    its_own = {"Fn::Sub": f"{account}:execution:{own}:*"}
    assert may["states:DescribeExecution"] == [children, its_own]
    assert "arn:aws:states:::s3:getObject" in text and "ResultWriter" not in text
    assert {action for action in may if action.startswith("s3:")} == {"s3:GetObject"}
    assert {r["Fn::Sub"].rpartition("/")[2] for r in may["s3:GetObject"]} == manifests


@pytest.mark.parametrize("name", MACHINES)
def test_a_machine_runs_published_versions_lest_a_deployment_changes_them_under_an_execution(
    name: str,
) -> None:
    given = RESOURCES[name]["Properties"]["DefinitionSubstitutions"]
    functions = {n: value for n, value in given.items() if n.endswith("FunctionArn")}

    assert functions
    for parameter, value in functions.items():
        function = parameter.removesuffix("Arn")
        assert value == {"Ref": f"{function}.Version"}
        assert FUNCTIONS[function]["AutoPublishAlias"] == "live"


@pytest.mark.slow
def test_a_version_of_each_function_of_a_machine_is_published_when_its_package_changes() -> None:
    before, after = _versions("s3://artifacts/one"), _versions("s3://artifacts/two")

    assert len(before) == len(after) == 29
    assert not before & after
    assert before == _versions("s3://artifacts/one")


def _versions(package: str) -> set[str]:
    """Logical ids of the versions in what SAM makes of our template."""
    translated = translate(read_template(), package)
    resources: dict[str, Any] = translated["Resources"]
    return {name for name, r in resources.items() if r["Type"] == "AWS::Lambda::Version"}


@pytest.mark.parametrize(
    ("machine", "tasks"),
    [
        ("product-import", 10),
        ("product-commit", 6),
        ("product-enrich", 6),
        ("product-reprocess", 2),
        ("product-export", 6),
        ("attribute-proposal", 8),
    ],
)
def test_a_state_waits_no_shorter_than_its_function_runs(machine: str, tasks: int) -> None:
    text = (ROOT / "statemachines" / f"{machine}.asl.json").read_text(encoding="utf-8")
    definition = json.loads(re.sub(r"(?<!\")\$\{\w+\}", "1", text))
    default = TEMPLATE["Globals"]["Function"]["Timeout"]
    checked = 0
    for state in _tasks(definition):
        name = state["Parameters"]["FunctionName"].removeprefix("${").removesuffix("Arn}")
        assert state["TimeoutSeconds"] >= FUNCTIONS[name].get("Timeout", default), name
        checked += 1
    assert checked == tasks


def _tasks(node: Any) -> list[dict[str, Any]]:
    if isinstance(node, list):
        return [task for item in node for task in _tasks(item)]
    if not isinstance(node, dict):
        return []
    found = [node] if node.get("Type") == "Task" else []
    return found + [task for value in node.values() for task in _tasks(value)]
