"""Profiles over the real handlers and the real machine: chosen by name, by key and by headers."""

from typing import Any

import pytest

from core.attributes.definitions import AttributeType
from core.attributes.requests import AttributeDraft
from core.jobs.records import JobStatus
from handlers.api import jobs, profiles, uploads
from tests.api_calls import Reply, call
from tests.integration.import_machine import ImportMachine

MAPPING = [
    {"headers": ["Artikel"], "attribute": "Name"},
    {"headers": ["Preis"], "attribute": "Price"},
]
NORDIC: dict[str, Any] = {
    "name": "nordic",
    "options": {"mapping": MAPPING, "locale": {"decimalSign": ","}},
    "matchHeaders": ["Artikel", "Preis", "Lager"],
}
DELIVERY = b"Artikel;Preis;Lager\nStuhl;1.299,50;3\nTisch;450,00;1\n"
NEXT = b"Lager;Preis;Artikel\n7;1.299,50;Bank\n"
"""With its columns in another order."""


def ask(method: str, path: str, body: Any = None, headers: Any = None) -> Reply:
    return call(profiles.handler, method, f"/import-profiles{path}", body, headers)


@pytest.fixture
def nordic(machine: ImportMachine) -> ImportMachine:
    created = ask("POST", "", NORDIC)
    assert created.status == 201, created.text
    return machine


def uploaded(machine: ImportMachine, data: bytes, **body: Any) -> str:
    """The key of an upload announced with this body."""
    ticket = call(uploads.handler, "POST", "/uploads/presigned-url", {"fileName": "f.csv", **body})
    assert ticket.status == 200, ticket.text
    return machine.upload(data, ticket.json["s3Key"])


def names_and_prices(machine: ImportMachine, job: Any) -> list[tuple[Any, Any]]:
    return [(p["Name"], p["Price"]) for p in machine.result(job)["products"]]


def shown(machine: ImportMachine, key: str) -> dict[str, Any]:
    job_id = machine.job(key).id
    return call(jobs.handler, "GET", f"/processing-jobs/{job_id}").json


def reprocessed(machine: ImportMachine, key: str, body: Any = None) -> Any:
    path = f"/processing-jobs/{machine.job(key).id}/reprocess"
    reply = call(jobs.handler, "POST", path, body)
    assert reply.status == 202, reply.text
    machine.wait()
    return machine.job(key)


def test_a_file_is_read_by_the_profile_that_its_upload_names(nordic: ImportMachine) -> None:
    job = nordic.import_file(DELIVERY, uploaded(nordic, DELIVERY, profile="nordic"))

    assert names_and_prices(nordic, job) == [("Stuhl", 1299.5), ("Tisch", 450)]
    profile = {"name": "nordic", "revision": 1, "chosenBy": "name"}
    assert shown(nordic, job.s3_key)["profile"] == profile


def test_a_file_dropped_under_the_name_of_a_profile_needs_no_call(nordic: ImportMachine) -> None:
    job = nordic.import_file(DELIVERY, "incoming/Nordic/2026/prices.csv")

    assert names_and_prices(nordic, job) == [("Stuhl", 1299.5), ("Tisch", 450)]
    profile = {"name": "nordic", "revision": 1, "chosenBy": "key"}
    assert shown(nordic, job.s3_key)["profile"] == profile


@pytest.mark.parametrize("options", [{}, {"headers": "loose", "locale": "auto"}])
def test_a_file_with_the_headers_of_a_profile_is_recognised(
    nordic: ImportMachine, options: dict[str, Any]
) -> None:
    job = nordic.import_file(NEXT, uploaded(nordic, NEXT, options=options))

    assert names_and_prices(nordic, job) == [("Bank", 1299.5)]
    profile = {"name": "nordic", "revision": 1, "chosenBy": "headers"}
    assert shown(nordic, job.s3_key)["profile"] == profile
    (notice,) = [n for n in job.notices if n.code == "PROFILE_RECOGNISED"]
    assert "“nordic”" in notice.message or '"nordic"' in notice.message
    assert job.options.mapping is not None, "frozen, so that it can be reprocessed"


def test_a_refused_file_keeps_the_profile_that_its_headers_chose(nordic: ImportMachine) -> None:
    data = b"Artikel;Preis;Lager\nStuhl;1.299,50;3\nTi\0sch;450,00;1\n"

    job = nordic.import_file(data, "dropped.csv")

    assert (job.status, job.error_code) == (JobStatus.FAILED, "NUL_BYTES")
    profile = {"name": "nordic", "revision": 1, "chosenBy": "headers"}
    assert shown(nordic, job.s3_key)["profile"] == profile
    assert job.options.mapping is not None, "frozen, so that it can be reprocessed"


def test_options_of_the_caller_leave_nothing_to_recognise(nordic: ImportMachine) -> None:
    key = uploaded(nordic, DELIVERY, options={"headers": "exact"})

    job = nordic.import_file(DELIVERY, key)

    assert job.profile is None
    assert [notice.code for notice in job.notices] == ["NO_MATCHING_COLUMN"]


def test_a_drop_for_nobody_is_refused_and_can_be_reprocessed(nordic: ImportMachine) -> None:
    key = "incoming/south/prices.csv"

    job = nordic.import_file(DELIVERY, key)

    assert (job.status, job.error_code) == (JobStatus.FAILED, "PROFILE_NOT_FOUND")
    assert "south" in (job.error_details or "")
    assert ask("POST", "", {"name": "south", "options": NORDIC["options"]}).status == 201
    again = reprocessed(nordic, key)
    assert names_and_prices(nordic, again) == [("Stuhl", 1299.5), ("Tisch", 450)]


def test_without_any_profile_folders_mean_nothing(machine: ImportMachine) -> None:
    job = machine.import_file(b"Name\nStuhl\n", "incoming/south/a.csv")
    assert (job.status, job.profile) == (JobStatus.COMPLETED, None)


def test_a_job_keeps_its_revision_and_the_next_version_takes_the_present_one(
    nordic: ImportMachine,
) -> None:
    key = "incoming/nordic/prices.csv"
    nordic.import_file(DELIVERY, key)
    point = {**NORDIC, "options": {"mapping": MAPPING, "locale": {"decimalSign": "."}}}
    assert ask("PUT", "/nordic", {**point, "revision": 1}).status == 200

    again = reprocessed(nordic, key)
    assert (again.attempt, again.profile.revision) == (2, 1)
    assert names_and_prices(nordic, again) == [("Stuhl", 1299.5), ("Tisch", 450)]

    asked = reprocessed(nordic, key, {"profile": "nordic", "options": {"onFault": "skip_value"}})
    assert (asked.profile.revision, asked.profile.chosen_by) == (2, "name")
    assert asked.options.on_fault == "skip_value"

    reprocessed(nordic, key, {"options": {}})
    later = nordic.import_file(b"Artikel;Preis\nBank;1,299.50\n", key)
    assert (later.profile and later.profile.revision) == 2
    assert names_and_prices(nordic, later) == [("Bank", 1299.5)]


def test_a_profile_that_does_not_fit_the_attributes_any_more_says_so(
    nordic: ImportMachine,
) -> None:
    nordic.define(AttributeDraft(name="Name", type=AttributeType.SHORT_TEXT))
    body = {"fileName": "f.csv", "profile": "nordic"}

    refused = call(uploads.handler, "POST", "/uploads/presigned-url", body)

    assert (refused.status, refused.json["code"]) == (409, "PROFILE_OUTDATED")
    assert "“Price”" in refused.json["error"]
    assert nordic.import_file(DELIVERY, "incoming/nordic/a.csv").error_code == "MAPPING_INVALID"


def test_options_beside_a_profile_are_checked_together(nordic: ImportMachine) -> None:
    steps = [{"attribute": "Price", "step": "convert", "unit": "kg"}]
    options = {"locale": "strict", "valueSteps": steps}
    for body in (
        {"profile": "nordic", "options": options},
        {"options": {"valueSteps": steps}},
    ):
        refused = call(
            uploads.handler, "POST", "/uploads/presigned-url", {"fileName": "f.csv", **body}
        )
        assert refused.status == 400, body
        assert refused.json["details"][0]["field"] == "options.valueSteps[0]"


def test_two_profiles_cannot_remember_the_same_headers(nordic: ImportMachine) -> None:
    headers = ["lager", "Preis", "Artikel "]
    assert ask("POST", "", {"name": "other", "matchHeaders": headers}).status == 201
    same = ask("PUT", "/other", {"matchHeaders": NORDIC["matchHeaders"][::-1], "revision": 1})
    assert (same.status, same.json["code"]) == (409, "PROFILE_HEADERS_TAKEN")
    assert "nordic" in same.json["error"]


def test_profiles_are_listed_replaced_by_revision_and_deleted(nordic: ImportMachine) -> None:
    listed = ask("GET", "").json
    assert [profile["name"] for profile in listed["data"]] == ["nordic"]
    assert listed["data"][0]["options"]["headers"] == "loose"

    stale = ask("PUT", "/nordic", NORDIC, {"If-Match": '"7"'})
    assert (stale.status, stale.json["code"]) == (412, "PROFILE_CHANGED")
    assert ask("PUT", "/nordic", {"name": "nordic", "revision": 1}).json["profile"] == {
        **ask("GET", "/nordic").json["profile"],
        "options": {"headers": "loose", "locale": "auto"},
        "revision": 2,
    }
    assert ask("DELETE", "/nordic", headers={"If-Match": '"1"'}).status == 412
    assert ask("DELETE", "/nordic", headers={"If-Match": '"2"'}).status == 200
    assert ask("GET", "/nordic").json["code"] == "PROFILE_NOT_FOUND"
    actions = [e["action"] for e in nordic.database["audit"].find().sort("_id", 1)]
    assert actions == ["profile.created", "profile.changed", "profile.deleted"]
