"""The cases on Step Functions Local: `make test-stepfunctions-local`, for those who have Docker.

Amazon's image knows no distributed Map. There it is replaced by a state that fails, and the cases
that go through one are left to the emulator (`tests/integration/`).
"""

from __future__ import annotations

import sys
import time
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from tests.statemachines.running import (
    Case,
    create_machines,
    definitions,
    entered,
    read_cases,
    start_case,
    wait_for,
)

ENDPOINT = "http://127.0.0.1:8083"
START_SECONDS = 60
SECONDS = 900
"""Retries wait here as long as they do on AWS: up to two minutes for a task that stays broken."""


def main() -> int:
    client = boto3.client(
        "stepfunctions",
        endpoint_url=ENDPOINT,
        region_name="us-east-1",
        aws_access_key_id="local",
        aws_secret_access_key="local",
        config=Config(parameter_validation=False),  # an ARN with the name of a case
    )
    known = definitions()
    at_scale = {name for definition in known.values() for name in distributed_maps(definition)}
    cases = [case for case in read_cases() if not at_scale & set(case.path)]
    wait_until_it_answers(client)
    arns = create_machines(client, {n: without_distributed_maps(d) for n, d in known.items()})
    started = [(case, start_case(client, arns, case)) for case in cases]
    wrong = [case for case, execution in started if not check(client, case, execution)]
    print(f"{len(cases) - len(wrong)} of {len(cases)} cases took their path.")
    return 1 if wrong else 0


def distributed_maps(definition: dict[str, Any]) -> set[str]:
    return {
        name
        for name, state in definition["States"].items()
        if state["Type"] == "Map" and "ItemReader" in state
    }


def without_distributed_maps(definition: dict[str, Any]) -> dict[str, Any]:
    replaced = {name: {"Type": "Fail"} for name in distributed_maps(definition)}
    return definition | {"States": definition["States"] | replaced}


def wait_until_it_answers(client: Any) -> None:
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            client.list_state_machines()
        except (BotoCoreError, ClientError):
            if time.monotonic() > until:
                raise
            time.sleep(1)
        else:
            return


def check(client: Any, case: Case, execution: str) -> bool:
    status = wait_for(client, execution, SECONDS)
    path = tuple(entered(client, execution))
    if (status, path) == (case.status, case.path):
        return True
    print(f"{case.id}: {status}, by way of {' → '.join(path)}")
    print(f"  expected: {case.status}, by way of {' → '.join(case.path)}")
    return False


if __name__ == "__main__":
    sys.exit(main())
