"""State FailEnrichment: see `failing_handler`."""

from __future__ import annotations

from typing import Any

from core.clock import now
from core.enrichment.job_model import EnrichmentExecution
from core.enrichment.jobs.closing import fail_enrichment
from core.jobs.lifecycle import Closing
from core.jobs.repository import JobRepository
from handlers.failing import failing_handler


def _fail(jobs: JobRepository, event: dict[str, Any], request: EnrichmentExecution) -> Closing:
    return fail_enrichment(
        jobs,
        execution_arn=event["executionArn"],
        request=request,
        error=event["error"],
        now=now(),
    )


handler = failing_handler(
    _fail, "Enrichment", schema="pipeline/enrich-execution", request=EnrichmentExecution
)
