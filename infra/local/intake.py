"""The intake of uploads: the mapping by which `start_import` takes messages from the queue."""

from __future__ import annotations

from typing import Any


def is_paused(lambdas: Any, stack_name: str) -> bool:
    """Whether uploads wait in the queue until `make resume`; `lambdas` is a client of Lambda.

    False where nothing is deployed.
    """
    states = [mapping.get("State", "") for mapping in _mappings(lambdas, stack_name)]
    return any(state in ("Disabled", "Disabling") for state in states)


def set_intake(lambdas: Any, stack_name: str, *, enabled: bool) -> bool:
    """Open or pause it. False where nothing is deployed."""
    mappings = _mappings(lambdas, stack_name)
    for mapping in mappings:
        lambdas.update_event_source_mapping(UUID=mapping["UUID"], Enabled=enabled)
    return bool(mappings)


def _mappings(lambdas: Any, stack_name: str) -> list[dict[str, Any]]:
    try:
        answer = lambdas.list_event_source_mappings(FunctionName=f"{stack_name}-start-import")
    except lambdas.exceptions.ResourceNotFoundException:
        return []
    found: list[dict[str, Any]] = answer["EventSourceMappings"]
    return found
