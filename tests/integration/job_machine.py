"""What the machines beside that of imports share; `import_machine.py` says how they run."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Any

from core.jobs.records import JobRecord
from core.jobs.repository import JobRepository
from handlers.api import jobs as jobs_api
from tests.api_calls import call
from tests.integration.import_machine import FINAL, RESULTS, ImportMachine


@dataclass
class JobMachine:
    """A state machine, and an import machine to make jobs with."""

    imports: ImportMachine
    arn: str

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
        """The oldest first."""
        client = self.imports.stepfunctions
        found = client.list_executions(stateMachineArn=self.arn)["executions"]
        described = [client.describe_execution(executionArn=e["executionArn"]) for e in found]
        return sorted(described, key=lambda execution: execution["startDate"])

    def wait(self, seconds: float = 90) -> None:
        """Until no execution runs."""
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
