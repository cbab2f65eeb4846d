"""The state machine of a job, as the domain knows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

ALIVE = frozenset({"RUNNING", "PENDING_REDRIVE"})
"""Statuses of an execution that runs, or goes on after a redrive."""


class Starter(Protocol):
    """As far as starting goes."""

    def start(self, name: str, execution_input: Mapping[str, Any]) -> bool:
        """False when an execution of that name exists already (Step Functions remembers names
        for 90 days)."""
        ...

    def status_of(self, name: str) -> str | None:
        """Status of the execution of this name, as Step Functions calls it; None when it is not
        known."""
        ...


class Stopper(Protocol):
    """As far as stopping goes."""

    def stop(self, execution_arn: str, code: str, reason: str) -> None:
        """Stop the execution; one that ended already is left as it is."""
        ...
