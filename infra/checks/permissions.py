"""Check: what each role may do, against what its function calls or its machine runs, both ways.

Actions are compared, not resources: that a function writes no key but its own is held by
`tests/e2e/test_rights_of_functions_over_http.py`, where the roles are enforced.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from infra.checks.aws_calls import AwsCall, find_calls, service_model
from infra.checks.machines import Machine, graphs, machines_of
from infra.checks.reach import Code, References, reach
from infra.checks.results import CheckResult
from infra.checks.template import listed
from infra.staging import ROOT

CHECK = "permissions"

ACTIONS: Mapping[str, frozenset[str]] = {
    "head_bucket": frozenset({"s3:ListBucket"}),
    "head_object": frozenset({"s3:GetObject"}),
    "list_objects_v2": frozenset({"s3:ListBucket"}),
    "list_parts": frozenset({"s3:ListMultipartUploadParts"}),
    "create_multipart_upload": frozenset({"s3:PutObject"}),
    "upload_part": frozenset({"s3:PutObject"}),
    "upload_part_copy": frozenset({"s3:PutObject", "s3:GetObject"}),
    "complete_multipart_upload": frozenset({"s3:PutObject"}),
    "invoke": frozenset({"lambda:InvokeFunction"}),
    "converse": frozenset({"bedrock:InvokeModel"}),
}
"""Operations whose permission has another name. Source: Service Authorization Reference."""

WITH_READING = {"s3:ListBucket", "s3:GetObjectVersion"}
"""Without the right to list, S3 answers that a missing object is forbidden. Uploads are read in one
version."""

OF_A_QUEUE = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}
"""What Lambda does with the role of a function that a queue feeds."""

OF_A_DISTRIBUTED_MAP = {
    *("states:StartExecution", "states:DescribeExecution"),
    *("states:StopExecution", "states:RedriveExecution"),
}
OF_A_LOG = {
    *("logs:CreateLogDelivery", "logs:GetLogDelivery", "logs:UpdateLogDelivery"),
    *("logs:DeleteLogDelivery", "logs:ListLogDeliveries", "logs:PutResourcePolicy"),
    *("logs:DescribeResourcePolicies", "logs:DescribeLogGroups"),
}
OF_TRACES = {
    *("xray:PutTraceSegments", "xray:PutTelemetryRecords"),
    *("xray:GetSamplingRules", "xray:GetSamplingTargets"),
}
"""Source of these three: Step Functions developer guide, on Distributed Map, logging and X-Ray."""


def check(template: Mapping[str, Any], root: Path = ROOT) -> CheckResult:
    calls, _ = find_calls(root)
    references = References(Code(root))
    resources = template["Resources"]
    fed = _fed_by_a_queue(resources)
    findings: list[str] = []
    functions = 0
    for name, resource in resources.items():
        if resource["Type"] == "AWS::Serverless::Function":
            functions += 1
            properties = resource["Properties"]
            reached = reach(references, properties["Handler"])
            made = [call for call in calls if call.within in reached]
            if _is_public(root, properties["Handler"]):
                made = [call for call in made if call.operation != "invoke"]
            may = actions_of(properties.get("Policies", ()), resources)
            findings += differences(name, may, made, OF_A_QUEUE if name in fed else set())
    machines = machines_of(template, root / "statemachines")
    for machine in machines:
        findings += _of_machine(machine, resources)
    examined = f"{functions} functions, {len(machines)} machines, {len(calls)} calls"
    return CheckResult(CHECK, examined, tuple(findings))


def _is_public(root: Path, handler: str) -> bool:
    """An API that does not authenticate its callers, and so never asks for a token's claims: a walk
    through the code cannot see that."""
    module = root / Path(*handler.split(".")[:-1]).with_suffix(".py")
    return "RestApi(public=True)" in module.read_text(encoding="utf-8")


def differences(name: str, may: set[str], calls: Iterable[AwsCall], besides: set[str]) -> list[str]:
    """What a function calls and may not, and what it may and never calls."""
    found = []
    needed = set(besides)
    for call in calls:
        for action in sorted(needed_by(call) - needed):
            if action not in may:
                found.append(f"{name} calls {call.operation} ({call.where}) and may not {action}")
            needed.add(action)
    if "s3:GetObject" in needed:
        needed |= WITH_READING
    found += [f"{name} may {action}, and calls nothing that needs it" for action in may - needed]
    return sorted(found)


def needed_by(call: AwsCall) -> frozenset[str]:
    known = ACTIONS.get(call.operation)
    if known is not None:
        return known
    prefix = service_model(call.service).signing_name
    return frozenset({f"{prefix}:{call.model.name}"})


def actions_of(policies: Iterable[Any], resources: Mapping[str, Any]) -> set[str]:
    """Of policies as they are written, and of those that are named by `Ref`."""
    documents = [
        resources[policy["Ref"]]["Properties"]["PolicyDocument"] if "Ref" in policy else policy
        for policy in policies
    ]
    return {
        action
        for document in documents
        for statement in document["Statement"]
        for action in listed(statement["Action"])
    }


def _fed_by_a_queue(resources: Mapping[str, Any]) -> set[str]:
    return {
        resource["Properties"]["FunctionName"]["Fn::GetAtt"][0]
        for resource in resources.values()
        if resource["Type"] == "AWS::Lambda::EventSourceMapping"
    }


def _of_machine(machine: Machine, resources: Mapping[str, Any]) -> list[str]:
    properties = resources[machine.name]["Properties"]
    role = resources[properties["Role"]["Fn::GetAtt"][0]]["Properties"]
    documents = [policy["PolicyDocument"] for policy in role.get("Policies", ())]
    may = actions_of([*documents, *role.get("ManagedPolicyArns", ())], resources)
    needed = {"lambda:InvokeFunction"}
    needed |= OF_A_LOG if "Logging" in properties else set()
    needed |= OF_TRACES if "Tracing" in properties else set()
    for scope in graphs(machine.name, machine.definition()):
        inside = scope.inside_map or {}
        if inside and inside["ItemProcessor"]["ProcessorConfig"]["Mode"] == "DISTRIBUTED":
            needed |= OF_A_DISTRIBUTED_MAP
            if "ItemReader" in inside:
                needed.add("s3:GetObject")
            if "ResultWriter" in inside:
                needed.add("s3:PutObject")
    return [
        *(f"{machine.name} needs {action}, and may not" for action in sorted(needed - may)),
        *(
            f"{machine.name} may {action}, and does nothing of it"
            for action in sorted(may - needed)
        ),
    ]
