"""Proposals on the real machine: from a file without attributes to an import that is judged."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from core.attributes.definitions import AttributeType
from core.attributes.requests import AttributeDraft
from core.proposals.answering import show_proposals
from core.proposals.repository import ProposalJobs
from handlers import environment
from handlers.api import jobs as jobs_api
from tests.api_calls import Reply, call
from tests.integration.import_machine import ImportMachine, table
from tests.integration.proposal_machine import ProposalMachine, proposal_machine

ROWS = 12
FILE = table(
    ("Art.Nr.", "Name", "Price", "Colour", "Weight (kg)", "Note"),
    *(
        (
            f"A-{number}",
            f"Chair {number}",
            f"{number},90",
            ("red", "blue")[number % 2],
            f"{number}.5",
            "",
        )
        for number in range(ROWS)
    ),
)


@pytest.fixture
def proposals(machine: ImportMachine) -> Iterator[ProposalMachine]:
    machine.define()
    with proposal_machine(machine) as proposals:
        yield proposals


def by_name(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {proposal["attribute"]["name"]: proposal for proposal in found["proposals"]}


def outcomes(reply: Reply) -> dict[str, str]:
    assert reply.status == 200, reply.text
    return {entry["name"]: entry["outcome"] for entry in reply.json["attributes"]}


@pytest.mark.parametrize("scale", [{}, {"chunk_target_bytes": 60, "inline_map_max_chunks": 1}])
def test_a_refused_import_becomes_products_without_another_upload(
    machine: ImportMachine, proposals: ProposalMachine, scale: dict[str, Any]
) -> None:
    machine.configure(**scale)
    refused = machine.import_file(FILE)
    assert refused.error_code == "NO_ATTRIBUTES"

    found = proposals.proposed(jobId=refused.id)
    accepted = proposals.accept(found["jobId"])
    machine.wait()

    assert (found["status"], found["rows"], found["importJobId"]) == ("COMPLETED", 12, refused.id)
    assert {name: p["attribute"]["type"] for name, p in by_name(found).items()} == {
        "Art Nr": "short_text",
        "Name": "short_text",
        "Price": "number",
        "Colour": "single_select",
        "Weight": "measure",
    }
    assert [column["header"] for column in found["leftOut"]] == ["Note"]
    assert set(outcomes(accepted).values()) == {"created"}
    assert accepted.json["reprocess"]["started"], accepted.text
    job = proposals.shown(refused.id)
    assert (job["attempt"], job["counts"]["validRows"]) == (2, ROWS), job
    assert job["counts"]["faults"] == 0


def test_the_job_of_a_proposal_is_a_job_like_all(
    machine: ImportMachine, proposals: ProposalMachine
) -> None:
    key = machine.upload(FILE)

    found = proposals.proposed(s3Key=key, options={"delimiter": ","})

    job = proposals.shown(found["jobId"])
    assert (job["type"], job["status"]) == ("proposal", "COMPLETED")
    assert job["counts"] == {"rows": ROWS, "proposed": 5, "leftOut": 1}
    assert job["progress"] == {"stage": "finished", "percent": 100, "rows": ROWS}
    assert job["order"]["s3Key"] == key
    assert job["downloads"].keys() == {"result"}
    assert "importJobId" not in found  # no event was delivered, so there is no import


def test_an_attribute_that_exists_is_reported_and_not_changed(
    machine: ImportMachine, proposals: ProposalMachine
) -> None:
    job_id = machine.import_file(FILE).id
    found = proposals.proposed(jobId=job_id)
    first = proposals.accept(found["jobId"], attributes=["Name"], reprocess=False)
    machine.define(
        AttributeDraft(name="Name", type=AttributeType.SHORT_TEXT),
        AttributeDraft(name="Price", type=AttributeType.SHORT_TEXT),
    )

    again = proposals.accept(found["jobId"], attributes=["Name", "Price", "Colour"])

    assert outcomes(first) == {"Name": "created"}
    assert "reprocess" not in first.json
    assert outcomes(again) == {"Name": "exists", "Price": "differs", "Colour": "created"}
    assert "type" in again.json["attributes"][1]["fields"]
    stored = {a["name"]: a["type"] for a in machine.database["attributes"].find()}
    assert stored["Price"] == "short_text"


def test_a_proposal_can_be_edited_and_named_by_its_header(
    machine: ImportMachine, proposals: ProposalMachine
) -> None:
    found = proposals.proposed(jobId=machine.import_file(FILE).id)

    reply = proposals.accept(
        found["jobId"],
        attributes=[
            {"header": "Art.Nr.", "name": "SKU", "isIdentifier": True},
            {"name": "Colour", "type": "short_text", "maxLength": 20},
            {"name": "Price", "min": 5, "max": 1},
        ],
    )

    assert outcomes(reply) == {"SKU": "created", "Colour": "created", "Price": "refused"}
    assert reply.json["attributes"][2]["code"] == "INVALID_FIELDS"
    assert reply.json["reprocess"] == {
        "started": False,
        "code": "ATTRIBUTES_REFUSED",
        "message": "The import was not started again, since 1 attribute was refused.",
    }
    stored = {a["name"]: a for a in machine.database["attributes"].find()}
    assert stored["SKU"]["headers"] == ["Art.Nr."]
    assert "options" not in stored["Colour"] or not stored["Colour"]["options"]


def test_the_alternative_is_accepted_where_all_but_a_few_cells_are_numbers(
    machine: ImportMachine, proposals: ProposalMachine
) -> None:
    lines = [(f"A-{n}", str(n % 9)) for n in range(299)]
    job_id = machine.import_file(table(("SKU", "Stock"), *lines, ("A-299", "~40"))).id
    found = proposals.proposed(jobId=job_id)

    stock = {"name": "Stock", "use": "alternative"}
    reply = proposals.accept(found["jobId"], attributes=["SKU", stock])
    machine.wait()

    (better,) = (a for a in by_name(found)["Stock"]["alternatives"] if "attribute" in a)
    assert (better["faultyRows"], better["misfits"]) == (1, [{"row": 300, "value": "~40"}])
    assert outcomes(reply) == {"SKU": "created", "Stock": "created"}
    counts = proposals.shown(job_id)["counts"]
    assert (counts["validRows"], counts["invalidRows"]) == (299, 1)


def test_a_proposal_can_be_started_again_and_leaves_out_what_exists_by_then(
    machine: ImportMachine, proposals: ProposalMachine
) -> None:
    found = proposals.proposed(jobId=machine.import_file(FILE).id)
    proposals.accept(found["jobId"], attributes=["Name"], reprocess=False)

    path = f"/processing-jobs/{found['jobId']}/reprocess"
    assert call(jobs_api.handler, "POST", path).status == 202
    proposals.wait()

    again = proposals.proposals(found["jobId"])
    assert proposals.shown(found["jobId"])["attempt"] == 2
    assert by_name(again).keys() == by_name(found).keys() - {"Name"}
    assert again["leftOut"][0]["attribute"] == "Name"


def test_a_cancelled_proposal_proposes_nothing(
    machine: ImportMachine, proposals: ProposalMachine
) -> None:
    def cancel() -> None:
        (job,) = machine.database["jobs"].find({"type": "proposal"})
        reply = call(jobs_api.handler, "POST", f"/processing-jobs/{job['_id']}/cancel")
        assert reply.status == 200, reply.text

    machine.around("gather_evidence", before=cancel)
    found = proposals.proposed(s3Key=machine.upload(FILE))

    assert (found["status"], found["errorCode"]) == ("FAILED", "CANCELLED")
    assert "proposals" not in found
    assert proposals.accept(found["jobId"]).json["code"] == "PROPOSAL_FAILED"


def test_an_answer_has_as_many_proposals_as_fit_and_the_job_has_all(
    machine: ImportMachine, proposals: ProposalMachine
) -> None:
    found = proposals.proposed(s3Key=machine.upload(FILE))
    jobs = ProposalJobs(machine.database)

    def shown(limit: int) -> dict[str, Any]:
        store, settings = environment.store(), environment.settings()
        return show_proposals(found["jobId"], store, jobs, settings, limit=limit)

    part = shown(1_500)
    assert part["truncated"] and not found["truncated"]
    assert 0 < len(part["proposals"]) < len(found["proposals"])
    assert len(json.dumps(part)) < 2_000
    accepted = proposals.accept(found["jobId"], reprocess=False)
    assert len(outcomes(accepted)) == len(found["proposals"])


def test_calls_that_cannot_be_answered_say_why(
    machine: ImportMachine, proposals: ProposalMachine
) -> None:
    job_id = machine.import_file(FILE).id
    found = proposals.proposed(jobId=job_id)

    def code(reply: Reply) -> tuple[int, str]:
        return reply.status, reply.json["code"]

    assert code(proposals.ask()) == (400, "INVALID_FIELDS")
    assert code(proposals.ask(jobId=job_id, s3Key="a.csv")) == (400, "INVALID_FIELDS")
    assert code(proposals.ask(jobId="nothing")) == (404, "JOB_NOT_FOUND")
    assert code(proposals.ask(s3Key="nothing.csv")) == (404, "UPLOAD_NOT_FOUND")
    assert code(proposals.ask(jobId=found["jobId"])) == (409, "NOT_AN_IMPORT")
    assert code(proposals.accept(job_id)) == (409, "NOT_A_PROPOSAL")
    assert code(proposals.accept("nothing")) == (404, "JOB_NOT_FOUND")
    for wrong in (["Prise"], ["Price", "Price"], [{"name": "Price", "use": "alternative"}]):
        reply = proposals.accept(found["jobId"], attributes=wrong)
        assert code(reply) == (400, "INVALID_FIELDS"), wrong


def test_a_file_that_cannot_be_read_fails_the_job_with_the_reason(
    machine: ImportMachine, proposals: ProposalMachine
) -> None:
    found = proposals.proposed(s3Key=machine.upload(b"a,b\n\x00\x00\x00"))

    assert (found["status"], found["errorCode"]) == ("FAILED", "BINARY_FILE"), found
    reply = proposals.accept(found["jobId"])
    assert (reply.status, reply.json["code"]) == (409, "PROPOSAL_FAILED")
