"""The description of one call: its path, its input, and its possible responses.

`document.py` adds the failures that every call can have (too many calls, a defect, an unavailable
service).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.api_description.parameters import Parameter

BAD_REQUEST, NOT_FOUND, CONFLICT, OTHER_REVISION = 400, 404, 409, 412
TOO_LARGE, WRONG_TYPE = 413, 415

BODY_CODES = {
    BAD_REQUEST: ("MALFORMED_JSON", "BODY_NOT_AN_OBJECT"),
    WRONG_TYPE: ("UNSUPPORTED_CONTENT_TYPE",),
}
"""The codes of every call with a body, for a body that is not a JSON object; by status."""


REPEATABLE_CODES = {
    BAD_REQUEST: ("INVALID_IDEMPOTENCY_KEY",),
    CONFLICT: ("IDEMPOTENCY_KEY_REUSED", "IDEMPOTENCY_KEY_IN_USE"),
}
"""The codes of every POST, which takes an `Idempotency-Key`; by status."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A successful response. `schema` names a file of `schemas/`, without its suffix."""

    status: int
    meaning: str
    schema: str


@dataclass(frozen=True, slots=True)
class Body:
    """The request body: it matches one of the schemas. `needed`: whether it is required."""

    schemas: tuple[str, ...]
    needed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    method: str
    """In lower case, as in OpenAPI."""
    path: str
    id: str
    tag: str
    summary: str
    description: str = ""
    parameters: tuple[Parameter, ...] = ()
    body: Body | None = None
    answers: tuple[Answer, ...]
    failures: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    """The specific failures of this call: codes by status."""

    @property
    def is_repeatable(self) -> bool:
        """Whether it takes an `Idempotency-Key`."""
        return self.method == "post"

    def codes(self, status: int) -> tuple[str, ...]:
        """Every code that the handlers return with this status."""
        own = self.failures.get(status, ())
        of_body = BODY_CODES.get(status, ()) if self.body else ()
        of_key = REPEATABLE_CODES.get(status, ()) if self.is_repeatable else ()
        return (*own, *of_body, *of_key)
