"""The call that shows who changed attributes, profiles and jobs."""

from __future__ import annotations

from core.api_description import parameters
from core.api_description.operation import BAD_REQUEST, Answer, Operation
from core.api_description.parameters import Parameter
from core.audit import AuditAction

_TEXT = {"type": "string"}

AUDIT_CALLS = (
    Operation(
        method="get",
        path="/audit",
        id="listAudit",
        tag="audit",
        summary="Who changed attributes and profiles, cancelled jobs or started them again",
        description="The newest first. Products have a history of their own.",
        parameters=(
            *parameters.OF_PAGE,
            Parameter("subject", "query", "The `_id` of an attribute, profile or job.", _TEXT),
            Parameter("by", "query", "The caller, as `by` shows it.", _TEXT),
            Parameter(
                "action",
                "query",
                "What was done.",
                {"type": "string", "enum": [action.value for action in AuditAction]},
            ),
        ),
        answers=(Answer(200, "One page of the entries.", "responses/audit"),),
        failures={BAD_REQUEST: ("INVALID_QUERY",)},
    ),
)
