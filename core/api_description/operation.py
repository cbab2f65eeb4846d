"""What is said of one call: where it stands, what it takes, what it can answer.

What any call can answer (too many calls, a defect, a service that is away) is not repeated for
each; `document.py` adds it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.api_description.parameters import Parameter

BAD_REQUEST, NOT_FOUND, CONFLICT, TOO_LARGE, WRONG_TYPE = 400, 404, 409, 413, 415

BODY_CODES = {
    BAD_REQUEST: ("MALFORMED_JSON", "BODY_NOT_AN_OBJECT"),
    WRONG_TYPE: ("UNSUPPORTED_CONTENT_TYPE",),
}
"""Of any call with a body, for one that is no JSON object; by status."""


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
    failures: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    """The failures that this call has of its own: the codes, by status."""

    def codes(self, status: int) -> tuple[str, ...]:
        """Every code that a failure of this status can have, as far as handlers answer it."""
        own = self.failures.get(status, ())
        return (*own, *BODY_CODES.get(status, ())) if self.body else own
