"""State FailEnrichment: see `failing_handler`."""

from core.jobs.records import JobType
from handlers.failing import failing_handler_of

handler = failing_handler_of(JobType.ENRICHMENT, "Enrichment", schema="pipeline/enrich-execution")
