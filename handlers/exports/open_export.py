"""State OpenExport: `{executionArn, input}` in, the state of the execution out."""

from __future__ import annotations

from core.attributes.repository import AttributeRepository
from core.clock import now
from core.exports.model import ExportChunk, ExportRequest
from core.exports.opening import open_export
from core.fan_out import Opened
from core.jobs.repository import JobRepository
from core.products.fields import Catalogue
from core.products.repository import ProductRepository
from handlers import environment
from handlers.opening import opening_handler


def _open(execution_arn: str, request: ExportRequest) -> Opened[ExportChunk]:
    database = environment.database()
    return open_export(
        environment.store(),
        JobRepository(database),
        Catalogue(tuple(AttributeRepository(database).all())),
        ProductRepository(database),
        environment.settings(),
        execution_arn=execution_arn,
        request=request,
        now=now(),
    )


handler = opening_handler(
    _open, "Export", schema="pipeline/export-execution", request=ExportRequest
)
