"""The stack that a command works on: the local one, or with `STAGE` one on AWS."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from infra.client.rest import Rest
from infra.errors import LauncherError
from infra.local import deployment, logins
from infra.local.configuration import STACK_NAME, Configuration
from infra.local.running import running_stack


@dataclass(frozen=True, slots=True)
class Target:
    stack_name: str
    rest: Rest
    queue_url: str
    dead_letter_queue_url: str
    client: Callable[[str], Any]
    """A boto3 client of a service, by its name."""
    suffix: str = ""
    """The suffix of a suggested command that selects the same stack."""


def target_of(environment: Mapping[str, str], configuration: Configuration) -> Target:
    """On AWS the calls of the API carry TOKEN, an access token of an administrator; the local stack
    has users of its own. Raises LauncherError when there is no such stack."""
    stage = environment.get("STAGE", "").strip()
    token = environment.get("TOKEN", "").strip() or None
    return _on_aws(stage, token) if stage and stage != "local" else _local(configuration)


def _local(configuration: Configuration) -> Target:
    running = running_stack(configuration)
    return Target(
        stack_name=STACK_NAME,
        rest=logins.admin_rest(running, configuration.users_file),
        queue_url=running.import_queue_url,
        dead_letter_queue_url=running.import_dead_letter_queue_url,
        client=lambda service: deployment.client(service, running.aws_port),
    )


def _on_aws(stage: str, token: str | None) -> Target:
    name = f"{STACK_NAME}-{stage}"
    make_client: Any = boto3.client
    try:
        found = make_client("cloudformation").describe_stacks(StackName=name)["Stacks"][0]
    except (ClientError, BotoCoreError) as error:
        raise LauncherError(f"The stack {name} cannot be read: {error}") from None
    outputs = {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", ())}
    try:
        return Target(
            stack_name=name,
            rest=Rest(outputs["ApiUrl"], token),
            queue_url=outputs["ImportQueueUrl"],
            dead_letter_queue_url=outputs["ImportDeadLetterQueueUrl"],
            client=make_client,
            suffix=f" STAGE={stage}",
        )
    except KeyError as missing:
        raise LauncherError(f"The stack {name} has no output {missing}. Deploy it again.") from None
