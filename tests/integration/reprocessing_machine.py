"""The machine of batches of restarts beside those of imports and approvals."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from handlers import environment
from handlers.api import jobs as jobs_api
from tests.api_calls import Reply, call
from tests.integration.definitions import definition_of
from tests.integration.import_machine import FINAL, ROLE, ImportMachine


def definition() -> str:
    return definition_of("product-reprocess")


@dataclass
class ReprocessingMachine:
    imports: ImportMachine
    arn: str

    def ask(self, **body: Any) -> Reply:
        """`POST /processing-jobs/reprocess`."""
        return call(jobs_api.handler, "POST", "/processing-jobs/reprocess", body)

    def shown(self, job_id: str) -> dict[str, Any]:
        reply = call(jobs_api.handler, "GET", f"/processing-jobs/{job_id}")
        assert reply.status == 200, reply.text
        return reply.json

    def run(self, **body: Any) -> dict[str, Any]:
        """Order a batch, wait for its end, and return it as REST shows it."""
        reply = self.ask(**body)
        assert reply.status == 202, reply.text
        self.wait()
        return self.shown(reply.json["jobId"])

    def executions(self) -> list[dict[str, Any]]:
        client = self.imports.stepfunctions
        found: list[dict[str, Any]] = client.list_executions(stateMachineArn=self.arn)["executions"]
        return found

    def wait(self, seconds: float = 90) -> None:
        deadline = time.monotonic() + seconds
        while any(execution["status"] not in FINAL for execution in self.executions()):
            assert time.monotonic() < deadline, "an execution does not end"
            time.sleep(0.05)


@contextmanager
def reprocessing_machine(imports: ImportMachine) -> Iterator[ReprocessingMachine]:
    arn = imports.stepfunctions.create_state_machine(
        name="product-reprocess", definition=definition(), roleArn=ROLE
    )["stateMachineArn"]
    imports.monkeypatch.setenv("REPROCESS_STATE_MACHINE_ARN", arn)
    environment.settings.cache_clear()
    environment.reprocess_machine.cache_clear()
    machine = ReprocessingMachine(imports, arn)
    try:
        yield machine
    finally:
        machine.wait()
