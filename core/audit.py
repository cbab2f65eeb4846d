"""The audit trail of attributes, profiles and jobs. Products carry a history of their own.

Entries are only ever added. An entry is written after its change.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec
from pymongo import DESCENDING
from pymongo.database import Database

from core import clock
from core.actors import Actor
from core.database import AUDIT, collection_of
from core.query_parameters import (
    ParameterFault,
    Parameters,
    pagination,
    read_page,
    refuse_query,
    values_of,
)

ENTRY_BYTES = 16 * 1024
"""Of `before`, and of `after`: 100 entries stay under the 6 MB of an answer."""
VALUE_BYTES = 512
"""Of one field, where the whole is larger."""

_PARAMETERS = frozenset({"page", "limit", "subject", "by", "action"})


class AuditAction(StrEnum):
    ATTRIBUTE_CREATED = "attribute.created"
    ATTRIBUTE_CHANGED = "attribute.changed"
    ATTRIBUTE_DELETED = "attribute.deleted"
    PROFILE_CREATED = "profile.created"
    PROFILE_CHANGED = "profile.changed"
    PROFILE_DELETED = "profile.deleted"
    JOB_CANCELLED = "job.cancelled"
    JOB_RESTARTED = "job.restarted"
    JOBS_RESTARTED = "jobs.restarted"


def note(
    database: Database[dict[str, Any]],
    action: AuditAction,
    subject: str,
    actor: Actor,
    now: datetime,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Add an entry. `subject` is the id of the attribute or job, or the name of the profile. Fields
    that are equal in `before` and `after` are left out."""
    entry: dict[str, Any] = {
        "at": now,
        "by": actor.id,
        "action": action.value,
        "subject": subject,
    }
    if before is not None and after is not None:
        names = [n for n in {**before, **after} if before.get(n) != after.get(n)]
        before = {name: before[name] for name in names if name in before}
        after = {name: after[name] for name in names if name in after}
    if before is not None:
        entry["before"] = _bounded(before)
    if after is not None:
        entry["after"] = _bounded(after)
    collection_of(database, AUDIT).insert_one(entry)


def list_audit(database: Database[dict[str, Any]], parameters: Parameters) -> dict[str, Any]:
    """The answer of `GET /audit`, the newest first. Raises InvalidRequest `INVALID_QUERY`."""
    faults: list[ParameterFault] = [
        ParameterFault(name, f"“{name[:80]}” is not a parameter of this call.")
        for name in parameters
        if name not in _PARAMETERS
    ]
    page = read_page(parameters, faults)
    query: dict[str, Any] = {}
    for name in ("subject", "by", "action"):
        if given := values_of(name, parameters):
            query[name] = given[0]
    if query.get("action") not in (None, *AuditAction):
        known = ", ".join(AuditAction)
        faults.append(ParameterFault("action", f"“action” must be one of {known}."))
    refuse_query(faults)
    entries = collection_of(database, AUDIT)
    total = entries.count_documents(query)
    found = entries.find(query).sort([("at", DESCENDING), ("_id", DESCENDING)])
    data = [_shown(entry) for entry in found.skip(page.skip).limit(page.limit)]
    return {
        "message": "1 entry." if total == 1 else f"{total:,} entries.",
        "data": data,
        "pagination": pagination(page.number, page.limit, total),
    }


def _bounded(fields: Mapping[str, Any]) -> dict[str, Any]:
    """An attribute can have thousands of options; a page of entries has to fit into an answer."""
    if len(msgspec.json.encode(fields)) <= ENTRY_BYTES:
        return dict(fields)
    return {name: _shortened(value) for name, value in fields.items()}


def _shortened(value: Any) -> Any:
    size = len(msgspec.json.encode(value))
    return value if size <= VALUE_BYTES else f"({size:,} bytes, not kept)"


def _shown(entry: Mapping[str, Any]) -> dict[str, Any]:
    fields = ("by", "action", "subject", "before", "after")
    return {"at": clock.iso(entry["at"])} | {n: entry[n] for n in fields if n in entry}
