"""Which role each call of the REST API needs. The only place where this is decided.

`docs/identity.md` shows this table, and tests compare the two.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from core.errors import Forbidden
from core.identity.callers import Caller, Role


@dataclass(frozen=True, slots=True)
class Permission:
    role: Role
    """The least role that may make the call."""
    of_others: Role | None = None
    """The least role for a job that somebody else created; None: the same."""


_VIEW = Permission(Role.VIEWER)
_EDIT = Permission(Role.EDITOR)
_EDIT_OWN = Permission(Role.EDITOR, of_others=Role.ADMIN)
_ADMINISTER = Permission(Role.ADMIN)

PERMISSIONS: Mapping[str, Permission] = {
    "GET /attributes": _VIEW,
    "POST /attributes": _ADMINISTER,
    "POST /attributes/proposals": _EDIT,
    "GET /attributes/proposals/{}": _VIEW,
    "POST /attributes/proposals/{}/accept": _ADMINISTER,
    "GET /attributes/{}": _VIEW,
    "PUT /attributes/{}": _ADMINISTER,
    "PATCH /attributes/{}": _ADMINISTER,
    "DELETE /attributes/{}": _ADMINISTER,
    "GET /audit": _ADMINISTER,
    "GET /import-profiles": _VIEW,
    "POST /import-profiles": _ADMINISTER,
    "GET /import-profiles/{}": _VIEW,
    "PUT /import-profiles/{}": _ADMINISTER,
    "DELETE /import-profiles/{}": _ADMINISTER,
    "POST /uploads/presigned-url": _EDIT,
    "POST /uploads/presigned-post": _EDIT,
    "POST /uploads/multipart": _EDIT,
    "POST /uploads/multipart/parts": _EDIT_OWN,
    "POST /uploads/multipart/complete": _EDIT_OWN,
    "POST /uploads/multipart/abort": _EDIT_OWN,
    "POST /uploads/process-file": _EDIT,
    "POST /uploads/{}/mapping-proposal": _EDIT,
    "GET /processing-jobs": _VIEW,
    "GET /processing-jobs/{}": _VIEW,
    "POST /processing-jobs/reprocess": _ADMINISTER,
    "POST /processing-jobs/{}/cancel": _EDIT_OWN,
    "POST /processing-jobs/{}/reprocess": _EDIT_OWN,
    "POST /processing-jobs/{}/exports": _VIEW,
    "GET /products": _VIEW,
    "GET /product-facets": _VIEW,
    "GET /products/{}": _VIEW,
    "GET /products/{}/history": _VIEW,
    "PATCH /products/{}": _EDIT,
    "DELETE /products/{}": _EDIT,
    "POST /products/approve": _EDIT,
    "POST /approve": _EDIT,
    "PUT /products/bulk-update": _EDIT,
    "POST /products/bulk-update": _EDIT,
    "POST /products/delete": _EDIT,
    "POST /products/enrich": _EDIT,
    "POST /products/export": _ADMINISTER,
}
"""Method and path → permission; `{}` is a value in the path."""


def permission_of(method: str, rule: str) -> Permission:
    """The permission of a route, such as `/things/<thing_id>` or `/things/{thingId}`. A route that
    the table does not know needs the highest role."""
    path = re.sub(r"<\w+>|\{\w+\}", "{}", rule)
    return PERMISSIONS.get(f"{method.upper()} {path}", _ADMINISTER)


def require(caller: Caller, permission: Permission) -> None:
    """Raises Forbidden `ROLE_REQUIRED`."""
    if not caller.has(permission.role):
        raise Forbidden("ROLE_REQUIRED", f"{_needs(permission.role)} {_has(caller)}")


def require_owner(caller: Caller, permission: Permission, created_by: str) -> None:
    """Raises Forbidden `NOT_YOUR_JOB` for a job of somebody else that this caller may not touch."""
    needed = permission.of_others
    if needed is None or caller.actor.id == created_by or caller.has(needed):
        return
    raise Forbidden(
        "NOT_YOUR_JOB",
        f"Somebody else started this job. {_needs(needed)} {_has(caller)}",
    )


def _needs(role: Role) -> str:
    return f"This needs the role {role.value}."


def _has(caller: Caller) -> str:
    if not caller.roles:
        return "Your login has no role in this portal; ask an administrator for one."
    return f"Your login has the role {caller.roles[-1].value}."
