"""The cases of the state machines: one for each path, with mocked tasks. They run on any engine
that reads the mock format of Step Functions Local: the emulator, and Amazon's own image.

`mock-config.json` says what each task answers in a case; `cases.json`, how the execution ends and
which states it goes through, those inside a Map included.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.checks.machines import machines_of
from infra.checks.template import read_template

HERE = Path(__file__).parent
MOCKS = HERE / "mock-config.json"
ROLE = "arn:aws:iam::123456789012:role/runs-the-machine"
POLL_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Case:
    machine: str
    name: str
    status: str
    path: tuple[str, ...]
    broken: frozenset[str]
    """Tasks that fail in every try."""

    @property
    def id(self) -> str:
        return f"{self.machine}/{self.name}"


def read_cases() -> list[Case]:
    expected = json.loads((HERE / "cases.json").read_text(encoding="utf-8"))
    mocks = json.loads(MOCKS.read_text(encoding="utf-8"))
    fails = {
        name
        for name, tries in mocks["MockedResponses"].items()
        if any("Throw" in answer for answer in tries.values())
    }
    return [
        Case(
            machine,
            name,
            case["status"],
            tuple(case["path"]),
            frozenset(state for state, answer in mocked.items() if answer in fails),
        )
        for machine, cases in expected.items()
        for name, case in cases.items()
        for mocked in (mocks["StateMachines"][machine]["TestCases"][name],)
    ]


def definitions() -> dict[str, dict[str, Any]]:
    """File name of each machine → its definition, with its placeholders filled."""
    template = read_template()
    return {
        Path(template["Resources"][m.name]["Properties"]["DefinitionUri"]).name.split(".")[0]: (
            m.definition()
        )
        for m in machines_of(template)
    }


def create_machines(client: Any, definitions: dict[str, dict[str, Any]]) -> dict[str, str]:
    """Name → ARN."""
    return {
        name: client.create_state_machine(
            name=name, definition=json.dumps(definition), roleArn=ROLE
        )["stateMachineArn"]
        for name, definition in definitions.items()
    }


def start_case(client: Any, arns: dict[str, str], case: Case) -> str:
    """ARN of the execution."""
    execution: str = client.start_execution(
        stateMachineArn=f"{arns[case.machine]}#{case.name}",
        name=f"{case.name[:40]}-{uuid.uuid4().hex[:8]}",
        input=json.dumps({"jobId": "a-job"}),
    )["executionArn"]
    return execution


def wait_for(client: Any, execution: str, seconds: float) -> str:
    """Its final status."""
    until = time.monotonic() + seconds
    while True:
        status: str = client.describe_execution(executionArn=execution)["status"]
        if status != "RUNNING" or time.monotonic() > until:
            return status
        time.sleep(POLL_SECONDS)


def entered(client: Any, execution: str) -> Iterator[str]:
    """Names of the states that it went through, in order."""
    pages = client.get_paginator("get_execution_history").paginate(executionArn=execution)
    for page in pages:
        for event in page["events"]:
            if "stateEnteredEventDetails" in event:
                yield event["stateEnteredEventDetails"]["name"]
