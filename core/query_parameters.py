"""The query parameters that all lists share: the requested page, and the refusal of a bad query.

`page` begins at 1. `limit` is 10 by default; more than 100 is read as 100 (and reported in
`itemsPerPage`), the most that a page can hold. A parameter without a value is ignored. If a
parameter is repeated, its first value counts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.errors import InvalidRequest
from core.query_values import boolean_value

DRY_RUN = "dryRun"
DEFAULT_LIMIT = 10
MAX_LIMIT = 100
MAX_DIGITS = 9
"""Keeps the number of skipped items within the range of the database."""
FAULTS_IN_SENTENCE = 5
NAME_SHOWN_CHARACTERS = 80

_WHOLE_NUMBER = re.compile("[0-9]+")

Parameters = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class ParameterFault:
    parameter: str
    message: str
    """One sentence that names the parameter."""


@dataclass(frozen=True, slots=True)
class Page:
    number: int
    limit: int

    @property
    def skip(self) -> int:
        """The number of items before the page."""
        return (self.number - 1) * self.limit


def shown(name: str) -> str:
    """A name as messages quote it, limited in length."""
    return name if len(name) <= NAME_SHOWN_CHARACTERS else name[:NAME_SHOWN_CHARACTERS] + "…"


def values_of(name: str, parameters: Parameters) -> list[str]:
    return [text.strip() for text in parameters.get(name, ()) if text.strip()]


def read_page(parameters: Parameters, faults: list[ParameterFault]) -> Page:
    """The page by `page` and `limit`; invalid values are added to `faults`."""
    number = _whole_number("page", 1, parameters, faults)
    return Page(number, read_limit(parameters, faults))


def read_limit(parameters: Parameters, faults: list[ParameterFault]) -> int:
    return min(_whole_number("limit", DEFAULT_LIMIT, parameters, faults), MAX_LIMIT)


def pagination(
    number: int, limit: int, total: int, *, has_next: bool | None = None
) -> dict[str, Any]:
    """The contract's `pagination`. `has_next` overrides the value derived from the total."""
    return {
        "currentPage": number,
        "totalPages": -(-total // limit),
        "totalItems": total,
        "itemsPerPage": limit,
        "hasNextPage": number * limit < total if has_next is None else has_next,
        "hasPrevPage": number > 1,
    }


def refuse_query(faults: Sequence[ParameterFault]) -> None:
    """Raise InvalidRequest `INVALID_QUERY`, which names every fault, if there is one."""
    if not faults:
        return
    details = [{"field": fault.parameter, "message": fault.message} for fault in faults]
    sentence = faults[0].message
    if len(faults) > 1:
        named = "; ".join(fault.message.rstrip(".") for fault in faults[:FAULTS_IN_SENTENCE])
        rest = len(faults) - FAULTS_IN_SENTENCE
        more = f"; and {rest} more" if rest > 0 else ""
        sentence = f"{len(faults)} parameters must be corrected: {named}{more}."
    raise InvalidRequest("INVALID_QUERY", sentence, details)


def _whole_number(
    name: str, default: int, parameters: Parameters, faults: list[ParameterFault]
) -> int:
    text = next(iter(values_of(name, parameters)), None)
    if text is None:
        return default
    if not _WHOLE_NUMBER.fullmatch(text):
        sentence = f"“{name}” must be a whole number, 1 or more."
    elif len(text) > MAX_DIGITS:
        sentence = f"“{name}” must have at most {MAX_DIGITS} digits."
    elif int(text) == 0:
        sentence = f"“{name}” must be 1 or more."
    else:
        return int(text)
    faults.append(ParameterFault(name, sentence))
    return default


def read_dry_run(parameters: Parameters) -> bool:
    """`dryRun`, of a call without a body. Raises InvalidRequest `INVALID_QUERY`, also for any other
    parameter: a typing error must not turn a dry run into a real one."""
    faults = [
        ParameterFault(
            name, f"“{shown(name)}” is not a parameter of this call; possible is dryRun."
        )
        for name in parameters
        if name != DRY_RUN
    ]
    texts = values_of(DRY_RUN, parameters)
    try:
        wanted = bool(texts) and boolean_value(texts[0])
    except ValueError:
        wanted = False
        faults.append(ParameterFault(DRY_RUN, "“dryRun” must be true or false."))
    refuse_query(faults)
    return wanted
