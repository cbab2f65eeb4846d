"""The approval's real state machine beside that of the import; `import_machine.py` says how."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from core.jobs.records import JobRecord
from handlers import environment
from handlers.api import products as products_api
from tests.api_calls import Reply, call
from tests.integration.definitions import definition_of
from tests.integration.import_machine import ROLE, ImportMachine
from tests.integration.job_machine import JobMachine


def definition() -> str:
    return definition_of("product-commit", CommitMaxConcurrency="2")


class CommitMachine(JobMachine):
    """An import machine to make jobs with, and the machine that approves them."""

    @property
    def products(self) -> Any:
        return self.imports.database["products"]

    def ask(self, job_id: object, **more: Any) -> Reply:
        """`POST /products/approve`, as API Gateway hands it over."""
        body = {"jobId": job_id, **more}
        return call(products_api.handler, "POST", "/products/approve", body)

    def approve(self, job_id: str, **more: Any) -> JobRecord:
        """Approve, wait, return the commit job."""
        reply = self.ask(job_id, **more)
        assert reply.status == 202, reply.text
        self.wait()
        return self.job(reply.json["jobId"])

    def catalogue(self) -> dict[str, dict[str, Any]]:
        """Every product of the catalogue, by id."""
        return {document["_id"]: document for document in self.products.find()}


@contextmanager
def commit_machine(imports: ImportMachine) -> Iterator[CommitMachine]:
    arn = imports.stepfunctions.create_state_machine(
        name="product-commit", definition=definition(), roleArn=ROLE
    )["stateMachineArn"]
    imports.monkeypatch.setenv("COMMIT_STATE_MACHINE_ARN", arn)
    environment.settings.cache_clear()
    environment.commit_machine.cache_clear()
    machine = CommitMachine(imports, arn)
    try:
        yield machine
    finally:
        machine.wait()
