"""Presigned forms, and what they share with uploads in parts: the handler on a real database."""

import base64
import json
import re
from typing import Any

import pytest
from pymongo.database import Database

from core.settings import GIB
from handlers.api.uploads import handler
from tests.api_calls import call
from tests.integration.direct_uploads_api import KEY, UPLOADS, job_of, limit, post

pytestmark = pytest.mark.usefixtures("direct_uploads")


def test_a_form_carries_its_limit_its_key_and_its_type_in_a_signed_policy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    limit(monkeypatch, 1_000)
    reply = post("presigned-post", {"fileName": "Été.csv", "contentType": "text/csv"})

    assert reply.status == 200
    form = reply.json
    assert form["uploadUrl"] == f"https://{UPLOADS}.s3.eu-central-1.amazonaws.com/"
    assert (form["method"], form["maxBytes"]) == ("POST", 1_000)
    assert form["expiresInSeconds"] == 3600
    assert re.fullmatch(KEY, form["s3Key"])
    assert form["fields"]["key"] == form["s3Key"]
    assert form["fields"]["Content-Type"] == "text/csv"
    assert form["fields"]["x-amz-algorithm"] == "AWS4-HMAC-SHA256"
    policy = json.loads(base64.b64decode(form["fields"]["policy"]))
    assert ["content-length-range", 0, 1_000] in policy["conditions"]
    assert {"key": form["s3Key"]} in policy["conditions"]
    assert {"Content-Type": "text/csv"} in policy["conditions"]
    assert form["message"]


def test_a_form_without_a_type_holds_none() -> None:
    assert "Content-Type" not in post("presigned-post", {"fileName": "a.csv"}).json["fields"]


def test_a_form_never_promises_more_than_one_request_carries(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    limit(monkeypatch, 50 * GIB)
    assert post("presigned-post", {"fileName": "a.csv"}).json["maxBytes"] == 5 * GIB
    reply = post("presigned-post", {"fileName": "a.csv", "fileSize": 6 * GIB})
    assert (reply.status, reply.json["code"]) == (413, "FILE_TOO_LARGE")
    assert "/uploads/multipart" in reply.json["error"]


def test_the_job_of_a_form_is_registered_with_its_reading_options() -> None:
    form = post("presigned-post", {"fileName": "Été.csv", "options": {"delimiter": ";"}}).json
    job = job_of(form)
    assert (job["status"], job["originalFileName"]) == ("PENDING", "Été.csv")
    assert (job["s3Key"], job["options"]) == (form["s3Key"], {"delimiter": ";"})


@pytest.mark.parametrize("path", ["presigned-post", "multipart"])
def test_a_file_over_the_limit_is_a_413_and_makes_no_job(
    path: str, monkeypatch: pytest.MonkeyPatch, database: Database[dict[str, Any]]
) -> None:
    limit(monkeypatch, 1_000)
    assert post(path, {"fileName": "a.csv", "fileSize": 1_000}).status == 200
    reply = post(path, {"fileName": "a.csv", "fileSize": 1_001})
    assert (reply.status, reply.json["code"]) == (413, "FILE_TOO_LARGE")
    assert "a.csv" in reply.json["error"]
    assert reply.json["details"] == [{"field": "fileSize", "maximum": 1_000}]
    assert database["jobs"].count_documents({}) == 1


@pytest.mark.parametrize("path", ["presigned-post", "multipart"])
def test_a_bad_announcement_is_a_400_that_names_every_field(path: str) -> None:
    reply = post(path, {"fileSize": -1, "contentType": 5, "options": {"headerRow": 0}})
    assert (reply.status, reply.json["code"]) == (400, "INVALID_FIELDS")
    fields = [detail["field"] for detail in reply.json["details"]]
    assert fields == ["contentType", "fileName", "fileSize", "options.headerRow"]
    reply = post(path, {"fileName": "a.exe", "fileSize": 1})
    assert (reply.status, reply.json["code"]) == (400, "UNSUPPORTED_FILE_TYPE")


@pytest.mark.parametrize(
    "path",
    [
        *("presigned-post", "multipart", "multipart/parts", "multipart/complete"),
        "multipart/abort",
    ],
)
def test_preflight_and_method_of_each_call(path: str) -> None:
    origin = {"Origin": "https://portal.example.test"}
    reply = call(handler, "OPTIONS", f"/uploads/{path}", headers=origin)
    assert reply.status == 204
    assert reply.headers["access-control-allow-methods"] == "OPTIONS, POST"
    assert call(handler, "GET", f"/uploads/{path}").status == 405
    assert call(handler, "POST", "/uploads/elsewhere").json["code"] == "ROUTE_NOT_FOUND"
