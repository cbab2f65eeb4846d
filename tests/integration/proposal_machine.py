"""The machine of proposals beside that of imports; `import_machine.py` says how."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from handlers import environment
from handlers.api import attributes as attributes_api
from handlers.api import jobs as jobs_api
from tests.api_calls import Reply, call
from tests.integration.definitions import definition_of
from tests.integration.import_machine import FINAL, ROLE, ImportMachine


def definition() -> str:
    return definition_of("attribute-proposal", ExportMaxConcurrency="4")


@dataclass
class ProposalMachine:
    imports: ImportMachine
    arn: str

    def ask(self, **body: Any) -> Reply:
        """`POST /attributes/proposals`."""
        return call(attributes_api.handler, "POST", "/attributes/proposals", body)

    def proposed(self, **body: Any) -> dict[str, Any]:
        """Ask, wait, and return the proposals as REST shows them."""
        reply = self.ask(**body)
        assert reply.status == 202, reply.text
        self.wait()
        return self.shown(reply.json["jobId"])

    def shown(self, job_id: str) -> dict[str, Any]:
        reply = call(attributes_api.handler, "GET", f"/attributes/proposals/{job_id}")
        assert reply.status == 200, reply.text
        return reply.json

    def accept(self, job_id: str, **body: Any) -> Reply:
        path = f"/attributes/proposals/{job_id}/accept"
        return call(attributes_api.handler, "POST", path, body)

    def job(self, job_id: str) -> dict[str, Any]:
        reply = call(jobs_api.handler, "GET", f"/processing-jobs/{job_id}")
        assert reply.status == 200, reply.text
        return reply.json

    def executions(self) -> list[dict[str, Any]]:
        client = self.imports.stepfunctions
        found: list[dict[str, Any]] = client.list_executions(stateMachineArn=self.arn)["executions"]
        return found

    def wait(self, seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while any(execution["status"] not in FINAL for execution in self.executions()):
            assert time.monotonic() < deadline, "an execution does not end"
            time.sleep(0.02)


@contextmanager
def proposal_machine(imports: ImportMachine) -> Iterator[ProposalMachine]:
    arn = imports.stepfunctions.create_state_machine(
        name="attribute-proposal", definition=definition(), roleArn=ROLE
    )["stateMachineArn"]
    imports.monkeypatch.setenv("PROPOSAL_STATE_MACHINE_ARN", arn)
    environment.settings.cache_clear()
    environment.proposal_machine.cache_clear()
    machine = ProposalMachine(imports, arn)
    try:
        yield machine
    finally:
        machine.wait()
