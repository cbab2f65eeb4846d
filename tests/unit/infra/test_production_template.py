"""The parts of the stack that only AWS has: network, database, what protects the API."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest

from handlers.metrics import Metric
from infra.checks.aws_calls import find_calls
from infra.checks.checkov import EXCEPTIONS
from infra.checks.reach import Code, References, reach
from infra.checks.template import listed, read_template
from infra.local.configuration import LOCAL_DEFAULTS
from infra.staging import ROOT

TEMPLATE = read_template()
RESOURCES: dict[str, Any] = TEMPLATE["Resources"]
NESTED = {n: r for n, r in RESOURCES.items() if r["Type"] == "AWS::CloudFormation::Stack"}
ENDPOINT_NAMES = {"stepfunctions": "states"}
"""Services whose endpoint has another name than botocore's."""


def nested(name: str) -> dict[str, Any]:
    return read_template(ROOT / "infra" / NESTED[name]["Properties"]["TemplateURL"])


@cache
def services_of_functions_in_the_vpc() -> frozenset[str]:
    calls, _ = find_calls(ROOT)
    references = References(Code(ROOT))
    inside = [
        resource["Properties"]["Handler"]
        for resource in RESOURCES.values()
        if resource["Type"] == "AWS::Serverless::Function" and "VpcConfig" in resource["Properties"]
    ]
    assert len(inside) > 10
    return frozenset(
        ENDPOINT_NAMES.get(call.service, call.service)
        for handler in inside
        for reached in [reach(references, handler)]
        for call in calls
        if call.within in reached
    )


@pytest.mark.slow
def test_the_network_has_endpoints_for_exactly_what_its_functions_call() -> None:
    endpoints = [
        resource["Properties"]["ServiceName"]["Fn::Sub"].rpartition(".")[2]
        for resource in nested("Network")["Resources"].values()
        if resource["Type"] == "AWS::EC2::VPCEndpoint"
    ]

    assert sorted(endpoints) == sorted(services_of_functions_in_the_vpc() | {"secretsmanager"})


def test_nothing_reaches_the_database_but_the_functions() -> None:
    resources = nested("Network")["Resources"]
    types = {resource["Type"] for resource in resources.values()}
    into_database = [
        resource["Properties"]
        for resource in resources.values()
        if resource["Type"] == "AWS::EC2::SecurityGroupIngress"
    ]

    assert not types & {"AWS::EC2::InternetGateway", "AWS::EC2::NatGateway", "AWS::EC2::Route"}
    assert [rule["GroupId"] for rule in into_database] == [{"Ref": "DatabaseSecurityGroup"}]
    assert into_database[0]["SourceSecurityGroupId"] == {"Ref": "FunctionsSecurityGroup"}
    for name, resource in resources.items():
        for rule in resource["Properties"].get("SecurityGroupIngress", ()):
            assert "CidrIp" not in rule, name


def test_the_database_is_encrypted_kept_and_asked_for_by_tls_alone() -> None:
    resources = nested("Database")["Resources"]
    cluster = resources["Cluster"]

    assert cluster["Properties"]["StorageEncrypted"] is True
    assert cluster["Properties"]["DeletionProtection"] is True
    assert RESOURCES["Database"]["DeletionPolicy"] == "Retain"
    assert RESOURCES["Network"]["DeletionPolicy"] == "Retain", "it cannot go before the database"
    assert cluster["DeletionPolicy"] == "Snapshot"
    assert resources["Settings"]["Properties"]["Parameters"]["tls"] == "enabled"
    assert resources["Login"]["DeletionPolicy"] == "RetainExceptOnCreate"
    assert "Ref" not in str(cluster["Properties"]["MasterUserPassword"]), "no parameter, no text"


def test_the_functions_verify_the_database_that_is_made_here_with_the_packaged_bundle() -> None:
    variables = RESOURCES["OpenJobFunction"]["Properties"]["Environment"]["Variables"]

    assert variables["MONGODB_TLS_CA_FILE"]["Fn::If"][:2] == [
        "HasOwnDatabase",
        "certificates/global-bundle.pem",
    ]


@pytest.mark.parametrize("name", sorted(NESTED))
def test_a_nested_template_gets_the_parameters_that_it_has(name: str) -> None:
    declared = nested(name)["Parameters"]
    given = NESTED[name]["Properties"]["Parameters"]

    assert set(given) <= set(declared)
    assert {n for n, p in declared.items() if "Default" not in p} <= set(given)
    used = set(re.findall(rf"{name}', 'Outputs\.(\w+)", str(TEMPLATE)))
    assert used <= set(nested(name).get("Outputs", {}))
    assert "Condition" in NESTED[name], "the local engines have none of these"


def test_the_local_stack_has_none_of_what_its_engines_lack() -> None:
    assert LOCAL_DEFAULTS["DatabaseKind"] == "existing"
    for parameter in ("DomainName", "AlarmEmail", "Encryption", "AccessLogs"):
        assert parameter not in LOCAL_DEFAULTS
        assert TEMPLATE["Parameters"][parameter]["Default"] in ("", "aws", "no")


def test_the_function_of_the_indexes_is_called_again_by_each_release_and_waited_for() -> None:
    indexes = RESOURCES["Indexes"]["Properties"]
    function = RESOURCES["CreateIndexesFunction"]["Properties"]

    assert indexes["Release"] == {"Ref": "Release"}
    assert indexes["ServiceTimeout"] == 4 * function["Timeout"] == 3600


def test_every_function_that_answers_to_no_one_has_a_dead_letter_queue() -> None:
    """On a schedule, or called by CloudFormation; a queue and a machine see to their own."""
    for name in ("SweepJobsFunction", "CreateIndexesFunction"):
        target = RESOURCES[name]["Properties"]["DeadLetterQueue"]["TargetArn"]
        assert target == {"Fn::GetAtt": ["FailedEventsQueue", "Arn"]}
    asynchronous = {
        n
        for n, r in RESOURCES.items()
        if any(e["Type"] == "Schedule" for e in r.get("Properties", {}).get("Events", {}).values())
        if isinstance(r.get("Properties", {}).get("Events"), Mapping)
    }
    assert asynchronous == {"SweepJobsFunction"}


def test_the_key_serves_files_and_secrets_of_this_account_alone() -> None:
    statement = RESOURCES["Key"]["Properties"]["KeyPolicy"]["Statement"][1]

    assert statement["Principal"] == {"AWS": "*"}
    conditions = statement["Condition"]["StringEquals"]
    assert conditions["kms:CallerAccount"] == {"Ref": "AWS::AccountId"}
    assert len(listed(conditions["kms:ViaService"])) == 2
    assert all(not action.endswith(":*") for action in statement["Action"])


def test_an_exception_of_checkov_names_a_resource_that_exists() -> None:
    names = {*RESOURCES, *(n for name in NESTED for n in nested(name)["Resources"])}

    for _, pattern in EXCEPTIONS:
        assert any(re.fullmatch(pattern.replace("*", ".*"), name) for name in names), pattern


def test_the_dashboard_is_json_and_shows_metrics_that_the_functions_write() -> None:
    body = RESOURCES["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"][0]
    widgets = json.loads(re.sub(r"\$\{[\w:.]+\}", "x", body))["widgets"]
    written = {metric.value for metric in Metric}
    own = {
        name
        for widget in widgets
        for metric in widget["properties"]["metrics"]
        for name in re.findall(r'MetricName="(\w+)"', str(metric[0]))
    }

    assert len(widgets) == 9
    assert own and own <= written
    plain = re.findall(r'"ProductPortal/\$\{Stage\}", "(\w+)"', body)
    assert plain and set(plain) <= written
