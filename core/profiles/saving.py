"""Create, replace and delete profiles, with an entry in the audit, and list them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pymongo.database import Database

from core.actors import Actor
from core.attributes.repository import AttributeRepository
from core.audit import AuditAction, note
from core.errors import PreconditionFailed
from core.profiles.model import Profile
from core.profiles.repository import CHANGED, ProfileRepository, changed_by_another
from core.profiles.requests import read_new_profile, read_replacement
from core.query_parameters import (
    ParameterFault,
    Parameters,
    pagination,
    read_page,
    refuse_query,
    shown,
)
from core.wording import counted

_Database = Database[dict[str, Any]]


def create_profile(
    database: _Database, body: Mapping[str, Any], actor: Actor, now: datetime
) -> Profile:
    """Raises InvalidRequest `INVALID_FIELDS`, Conflict as `ProfileRepository.add`."""
    draft = read_new_profile(body, AttributeRepository(database).definitions())
    profile = ProfileRepository(database).add(draft, actor, now)
    action = AuditAction.PROFILE_CREATED
    note(database, action, profile.name, actor, now, after=profile.decided())
    return profile


def replace_profile(
    database: _Database,
    name: str,
    body: Mapping[str, Any],
    expected: int | None,
    actor: Actor,
    now: datetime,
) -> Profile:
    """`expected` is the revision of `If-Match`, in place of the body's. Raises InvalidRequest
    `INVALID_FIELDS`, NotFound and Conflict as `ProfileRepository.replace`, and PreconditionFailed
    `PROFILE_CHANGED`."""
    profiles = ProfileRepository(database)
    # `replace` raises Conflict for a change after this check
    if expected not in (None, profiles.get(name).revision):
        raise PreconditionFailed(CHANGED, changed_by_another(name))
    definitions = AttributeRepository(database).definitions()
    draft, revision = read_replacement(body, name, expected, definitions)
    before, after = profiles.replace(draft, revision, actor, now)
    action = AuditAction.PROFILE_CHANGED
    note(database, action, name, actor, now, before=before.decided(), after=after.decided())
    return after


def delete_profile(
    database: _Database, name: str, expected: int | None, actor: Actor, now: datetime
) -> Profile:
    """Jobs keep the options that they froze. Raises NotFound, and PreconditionFailed
    `PROFILE_CHANGED`."""
    profile = ProfileRepository(database).remove(name, expected)
    note(database, AuditAction.PROFILE_DELETED, name, actor, now, before=profile.decided())
    return profile


def list_profiles(database: _Database, parameters: Parameters) -> dict[str, Any]:
    """The answer of `GET /import-profiles`. Raises InvalidRequest `INVALID_QUERY`."""
    faults: list[ParameterFault] = [
        ParameterFault(name, f"“{shown(name)}” is not a parameter of this call.")
        for name in parameters
        if name not in ("page", "limit")
    ]
    page = read_page(parameters, faults)
    refuse_query(faults)
    found, total = ProfileRepository(database).page(page.skip, page.limit)
    return {
        "message": f"{counted(total, 'profile')}.",
        "data": [profile.to_json() for profile in found],
        "pagination": pagination(page.number, page.limit, total),
    }
