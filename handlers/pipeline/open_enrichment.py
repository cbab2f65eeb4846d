"""State OpenEnrichment: `{executionArn, input}` in, the state of the execution out."""

from __future__ import annotations

from core.attributes.repository import AttributeRepository
from core.clock import now
from core.enrichment.job_model import Batch, EnrichmentExecution
from core.enrichment.jobs.opening import open_enrichment
from core.enrichment.reading import ProductReader
from core.fan_out import Opened
from core.jobs.repository import JobRepository
from core.products.fields import Catalogue
from handlers import environment
from handlers.opening import opening_handler


def _open(execution_arn: str, request: EnrichmentExecution) -> Opened[Batch]:
    database = environment.database()
    catalogue = Catalogue(tuple(AttributeRepository(database).all()))
    return open_enrichment(
        environment.store(),
        JobRepository(database),
        catalogue,
        ProductReader(database, catalogue),
        environment.settings(),
        execution_arn=execution_arn,
        request=request,
        now=now(),
    )


handler = opening_handler(
    _open,
    "Enrichment",
    schema="pipeline/enrich-execution",
    request=EnrichmentExecution,
    counted=("batches", "products"),
)
