"""State OpenCommit: `{executionArn, input}` in, the state of the execution out."""

from __future__ import annotations

from core.approvals.model import CommitChunk, CommitRequest
from core.approvals.opening import open_commit
from core.attributes.repository import AttributeRepository
from core.clock import now
from core.fan_out import Opened
from core.jobs.repository import JobRepository
from core.products.fields import Catalogue
from handlers import environment
from handlers.opening import opening_handler


def _open(execution_arn: str, request: CommitRequest) -> Opened[CommitChunk]:
    database = environment.database()
    return open_commit(
        environment.store(),
        JobRepository(database),
        Catalogue(tuple(AttributeRepository(database).all())),
        environment.settings(),
        execution_arn=execution_arn,
        request=request,
        now=now(),
    )


handler = opening_handler(
    _open, "Approval", schema="pipeline/commit-execution", request=CommitRequest
)
