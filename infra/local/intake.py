"""The intake of uploads, which `make drain` pauses."""

from __future__ import annotations

from typing import Any


def is_paused(lambdas: Any, stack_name: str) -> bool:
    """Whether uploads wait in the queue until `make resume`; `lambdas` is a client of Lambda.

    False where nothing is deployed.
    """
    try:
        answer = lambdas.list_event_source_mappings(FunctionName=f"{stack_name}-start-import")
    except lambdas.exceptions.ResourceNotFoundException:
        return False
    states = [mapping.get("State", "") for mapping in answer["EventSourceMappings"]]
    return any(state in ("Disabled", "Disabling") for state in states)
