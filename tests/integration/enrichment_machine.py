"""The enrichment's real state machine beside that of the import; `import_machine.py` says how."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from core.attributes.definitions import AttributeType
from core.attributes.requests import AttributeDraft
from core.jobs.records import JobRecord
from handlers import environment
from handlers.api import enrichment as enrichment_api
from handlers.api import jobs as jobs_api
from handlers.api import products as products_api
from tests.api_calls import Reply, call
from tests.integration.definitions import definition_of
from tests.integration.import_machine import ROLE, ImportMachine
from tests.integration.job_machine import JobMachine

ATTRIBUTES = (
    AttributeDraft(name="SKU", type=AttributeType.SHORT_TEXT, is_identifier=True),
    AttributeDraft(name="Name", type=AttributeType.SHORT_TEXT),
    AttributeDraft(name="Brand", type=AttributeType.SHORT_TEXT),
    AttributeDraft(name="Notes", type=AttributeType.LONG_TEXT),
    AttributeDraft(name="Description", type=AttributeType.LONG_TEXT),
    AttributeDraft(name="Colour", type=AttributeType.SINGLE_SELECT, options=("Red", "Blue")),
    AttributeDraft(name="Weight", type=AttributeType.MEASURE, unit="kg"),
    AttributeDraft(name="GTIN", type=AttributeType.BARCODE),
)
BOOT = {"SKU": "B/1", "Name": "Boot", "Brand": "Acme", "Notes": "A red boot of 2.5 kg"}
HAT = {"SKU": "H-2", "Name": "Hat", "Brand": "Umbra", "Notes": "Warm", "Description": "A hat"}


def definition() -> str:
    return definition_of("product-enrich", EnrichMaxConcurrency="2")


class EnrichmentMachine(JobMachine):
    """The machine, and the REST calls around it."""

    def ask(self, **body: Any) -> Reply:
        """`POST /products/enrich`, as API Gateway hands it over."""
        return call(enrichment_api.handler, "POST", "/products/enrich", body)

    def enrich(self, **body: Any) -> JobRecord:
        """Ask for a job, wait, return it."""
        reply = self.ask(**{"async": True, **body})
        assert reply.status == 202, reply.text
        self.wait()
        return self.job(reply.json["jobId"])

    def save(self, *products: dict[str, Any]) -> None:
        reply = call(
            products_api.handler, "POST", "/products/approve", {"products": list(products)}
        )
        assert reply.status == 200, reply.text
        assert reply.json["productsSaved"] == len(products), reply.text

    def update(self, **body: Any) -> Reply:
        return call(products_api.handler, "PUT", "/products/bulk-update", body)

    def cancel(self, job_id: str) -> Reply:
        return call(jobs_api.handler, "POST", f"/processing-jobs/{job_id}/cancel")

    def lines(self, job: JobRecord) -> list[dict[str, Any]]:
        """Of `suggestions.ndjson`."""
        files = self.imports.objects(f"results/{job.id}/{job.attempt}/")
        return [json.loads(line) for line in files["suggestions.ndjson"].splitlines()]

    def product(self, product_id: str) -> dict[str, Any]:
        found: dict[str, Any] | None = self.imports.database["products"].find_one(
            {"_id": product_id}
        )
        assert found is not None
        return found


@contextmanager
def enrichment_machine(imports: ImportMachine) -> Iterator[EnrichmentMachine]:
    arn = imports.stepfunctions.create_state_machine(
        name="product-enrich", definition=definition(), roleArn=ROLE
    )["stateMachineArn"]
    imports.monkeypatch.setenv("ENRICH_STATE_MACHINE_ARN", arn)
    imports.monkeypatch.setenv("SUGGEST_VALUES_FUNCTION", "suggest_values")
    imports.context.get_remaining_time_in_millis = lambda: 900_000
    environment.settings.cache_clear()
    environment.enrich_machine.cache_clear()
    environment.suggest_function.cache_clear()
    machine = EnrichmentMachine(imports, arn)
    try:
        yield machine
    finally:
        machine.wait()
