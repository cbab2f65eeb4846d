"""`GET /processing-jobs`: what its query parameters ask for, and the page that answers.

`status` and `type` take several values, comma-separated; `from` and `to` are a time, or a date that
means its whole day (UTC), and are both included. `page` begins at 1; `limit` is 10 by default, and
more than 100 is read as 100, as in the list of products. A parameter without a value counts as not
given. What is unknown is refused by name: a filter with a slip in it must not show all jobs.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, TypeVar

import msgspec

from core.errors import InvalidRequest
from core.jobs.finding import JobFilter, JobLists
from core.jobs.presentation import listed_job_to_json
from core.jobs.records import JobStatus, JobType
from core.products.filter_values import Period, time_value
from core.schemas import FieldFault

DEFAULT_LIMIT = 10
MAX_LIMIT = 100
MAX_PAGE = 1_000_000_000
PARAMETERS = ("status", "type", "from", "to", "page", "limit")

_WHOLE_NUMBER = re.compile(r"[0-9]{1,18}")

Parameters = Mapping[str, Sequence[str]]
_Choice = TypeVar("_Choice", bound=StrEnum)


class JobListRequest(msgspec.Struct, frozen=True, kw_only=True):
    wanted: JobFilter
    page: int
    limit: int


def read_job_list_request(parameters: Parameters) -> JobListRequest:
    """Raises InvalidRequest `INVALID_QUERY` that names every parameter at fault."""
    faults = [_unknown(name) for name in parameters if name not in PARAMETERS]
    since, until = _period("from", parameters, faults), _period("to", parameters, faults)
    wanted = JobFilter(
        statuses=_choices("status", JobStatus, parameters, faults),
        types=_choices("type", JobType, parameters, faults),
        submitted_from=None if since is None else since.start,
        submitted_before=None if until is None else until.end,
    )
    page = _whole_number("page", 1, parameters, faults)
    limit = _whole_number("limit", DEFAULT_LIMIT, parameters, faults)
    if since is not None and until is not None and since.start >= until.end:
        faults.append(FieldFault("from", "“from” must not lie after “to”."))
    if faults:
        _refuse(faults)
    return JobListRequest(wanted=wanted, page=page, limit=min(limit, MAX_LIMIT))


def list_jobs(request: JobListRequest, jobs: JobLists) -> dict[str, Any]:
    """`{message, data, pagination}`, the newest job first."""
    total = jobs.count(request.wanted)
    skip = (request.page - 1) * request.limit
    found = jobs.newest(request.wanted, skip=skip, limit=request.limit) if skip < total else []
    return {
        "message": "1 job." if total == 1 else f"{total:,} jobs.",
        "data": [listed_job_to_json(job) for job in found],
        "pagination": {
            "currentPage": request.page,
            "totalPages": -(-total // request.limit),
            "totalItems": total,
            "itemsPerPage": request.limit,
            "hasNextPage": skip + request.limit < total,
            "hasPrevPage": request.page > 1,
        },
    }


def _values(name: str, parameters: Parameters) -> list[str]:
    return [text.strip() for text in parameters.get(name, ()) if text.strip()]


def _choices(
    name: str, choices: type[_Choice], parameters: Parameters, faults: list[FieldFault]
) -> tuple[_Choice, ...]:
    """The named choices, in upper or lower case; () for no restriction."""
    by_name = {choice.value.casefold(): choice for choice in choices}
    chosen: dict[_Choice, None] = {}
    for text in ",".join(_values(name, parameters)).split(","):
        if not text.strip():
            continue
        choice = by_name.get(text.strip().casefold())
        if choice is None:
            told = f"“{name}” cannot be “{text.strip()[:60]}”"
            faults.append(FieldFault(name, f"{told}; it is one of {', '.join(choices)}."))
        else:
            chosen[choice] = None
    return tuple(chosen)


def _period(name: str, parameters: Parameters, faults: list[FieldFault]) -> Period | None:
    texts = _values(name, parameters)
    if not texts:
        return None
    try:
        return time_value(texts[-1])
    except ValueError as error:
        faults.append(FieldFault(name, f"“{name}” {error}."))
        return None


def _whole_number(name: str, default: int, parameters: Parameters, faults: list[FieldFault]) -> int:
    texts = _values(name, parameters)
    if not texts:
        return default
    if _WHOLE_NUMBER.fullmatch(texts[-1]) and 1 <= int(texts[-1]) <= MAX_PAGE:
        return int(texts[-1])
    faults.append(FieldFault(name, f"“{name}” must be a whole number, 1 or more."))
    return default


def _unknown(name: str) -> FieldFault:
    near = difflib.get_close_matches(name, PARAMETERS, 1)
    hint = f"did you mean “{near[0]}”?" if near else f"possible are {', '.join(PARAMETERS)}."
    return FieldFault(name[:60], f"“{name[:60]}” is not a parameter of this list; {hint}")


def _refuse(faults: Sequence[FieldFault]) -> None:
    details = [{"field": fault.field, "message": fault.message} for fault in faults]
    sentence = faults[0].message
    if len(faults) > 1:
        told = "; ".join(fault.message.rstrip(".") for fault in faults[:5])
        more = f"; and {len(faults) - 5} more" if len(faults) > 5 else ""
        sentence = f"{len(faults)} parameters must be corrected: {told}{more}."
    raise InvalidRequest("INVALID_QUERY", sentence, details)
