"""The machine of batches of restarts beside those of imports and approvals."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from handlers import environment
from handlers.api import jobs as jobs_api
from tests.api_calls import Reply, call
from tests.integration.definitions import definition_of
from tests.integration.import_machine import ROLE, ImportMachine
from tests.integration.job_machine import JobMachine


def definition() -> str:
    return definition_of("product-reprocess")


class ReprocessingMachine(JobMachine):
    def ask(self, **body: Any) -> Reply:
        """`POST /processing-jobs/reprocess`."""
        return call(jobs_api.handler, "POST", "/processing-jobs/reprocess", body)

    def run(self, **body: Any) -> dict[str, Any]:
        """Order a batch, wait for its end, and return it as REST shows it."""
        reply = self.ask(**body)
        assert reply.status == 202, reply.text
        self.wait()
        return self.shown(reply.json["jobId"])


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
