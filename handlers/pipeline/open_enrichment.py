"""State OpenEnrichment: `{executionArn, input}` in, the state of the execution out."""

from __future__ import annotations

from typing import Any

import msgspec
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from core.attributes.repository import AttributeRepository
from core.clock import now
from core.enrichment.job_model import EnrichmentExecution
from core.enrichment.jobs.opening import open_enrichment
from core.enrichment.reading import ProductReader
from core.jobs.claiming import NoSuchJob
from core.jobs.repository import JobRepository
from core.products.fields import Catalogue
from handlers import environment
from handlers.edges import checked

logger = Logger()


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    execution_arn = event["executionArn"]
    logger.append_keys(executionArn=execution_arn)
    try:
        given = checked("pipeline/enrich-execution", event["input"])
    except ValueError as error:  # a retry cannot help
        return _invalid(error)
    request = msgspec.convert(given, EnrichmentExecution)
    logger.append_keys(jobId=request.job_id)
    database = environment.database()
    catalogue = Catalogue(tuple(AttributeRepository(database).all()))
    try:
        opened = open_enrichment(
            environment.store(),
            JobRepository(database),
            catalogue,
            ProductReader(database, catalogue),
            environment.settings(),
            execution_arn=execution_arn,
            request=request,
            now=now(),
        )
    except NoSuchJob as error:
        return _invalid(error)
    logger.info(
        "Enrichment opened",
        extra={
            "outcome": opened.outcome,
            "attempt": opened.attempt,
            "mode": opened.mode,
            "batches": opened.chunk_count,
            "products": opened.row_count,
        },
    )
    answer: dict[str, Any] = msgspec.to_builtins(opened)
    return answer


def _invalid(error: ValueError) -> dict[str, Any]:
    logger.exception("The execution's input names no job")
    return {"outcome": "INVALID_INPUT", "error": {"Error": "InvalidInput", "Cause": str(error)}}
