"""What AWS allows: one table for all checks. A limit that an account can have raised has the value
that a new account begins with."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limit:
    most: int
    unit: str
    source: str


_LAMBDA = "Lambda developer guide, quotas"
_IAM = "IAM user guide, quotas"
_STATES = "Step Functions developer guide, quotas"
_CLOUDFORMATION = "CloudFormation user guide, quotas"

LIMITS = {
    "environment of a function": Limit(4096, "bytes", _LAMBDA),
    "package of a function with its layers": Limit(250 * MIB, "bytes", _LAMBDA),
    "layers of a function": Limit(5, "layers", _LAMBDA),
    "name of a function": Limit(64, "characters", _LAMBDA),
    "timeout of a function": Limit(900, "seconds", _LAMBDA),
    "memory of a function in a new account": Limit(3008, "MB", _LAMBDA),
    "executions at once in a new account": Limit(10, "executions", _LAMBDA),
    "inline policies of a role": Limit(10_240, "characters", _IAM),
    "managed policy": Limit(6_144, "characters", _IAM),
    "managed policies of a role": Limit(10, "policies", _IAM),
    "name of a state machine": Limit(80, "characters", _STATES),
    "definition of a state machine": Limit(MIB, "bytes", _STATES),
    "state payload": Limit(256 * 1024, "bytes", _STATES),
    "events of a history": Limit(25_000, "events", _STATES),
    "inline Map at once": Limit(40, "iterations", _STATES),
    "distributed Map at once": Limit(10_000, "children", _STATES),
    "resources of a stack": Limit(500, "resources", _CLOUDFORMATION),
    "parameters of a stack": Limit(200, "parameters", _CLOUDFORMATION),
    "template": Limit(1_000_000, "bytes", _CLOUDFORMATION),
    "retention of a queue": Limit(1_209_600, "seconds", "SQS developer guide, quotas"),
    "object": Limit(5 * 1024**4, "bytes", "S3 user guide"),
    "starters of a queue": Limit(1_000, "executions", _LAMBDA),
    "document": Limit(16 * MIB, "bytes", "DocumentDB developer guide, quotas"),
}


@dataclass(frozen=True, slots=True)
class Reserve:
    """What a serverless instance of DocumentDB carries at a capacity."""

    connections: int
    cursors: int
    active: int


SERVERLESS: dict[float, Reserve] = {
    0.5: Reserve(250, 6, 39),
    1: Reserve(500, 12, 79),
    2: Reserve(1_000, 24, 173),
    4: Reserve(2_000, 48, 416),
    8: Reserve(4_000, 96, 1_071),
    16: Reserve(8_000, 132, 1_550),
}
"""By capacity in DCU. Source: DocumentDB developer guide, serverless instance limits (the
smaller of its two tables where they differ)."""
