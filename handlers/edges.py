"""Parsing of events, shared by the Lambda functions of the pipeline."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from core.schemas import field_faults


def checked(schema: str, event: Any) -> dict[str, Any]:
    """The event, if it keeps `schemas/{schema}.json`. Raises ValueError that names every fault."""
    if not isinstance(event, dict):
        raise ValueError(f"not a message by {schema}: {type(event).__name__} instead of an object")
    faults = field_faults(schema, event)
    if faults:
        raise ValueError(f"not a message by {schema}: {' '.join(f.message for f in faults)}")
    return event


def moment(text: str) -> datetime:
    """A time of the context object of Step Functions: ISO 8601 with `Z` or an offset."""
    return datetime.fromisoformat(text)
