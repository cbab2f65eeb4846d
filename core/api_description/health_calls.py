"""The call that monitors make."""

from __future__ import annotations

from core.api_description.operation import Answer, Operation

HEALTH_CALLS = (
    Operation(
        method="get",
        path="/health",
        id="getHealth",
        tag="health",
        summary="Whether database, queue and storage answer",
        description="For load balancers and monitors. 503 when one of them does not.",
        answers=(
            Answer(200, "All of them answer.", "responses/health"),
            Answer(503, "Some do not; `checks` says which.", "responses/health"),
        ),
    ),
)
