"""`GET /audit`: who changed attributes, and who cancelled jobs or started them again."""

from __future__ import annotations

from typing import Any

import pytest

from handlers.api import attributes as attributes_api
from handlers.api import jobs as jobs_api
from tests.api_calls import Context, Reply, call, event, reply_of
from tests.integration.import_machine import ImportMachine, table


def audit(**query: str) -> Reply:
    requested = event("GET", "/audit")
    requested["queryStringParameters"] = query
    return reply_of(attributes_api.handler(requested, Context()))


def reported(**query: str) -> list[tuple[str, str]]:
    return [(each["action"], each["subject"]) for each in audit(**query).json["data"]]


def attribute(method: str, path: str, body: dict[str, Any] | None = None) -> None:
    reply = call(attributes_api.handler, method, f"/attributes{path}", body)
    assert reply.status < 300, reply.text


def test_what_happens_to_attributes_and_jobs_is_told_with_what_changed(
    machine: ImportMachine,
) -> None:
    attribute("POST", "", {"name": "Depth", "type": "number"})
    attribute("PUT", "/depth", {"description": "In cm", "max": 9})
    attribute("DELETE", "/depth")
    job = machine.import_file(table(("Name", "Price"), ("Chair", "10")))
    again = call(jobs_api.handler, "POST", f"/processing-jobs/{job.id}/reprocess", {})
    assert again.status == 202, again.text
    machine.wait()

    assert reported() == [
        ("job.restarted", job.id),
        ("attribute.deleted", "depth"),
        ("attribute.changed", "depth"),
        ("attribute.created", "depth"),
    ]
    changed = audit(action="attribute.changed").json["data"][0]
    assert (changed["before"], changed["after"]) == (
        {"description": ""},
        {"description": "In cm", "max": 9},
    )
    assert changed["by"] == "anonymous"
    assert reported(subject=job.id, limit="1") == [("job.restarted", job.id)]
    assert reported(by="user:someone") == []
    assert audit(limit="3").json["pagination"]["hasNextPage"] is True


def test_an_entry_about_thousands_of_options_is_shortened(machine: ImportMachine) -> None:
    options = [f"Option {number} {'x' * 30}" for number in range(1_000)]
    attribute("POST", "", {"name": "Many", "type": "single_select", "options": options})

    after = audit(subject="many").json["data"][0]["after"]

    assert after["name"] == "Many"
    assert after["options"].endswith("bytes, not kept)")


@pytest.mark.parametrize("query", [{"action": "nothing"}, {"limit": "x"}, {"$where": "1"}])
def test_a_query_that_is_not_understood_is_refused(
    machine: ImportMachine, query: dict[str, str]
) -> None:
    assert (audit(**query).status, audit(**query).json["code"]) == (400, "INVALID_QUERY")
