"""`make enrich` and `make accept`: the calls that their variables become, and what is printed."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from infra.client.rest import Rest
from infra.errors import LauncherError
from infra.operations.suggesting import accept, accepted_of, enrich, enrichment_of
from infra.operations.target import Target

SUGGESTION = {"attribute": "Colour", "value": "Red", "confidence": 0.7}
PREVIEW = {"_id": "B/1", "suggestions": [SUGGESTION]}


class Api(Rest):
    def __init__(self, answer: dict[str, Any], job: dict[str, Any] | None = None) -> None:
        super().__init__("http://nowhere.invalid")
        self.answer = answer
        self.last: dict[str, Any] = {"_id": "e1", "status": "COMPLETED", **(job or {})}
        self.sent: list[tuple[str, str, Any]] = []

    def call(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        self.sent.append((method, path, body))
        return self.last if method == "GET" else self.answer

    def json_at(self, url: str) -> dict[str, Any]:
        return {"enrichedProductsPreview": [PREVIEW] * 21}


def printed(api: Api, command: Any, code: int = 0, **environment: str) -> str:
    console = Console(file=io.StringIO(), width=160)
    target = Target("portal", api, "queue", "dead", lambda service: None, " STAGE=dev")
    assert command(target, environment, console) == code
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize(
    ("environment", "body"),
    [
        ({"FILTER": "?Brand=Acme"}, {"filter": "Brand=Acme"}),
        ({"ALL": "1", "DRY_RUN": "1"}, {"filter": {}, "dryRun": True}),
        (
            {"PRODUCTS": "a, b", "ATTRIBUTES": "Colour", "REPLACE": "Name", "MAX_USD": "1.5"},
            {
                "productIds": ["a", "b"],
                "attributes": ["Colour"],
                "replace": ["Name"],
                "budget": {"costUsd": 1.5},
            },
        ),
    ],
)
def test_the_order(environment: dict[str, str], body: dict[str, Any]) -> None:
    assert enrichment_of(environment) == {**body, "async": True}


@pytest.mark.parametrize(
    "environment",
    [{}, {"FILTER": "a=b", "PRODUCTS": "c"}, {"ALL": "0"}, {"ALL": "1", "MAX_USD": "much"}],
)
def test_a_choice_of_products_that_is_none_is_refused(environment: dict[str, str]) -> None:
    with pytest.raises(LauncherError, match=r"in one way|MAX_USD must be a number"):
        enrichment_of(environment)


def test_suggestions_are_shown_with_the_command_that_saves_them() -> None:
    job = {"message": "21 suggested.", "counts": {"suggestions": 21}, "resultDownloadUrl": "u"}
    said = printed(Api({"message": "Begun.", "jobId": "e1"}, job), enrich, ALL="1")
    assert said.count("Red") == 20
    assert "the first 20 products" in said
    assert "Save them all: make accept JOB=e1 STAGE=dev" in said


def test_nothing_suggested_names_no_next_step() -> None:
    job = {"message": "None.", "counts": {"suggestions": 0}, "resultDownloadUrl": "u"}
    said = printed(Api({"message": "Begun.", "jobId": "e1"}, job), enrich, ALL="1")
    assert "make accept" not in said


def test_an_estimate_starts_no_job() -> None:
    api = Api({"message": "About 0 USD.", "dryRun": True})
    assert printed(api, enrich, ALL="1", DRY_RUN="1") == "About 0 USD.\n"
    assert len(api.sent) == 1


def test_a_failed_job_of_suggestions_says_where_to_look() -> None:
    api = Api({"message": "Begun.", "jobId": "e1"}, {"status": "FAILED", "message": "No key."})
    assert "make logs JOB=e1 STAGE=dev" in printed(api, enrich, 1, ALL="1")


def test_what_is_accepted() -> None:
    assert accepted_of({}) == "all"
    rules = {"MIN_CONFIDENCE": "0.8", "ATTRIBUTES": "Colour,Weight", "PRODUCTS": "a"}
    assert accepted_of(rules) == {
        "minConfidence": 0.8,
        "attributes": ["Colour", "Weight"],
        "productIds": ["a"],
    }
    with pytest.raises(LauncherError, match="MIN_CONFIDENCE must be a number"):
        accepted_of({"MIN_CONFIDENCE": "high"})


def test_products_that_were_not_saved_are_named() -> None:
    refused = {"_id": "B/1", "outcome": "conflict", "faults": [{"message": "Another value."}]}
    answer = {"message": "1 updated.", "productsUpdated": 1, "outcomes": [{"_id": "a"}, refused]}
    api = Api(answer)
    said = printed(api, accept, JOB="e1")
    assert api.sent == [("PUT", "/products/bulk-update", {"jobId": "e1", "accept": "all"})]
    assert "B/1  Another value." in said
    assert "make export STAGE=dev" in said


def test_nothing_accepted_is_no_success() -> None:
    answer = {"message": "The highest is 0.7.", "productsUpdated": 0, "outcomes": []}
    said = printed(Api(answer), accept, 1, JOB="e1", MIN_CONFIDENCE="0.9")
    assert said == "The highest is 0.7.\n"


def test_many_are_saved_by_a_job_that_is_waited_for() -> None:
    job = {"_id": "c1", "status": "FAILED", "message": "Stopped."}
    api = Api({"message": "Will be saved.", "jobId": "c1"}, job)
    assert "make logs JOB=c1 STAGE=dev" in printed(api, accept, 1, JOB="e1")
