"""The approval's real state machine beside that of the import; `import_machine.py` says how."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from core.jobs.records import JobRecord
from core.jobs.repository import JobRepository
from handlers import environment
from handlers.api import jobs as jobs_api
from handlers.api import products as products_api
from tests.api_calls import Reply, call
from tests.integration.definitions import definition_of
from tests.integration.import_machine import FINAL, RESULTS, ROLE, ImportMachine


def definition() -> str:
    return definition_of("product-commit", CommitMaxConcurrency="2")


@dataclass
class CommitMachine:
    """An import machine to make jobs with, and the machine that approves them."""

    imports: ImportMachine
    arn: str

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

    def shown(self, job_id: str) -> dict[str, Any]:
        """The job as `GET /processing-jobs/{id}` shows it."""
        reply = call(jobs_api.handler, "GET", f"/processing-jobs/{job_id}")
        assert reply.status == 200, reply.text
        return reply.json

    def job(self, job_id: str) -> JobRecord:
        record = JobRepository(self.imports.database).get(job_id)
        assert record is not None
        return record

    def executions(self) -> list[dict[str, Any]]:
        client = self.imports.stepfunctions
        found = client.list_executions(stateMachineArn=self.arn)["executions"]
        described = [client.describe_execution(executionArn=e["executionArn"]) for e in found]
        return sorted(described, key=lambda execution: execution["startDate"])

    def wait(self, seconds: float = 30) -> None:
        deadline = time.monotonic() + seconds
        while any(execution["status"] not in FINAL for execution in self.executions()):
            assert time.monotonic() < deadline, "an execution does not end"
            time.sleep(0.02)

    def restart(self, execution_arn: str) -> None:
        """What "New execution" in the console does."""
        client = self.imports.stepfunctions
        given = client.describe_execution(executionArn=execution_arn)["input"]
        client.start_execution(stateMachineArn=self.arn, name="restart", input=given)
        self.wait()

    def result(self, job: JobRecord) -> dict[str, Any]:
        body = self.imports.s3.get_object(Bucket=RESULTS, Key=job.result_s3_key)["Body"].read()
        result: dict[str, Any] = json.loads(body)
        return result

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
