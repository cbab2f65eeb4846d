"""The parameters in the path and in the query of a URL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.jobs.records import JobStatus, JobType


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str
    place: str
    """`path`, `query` or `header`."""
    description: str
    schema: Mapping[str, Any]
    further: Mapping[str, Any] | None = None
    """Other fields of an OpenAPI parameter."""

    def to_openapi(self) -> dict[str, Any]:
        shown = {
            "name": self.name,
            "in": self.place,
            "description": self.description,
            "required": self.place == "path",
            "schema": dict(self.schema),
        }
        return shown | dict(self.further or {})


_TEXT = {"type": "string"}
_ID = {"type": "string", "minLength": 1}

ATTRIBUTE_ID = Parameter("attributeId", "path", "The `_id` of the attribute.", _ID)
DRY_RUN = Parameter(
    "dryRun",
    "query",
    "Only count, and change nothing.",
    {"type": "boolean", "default": False},
)
JOB_ID = Parameter("jobId", "path", "The `_id` of the job.", _ID)
PROFILE_NAME = Parameter("name", "path", "The name of the profile.", _ID)
PRODUCT_ID = Parameter(
    "productId",
    "path",
    "The `_id` of the product, percent-encoded: it can hold any character, slashes included.",
    _ID,
)

IF_MATCH = Parameter(
    "If-Match",
    "header",
    "The `ETag` of an answer: change that revision or none.",
    _TEXT,
)

IDEMPOTENCY_KEY = Parameter(
    "Idempotency-Key",
    "header",
    "A new UUID for each call: a repetition with the same one, within a day, is not carried out "
    "again and gets the first answer, with `Idempotent-Replayed: true`.",
    {"type": "string", "pattern": "^[!-~]{1,255}$"},
)

_PAGE = Parameter("page", "query", "From 1.", {"type": "integer", "minimum": 1, "default": 1})
_LIMIT = Parameter(
    "limit",
    "query",
    "Items per page; more than 100 is read as 100.",
    {"type": "integer", "minimum": 1, "default": 10},
)
OF_PAGE = (_PAGE, _LIMIT)
_CURSOR = Parameter(
    "cursor",
    "query",
    "`pagination.nextCursor` of the previous page, with the same filters and order; `page` is then "
    "ignored.",
    _TEXT,
)
_TIME_OR_DAY = "a time with an offset, or a date, which means the whole day (UTC); inclusive."
_LISTED = {"style": "form", "explode": False}
"""`a,b` in one parameter."""

OF_JOB_LIST = (
    Parameter(
        "status",
        "query",
        "Any of these.",
        {"type": "array", "items": {"enum": [status.value for status in JobStatus]}},
        _LISTED,
    ),
    Parameter(
        "type",
        "query",
        "Any of these.",
        {"type": "array", "items": {"enum": [each.value for each in JobType]}},
        _LISTED,
    ),
    Parameter(
        "code",
        "query",
        "Failed with any of these codes.",
        {"type": "array", "items": {"type": "string"}},
        _LISTED,
    ),
    Parameter("from", "query", f"Submitted at or after: {_TIME_OR_DAY}", _TEXT),
    Parameter("to", "query", f"Submitted at or before: {_TIME_OR_DAY}", _TEXT),
    _PAGE,
    _LIMIT,
    _CURSOR,
)

_SEARCH = Parameter("q", "query", "Words that must all occur in texts of the product.", _TEXT)
_FILTERS = Parameter(
    "filters",
    "query",
    "Any other parameter is a filter, named after an attribute: `Brand=Acme`, "
    "`Color=Red,Blue` (any of), `Price[gte]=10`; operators are `eq in ne gt gte lt lte "
    "contains startswith exists`. Unknown names and operators are refused. As an object in "
    "the style deepObject, the default of openapi-fetch, they are understood as well: "
    "`filters[Price[gte]]=10`.",
    {"type": "object", "additionalProperties": {"type": "string"}},
    {"style": "form", "explode": True},
)

OF_PRODUCT_LIST = (
    _PAGE,
    _LIMIT,
    Parameter(
        "sortBy",
        "query",
        "Attributes or system fields, comma-separated; a `-` before a name reverses its order. "
        "Names without a definition are ignored.",
        _TEXT,
    ),
    Parameter(
        "sortOrder",
        "query",
        "One direction for each key in `sortBy`, in the same order.",
        {"type": "string", "examples": ["asc", "desc"]},
    ),
    _CURSOR,
    Parameter("fields", "query", "Only these fields, comma-separated, and `_id`.", _TEXT),
    _SEARCH,
    _FILTERS,
)

OF_PRODUCT_FACETS = (
    Parameter(
        "attributes",
        "query",
        "The attributes whose values are counted, comma-separated; at most 10.",
        _TEXT,
        {"required": True},
    ),
    Parameter(
        "limit",
        "query",
        "Values of each attribute; more than 100 is read as 100.",
        {"type": "integer", "minimum": 1, "default": 10},
    ),
    _SEARCH,
    _FILTERS,
)
