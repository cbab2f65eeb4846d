"""What is said of one call: where it stands, what it takes, what it can answer.

What any call can answer (too many calls, a defect, a service that is away) is not repeated for
each; `document.py` adds it.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.api_description.parameters import Parameter

BAD_REQUEST, NOT_FOUND, CONFLICT, TOO_LARGE = 400, 404, 409, 413


@dataclass(frozen=True, slots=True)
class Answer:
    """A success. `schema` names a file of `schemas/`, without its suffix."""

    status: int
    meaning: str
    schema: str


@dataclass(frozen=True, slots=True)
class Body:
    """What may be sent: one of some schemas. `needed` says whether a body must come at all."""

    schemas: tuple[str, ...]
    needed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    method: str
    """In lower case, as OpenAPI has it."""
    path: str
    id: str
    tag: str
    summary: str
    description: str = ""
    parameters: tuple[Parameter, ...] = ()
    body: Body | None = None
    answers: tuple[Answer, ...]
    failures: tuple[int, ...] = ()
    """Statuses of failures that this call has of its own."""
