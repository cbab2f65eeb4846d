"""The machine of exports beside those of imports and approvals; `import_machine.py` says how."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from handlers import environment
from handlers.api import jobs as jobs_api
from handlers.api import products as products_api
from tests.api_calls import Reply, call
from tests.integration.definitions import definition_of
from tests.integration.import_machine import RESULTS, ROLE, ImportMachine
from tests.integration.job_machine import JobMachine


def definition() -> str:
    return definition_of("product-export", ExportMaxConcurrency="4")


class ExportMachine(JobMachine):
    def ask(self, job_id: str, **body: Any) -> Reply:
        """`POST /processing-jobs/{jobId}/exports`."""
        return call(jobs_api.handler, "POST", f"/processing-jobs/{job_id}/exports", body)

    def ask_catalogue(self, **body: Any) -> Reply:
        return call(products_api.handler, "POST", "/products/export", body)

    def done(self, reply: Reply) -> dict[str, Any]:
        """Wait for the end of the job; return it as REST shows it."""
        assert reply.status == 202, reply.text
        self.wait()
        return self.shown(reply.json["jobId"])

    def file(self, job: dict[str, Any]) -> bytes:
        suffix = job["order"]["format"]
        key = f"exports/{job['_id']}/{job['attempt']}/export.{suffix}"
        body: bytes = self.imports.s3.get_object(Bucket=RESULTS, Key=key)["Body"].read()
        return body

    def exported(self, job_id: str, **body: Any) -> bytes:
        job = self.done(self.ask(job_id, **body))
        assert job["status"] == "COMPLETED", job
        return self.file(job)


@contextmanager
def export_machine(imports: ImportMachine) -> Iterator[ExportMachine]:
    arn = imports.stepfunctions.create_state_machine(
        name="product-export", definition=definition(), roleArn=ROLE
    )["stateMachineArn"]
    imports.monkeypatch.setenv("EXPORT_STATE_MACHINE_ARN", arn)
    environment.settings.cache_clear()
    environment.export_machine.cache_clear()
    machine = ExportMachine(imports, arn)
    try:
        yield machine
    finally:
        machine.wait()
