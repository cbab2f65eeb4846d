"""The machine of proposals beside that of imports; `import_machine.py` says how."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from handlers import environment
from handlers.api import attributes as attributes_api
from tests.api_calls import Reply, call
from tests.integration.definitions import definition_of
from tests.integration.import_machine import ROLE, ImportMachine
from tests.integration.job_machine import JobMachine


def definition() -> str:
    return definition_of("attribute-proposal", ExportMaxConcurrency="4")


class ProposalMachine(JobMachine):
    def ask(self, **body: Any) -> Reply:
        """`POST /attributes/proposals`."""
        return call(attributes_api.handler, "POST", "/attributes/proposals", body)

    def proposed(self, **body: Any) -> dict[str, Any]:
        """Ask, wait, and return the proposals as REST shows them."""
        reply = self.ask(**body)
        assert reply.status == 202, reply.text
        self.wait()
        return self.proposals(reply.json["jobId"])

    def proposals(self, job_id: str) -> dict[str, Any]:
        reply = call(attributes_api.handler, "GET", f"/attributes/proposals/{job_id}")
        assert reply.status == 200, reply.text
        return reply.json

    def accept(self, job_id: str, **body: Any) -> Reply:
        path = f"/attributes/proposals/{job_id}/accept"
        return call(attributes_api.handler, "POST", path, body)


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
