"""The stack that runs: its record in `.local/stack.json`, and its health."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

import msgspec

from infra.errors import LauncherError
from infra.local import engines
from infra.local.configuration import Configuration
from infra.local.processes import Daemon


class Stack(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A running stack: what `.local/stack.json` holds, for people, tools and tests."""

    api_url: str
    endpoint_url: str
    """Of every AWS service."""
    region: str
    uploads_bucket: str
    results_bucket: str
    mongodb_uri: str
    state_machine_arn: str
    import_queue_url: str
    import_dead_letter_queue_url: str
    aws_port: int
    mongodb_port: int | None
    """None: the database is the user's own."""
    pids: dict[str, int]
    fingerprint: str
    """Of the code, the template and the parameters that are deployed."""
    parameters: dict[str, str]
    auth: bool = False
    """The emulator enforces the roles of functions."""
    keep: bool = False
    """Files and results outlive the emulator."""
    login: bool = False
    """The API requires tokens."""


@dataclass(frozen=True, slots=True)
class Condition:
    """The state of a stack, as `make status` shows it."""

    stack: Stack | None
    """The stack that was started last; None if there is none, or it was stopped."""
    emulator: bool
    database: bool

    @property
    def well(self) -> bool:
        return self.stack is not None and self.emulator and self.database


def read_stack(configuration: Configuration) -> Stack | None:
    try:
        return msgspec.json.decode(configuration.stack_file.read_bytes(), type=Stack)
    except (OSError, msgspec.DecodeError):
        return None


def running_stack(configuration: Configuration) -> Stack:
    """Raises LauncherError when no healthy stack runs."""
    condition = inspect(configuration)
    if condition.stack is None or not condition.well:
        raise LauncherError("No stack is running. Start one: make up")
    return condition.stack


def inspect(configuration: Configuration) -> Condition:
    stack = read_stack(configuration)
    if stack is None:
        return Condition(stack=None, emulator=False, database=False)
    state = configuration.state
    emulator = Daemon(engines.EMULATOR, state).pid() is not None
    embedded = stack.mongodb_port is not None
    database = not embedded or Daemon(engines.DATABASE, state).pid() is not None
    return Condition(
        stack=stack,
        emulator=emulator and engines.emulator_is_well(stack.aws_port),
        database=database and engines.database_fault(stack.mongodb_uri) is None,
    )


def write_stack(path: Path, stack: Stack) -> None:
    """Written atomically; readable by its owner only, since the URI may contain a password."""
    text = json.dumps(msgspec.to_builtins(stack), indent=2) + "\n"
    temporary = path.with_suffix(".json.new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    temporary.replace(path)
