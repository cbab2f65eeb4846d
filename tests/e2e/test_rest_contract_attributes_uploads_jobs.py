"""The REST contract of attributes, uploads and jobs, as a browser on another origin meets it."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

import pytest
import urllib3

pytestmark = pytest.mark.e2e

PAGE = "https://portal.example.test"
PATIENCE_SECONDS = 120
FINAL = {"COMPLETED", "COMPLETED_WITH_ISSUES", "FAILED"}

# Optional, and taken away afterwards: other tests import files into the same stack.
MEASURE = {"name": "Größe-Netto", "type": "measure", "unit": "cm", "description": "Am Regal"}
COLUMN = "Contract Column"


@dataclass
class Reply:
    status: int
    headers: Mapping[str, str]
    data: bytes

    @property
    def json(self) -> dict[str, Any]:
        parsed: dict[str, Any] = json.loads(self.data)
        return parsed


class Browser:
    """Sends what a page on another origin sends, and holds every answer to CORS."""

    def __init__(self, api_url: str) -> None:
        self._api_url = api_url.rstrip("/")
        self._http = urllib3.PoolManager(timeout=30, retries=False)

    def send(self, method: str, url: str, body: bytes | None = None, **headers: str) -> Reply:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = self._http.request(method, url, body=body, headers={"Origin": PAGE, **named})
        assert answer.headers.get("Access-Control-Allow-Origin") in ("*", PAGE), (method, url)
        return Reply(answer.status, answer.headers, answer.data)

    def ask(self, method: str, path: str, body: Any = None) -> Reply:
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        return self.send(method, self._api_url + path, data, Content_Type="application/json")

    def preflight(self, url: str, method: str) -> Reply:
        if url.startswith("/"):
            url = self._api_url + url
        return self.send(
            "OPTIONS",
            url,
            Access_Control_Request_Headers="content-type",
            Access_Control_Request_Method=method,
        )


@pytest.fixture(scope="module")
def browser(stack: dict[str, Any]) -> Browser:
    return Browser(stack["apiUrl"])


@pytest.fixture(scope="module")
def column(browser: Browser) -> Iterator[str]:
    """An attribute for the files of these tests."""
    reply = browser.ask("POST", "/attributes", {"name": COLUMN, "type": "short_text"})
    assert reply.status == 201, reply.data
    yield COLUMN
    browser.ask("DELETE", f"/attributes/{reply.json['attribute']['_id']}")


@pytest.fixture
def measure(browser: Browser) -> Iterator[dict[str, Any]]:
    reply = browser.ask("POST", "/attributes", MEASURE)
    assert reply.status == 201, reply.data
    attribute: dict[str, Any] = reply.json["attribute"]
    yield attribute
    browser.ask("DELETE", f"/attributes/{quote(attribute['_id'])}")


def names(browser: Browser) -> list[str]:
    return [attribute["name"] for attribute in browser.ask("GET", "/attributes").json["data"]]


# attributes


def test_an_attribute_lives_through_all_four_calls(
    browser: Browser, measure: dict[str, Any]
) -> None:
    assert measure["_id"] == "größe_netto"
    assert datetime.fromisoformat(measure["createdAt"]).utcoffset() is not None
    assert (measure["isFilterable"], measure["isSortable"], measure["isRequired"]) == (
        *(True, True, False),
    )
    assert MEASURE["name"] in names(browser)

    path = f"/attributes/{quote(measure['_id'])}"
    changed = browser.ask("PUT", path, {"unit": "mm", "isSortable": False})
    assert (changed.status, changed.json["attribute"]["unit"]) == (200, "mm")
    assert changed.json["message"]

    deleted = browser.ask("DELETE", path)
    assert deleted.status == 200
    assert deleted.json["message"]
    assert MEASURE["name"] not in names(browser)
    for method, body in (("PUT", {"unit": "mm"}), ("DELETE", None)):
        gone = browser.ask(method, path, body)
        assert (gone.status, gone.json["code"]) == (404, "ATTRIBUTE_NOT_FOUND")


@pytest.mark.usefixtures("measure")
@pytest.mark.parametrize("name", ["Größe-Netto", "größe netto"])
def test_a_name_or_id_that_exists_is_a_409(browser: Browser, name: str) -> None:
    reply = browser.ask("POST", "/attributes", {**MEASURE, "name": name})
    assert (reply.status, reply.json["code"]) == (409, "ATTRIBUTE_EXISTS")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "MALFORMED_JSON"),
        (b'{"name": "\xff"}', "INVALID_FIELDS"),
        ([], "BODY_NOT_AN_OBJECT"),
        ({"type": "number"}, "INVALID_FIELDS"),
        ({"name": "X", "type": "colour"}, "INVALID_FIELDS"),
        ({"name": "X", "type": "single_select"}, "INVALID_FIELDS"),
        ({"name": "X", "type": "number", "unit": "kg"}, "INVALID_FIELDS"),
    ],
)
def test_a_bad_attribute_is_a_400_with_sentence_code_and_details(
    browser: Browser, body: Any, code: str
) -> None:
    reply = browser.ask("POST", "/attributes", body)
    assert (reply.status, reply.json["code"]) == (400, code)
    assert reply.json["error"].endswith((".", "?"))
    assert isinstance(reply.json["details"], list)


def test_a_change_of_name_or_type_or_of_nothing_is_a_400(
    browser: Browser, measure: dict[str, Any]
) -> None:
    path = f"/attributes/{quote(measure['_id'])}"
    for body in ({}, {"name": "Other"}, {"type": "number"}, {"options": ["a"]}):
        assert browser.ask("PUT", path, body).status == 400


# CORS, on what answers and on what does not


@pytest.mark.parametrize(
    ("path", "method"),
    [
        ("/attributes", "POST"),
        ("/attributes/gr%C3%B6%C3%9Fe", "PUT"),
        ("/uploads/presigned-url", "POST"),
        ("/uploads/process-file", "POST"),
        ("/processing-jobs/x", "GET"),
    ],
)
def test_a_preflight_grants_what_the_page_asks_for(
    browser: Browser, path: str, method: str
) -> None:
    reply = browser.preflight(path, method)
    assert reply.status in (200, 204)
    assert method in reply.headers["Access-Control-Allow-Methods"]
    assert "content-type" in reply.headers["Access-Control-Allow-Headers"].lower()


def test_what_does_not_exist_answers_in_the_contracts_shape(browser: Browser) -> None:
    for method, path, status in (
        ("GET", "/nothing/here", 404),
        ("GET", f"/processing-jobs/{uuid.uuid4()}", 404),
        ("POST", "/uploads/process-file", 400),
    ):
        reply = browser.ask(method, path, {} if method == "POST" else None)
        assert reply.status == status
        assert {"error", "code", "details"} <= reply.json.keys()


# uploads and jobs


def wait(browser: Browser, job_id: str) -> tuple[dict[str, Any], list[int]]:
    """The finished job, and the percents of its progress as they were seen."""
    percents = []
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        job = browser.ask("GET", f"/processing-jobs/{job_id}").json
        percents.append(job["progress"]["percent"])
        if job["status"] in FINAL:
            return job, percents
        time.sleep(0.1)
    raise AssertionError(f"the job did not finish: {job}")


def test_a_browser_uploads_a_file_watches_the_job_and_fetches_the_result(
    browser: Browser, column: str
) -> None:
    ticket = browser.ask(
        "POST",
        "/uploads/presigned-url",
        {"fileName": "Frühjahr 2026.csv", "contentType": "text/csv"},
    )
    assert ticket.status == 200
    key, job_id = ticket.json["s3Key"], ticket.json["jobId"]
    assert key == f"user-uploads/{job_id}/Fr_hjahr_2026.csv"

    before = browser.ask("GET", f"/processing-jobs/{job_id}")
    assert (before.status, before.json["status"]) == (200, "PENDING")
    early = browser.ask("POST", "/uploads/process-file", {"s3Key": key, "s3Bucket": "x"})
    assert (early.status, early.json["jobId"]) == (202, job_id)

    url = ticket.json["uploadUrl"]
    assert browser.preflight(url, "PUT").status == 200
    sent = browser.send("PUT", url, f"{column}\nAcme\nBeta\n".encode(), Content_Type="text/csv")
    assert sent.status == 200
    requested = browser.ask("POST", "/uploads/process-file", {"s3Key": key, "s3Bucket": "x"})
    assert (requested.status, requested.json["jobId"]) == (202, job_id)

    job, percents = wait(browser, job_id)
    assert (job["status"], job.get("errorDetails")) == ("COMPLETED", None)
    assert (job["_id"], job["attempt"]) == (job_id, 1)
    assert job["originalFileName"] == "Frühjahr 2026.csv"
    assert percents == sorted(percents)
    assert percents[-1] == 100
    assert b"null" not in browser.ask("GET", f"/processing-jobs/{job_id}").data

    result = browser.send("GET", job["resultDownloadUrl"])
    assert result.status == 200
    assert result.json["jobId"] == job_id
    assert result.json["products"] == [{column: "Acme"}, {column: "Beta"}]
    for url in job["downloads"].values():
        assert browser.send("GET", url).status == 200

    again = browser.ask("POST", "/uploads/process-file", {"s3Key": key})
    assert (again.status, again.json["jobId"]) == (202, job_id)
    assert browser.ask("GET", f"/processing-jobs/{job_id}").json["attempt"] == 1


def test_an_upload_without_its_content_type_is_refused(browser: Browser) -> None:
    ticket = browser.ask(
        "POST", "/uploads/presigned-url", {"fileName": "a.csv", "contentType": "text/csv"}
    )
    sent = browser.send("PUT", ticket.json["uploadUrl"], b"a\n", Content_Type="text/html")
    assert sent.status == 403


def test_an_unsupported_file_is_a_400_before_anything_is_sent(browser: Browser) -> None:
    reply = browser.ask("POST", "/uploads/presigned-url", {"fileName": "a.pdf"})
    assert (reply.status, reply.json["code"]) == (400, "UNSUPPORTED_FILE_TYPE")


def test_processing_what_was_never_uploaded_is_a_404(browser: Browser) -> None:
    reply = browser.ask("POST", "/uploads/process-file", {"s3Key": "nowhere.csv"})
    assert (reply.status, reply.json["code"]) == (404, "UPLOAD_NOT_FOUND")
