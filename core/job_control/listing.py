"""`GET /processing-jobs`: what its query parameters ask for, and the page that answers.

`status`, `type` and `code` take several values, comma-separated; `from` and `to` are a time, or a
date that means its whole day (UTC), and are both included. `page` and `limit` are read as in every
list (`core/query_parameters.py`), and `cursor` continues one. What is unknown is refused by name: a
filter with a slip in it must not show all jobs.
"""

from __future__ import annotations

import difflib
import hashlib
import re
from enum import StrEnum
from typing import Any, TypeVar

import msgspec

from core.cursors import CursorSigner, Position, encoded_value
from core.job_control.finding import JobFilter, JobLists
from core.job_control.presentation import listed_job_to_json
from core.jobs.records import JobRecord, JobStatus, JobType
from core.query_parameters import (
    Page,
    ParameterFault,
    Parameters,
    pagination,
    read_page,
    refuse_query,
    values_of,
)
from core.query_values import Period, time_value

FILTERS = ("status", "type", "code", "from", "to")
PARAMETERS = (*FILTERS, "page", "limit", "cursor")

_CODE = re.compile(r"[A-Z][A-Z0-9_]{0,99}")

_Choice = TypeVar("_Choice", bound=StrEnum)


class JobListRequest(msgspec.Struct, frozen=True, kw_only=True):
    wanted: JobFilter
    page: Page
    cursor: str | None = None

    @property
    def fingerprint(self) -> str:
        """Equal for equal filters."""
        return hashlib.sha256(msgspec.json.encode(("jobs", self.wanted))).hexdigest()[:16]


def read_job_list_request(parameters: Parameters) -> JobListRequest:
    """Raises InvalidRequest `INVALID_QUERY` that names every parameter at fault."""
    faults = [_unknown(name) for name in parameters if name not in PARAMETERS]
    wanted = read_job_filter(parameters, faults)
    page = read_page(parameters, faults)
    refuse_query(faults)
    cursor = next(iter(values_of("cursor", parameters)), None)
    return JobListRequest(wanted=wanted, page=page, cursor=cursor)


def read_job_filter(parameters: Parameters, faults: list[ParameterFault]) -> JobFilter:
    """Which jobs are meant; what cannot be read is added to `faults`."""
    since, until = _period("from", parameters, faults), _period("to", parameters, faults)
    if since is not None and until is not None and since.start >= until.end:
        faults.append(ParameterFault("from", "“from” must not lie after “to”."))
    return JobFilter(
        statuses=_choices("status", JobStatus, parameters, faults),
        types=_choices("type", JobType, parameters, faults),
        codes=_codes(parameters, faults),
        submitted_from=None if since is None else since.start,
        submitted_before=None if until is None else until.end,
    )


def list_jobs(request: JobListRequest, jobs: JobLists, signer: CursorSigner) -> dict[str, Any]:
    """`{message, data, pagination}`, the newest job first. `pagination.nextCursor` continues the
    list at the same cost at any depth, and without repeating a job when newer ones have come; it is
    null at the end. With a cursor the total is that of the first page. Raises InvalidRequest
    `INVALID_CURSOR`.
    """
    number, limit = request.page.number, request.page.limit
    if request.cursor is not None:
        position = signer.read(request.cursor, request.fingerprint)
        number, total = position.page, position.total
        submitted_at, job_id = position.key_values
        found = jobs.after(request.wanted, submitted_at, job_id, limit=limit + 1)
    else:
        total, skip = jobs.count(request.wanted), request.page.skip
        found = jobs.newest(request.wanted, skip=skip, limit=limit + 1) if skip < total else []
    here, has_next = found[:limit], len(found) > limit
    return {
        "message": "1 job." if total == 1 else f"{total:,} jobs.",
        "data": [listed_job_to_json(job) for job in here],
        "pagination": {
            **pagination(number, limit, total, has_next=has_next),
            "nextCursor": (
                signer.write(_position(here[-1], request, number + 1, total)) if has_next else None
            ),
        },
    }


def _position(last: JobRecord, request: JobListRequest, page: int, total: int) -> Position:
    values = (encoded_value(last.submitted_at), last.id)
    return Position(fingerprint=request.fingerprint, values=values, page=page, total=total)


def _choices(
    name: str, choices: type[_Choice], parameters: Parameters, faults: list[ParameterFault]
) -> tuple[_Choice, ...]:
    """The named choices, in upper or lower case; () for no restriction."""
    by_name = {choice.value.casefold(): choice for choice in choices}
    chosen: dict[_Choice, None] = {}
    for text in ",".join(values_of(name, parameters)).split(","):
        if not text.strip():
            continue
        choice = by_name.get(text.strip().casefold())
        if choice is None:
            reason = f"“{name}” cannot be “{text.strip()[:60]}”"
            faults.append(ParameterFault(name, f"{reason}; it is one of {', '.join(choices)}."))
        else:
            chosen[choice] = None
    return tuple(chosen)


def _codes(parameters: Parameters, faults: list[ParameterFault]) -> tuple[str, ...]:
    """Codes of failures, in upper or lower case. Any is possible: new ones may come at any time."""
    codes = [text.strip().upper() for text in ",".join(values_of("code", parameters)).split(",")]
    for code in filter(None, codes):
        if not _CODE.fullmatch(code):
            sentence = (
                f"“code” cannot be “{code[:60]}”; a code has letters, digits and underscores."
            )
            faults.append(ParameterFault("code", sentence))
    return tuple(dict.fromkeys(filter(None, codes)))


def _period(name: str, parameters: Parameters, faults: list[ParameterFault]) -> Period | None:
    texts = values_of(name, parameters)
    if not texts:
        return None
    try:
        return time_value(texts[-1])
    except ValueError as error:
        faults.append(ParameterFault(name, f"“{name}” {error}."))
        return None


def _unknown(name: str) -> ParameterFault:
    near = difflib.get_close_matches(name, PARAMETERS, 1)
    hint = f"did you mean “{near[0]}”?" if near else f"possible are {', '.join(PARAMETERS)}."
    return ParameterFault(name[:60], f"“{name[:60]}” is not a parameter of this list; {hint}")
