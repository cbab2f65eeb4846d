"""What the pipeline's Lambdas take and give at their edges, and what they never load."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator

from core.imports.jobs.requests import ImportMessage, ImportRequest
from core.imports.model import Chunk
from core.schemas import load
from handlers.edges import checked, moment
from tests.sources import ROOT

EVENT: dict[str, Any] = {
    "version": "0",
    "id": "17793124-05d4-b198-2fde-7ededc63b103",
    "detail-type": "Object Created",
    "source": "aws.s3",
    "account": "111122223333",
    "time": "2026-03-01T12:00:00Z",
    "region": "eu-central-1",
    "resources": ["arn:aws:s3:::uploads"],
    "detail": {
        "version": "0",
        "bucket": {"name": "uploads"},
        "object": {
            "key": "user-uploads/a b+c%20ä.csv",
            "size": 5,
            "etag": "b1946ac92492d2347c6235b4d2611184",
            "version-id": "IYV3p45BT0ac8hjHg1houSdS1a.Mro8e",
            "sequencer": "617f08299329d189",
        },
        "request-id": "N4N7GDK58NMKJ12R",
        "requester": "123456789012",
        "source-ip-address": "1.2.3.4",
        "reason": "PutObject",
    },
}
REQUEST = {
    "jobId": "0b5f3c1e-27a5-4d0e-9a53-0d7c2f0f8f11",
    "bucket": "uploads",
    "key": "user-uploads/a.csv",
    "versionId": None,
    "fileName": "a.csv",
}


def with_object(**changes: Any) -> dict[str, Any]:
    event: dict[str, Any] = json.loads(json.dumps(EVENT))
    event["detail"]["object"] |= changes
    return event


def test_the_event_of_s3_is_read_without_decoding_its_key() -> None:
    message = ImportMessage.from_event(checked("pipeline/import-event", EVENT))

    assert message == ImportMessage(bucket="uploads", key="user-uploads/a b+c%20ä.csv")


def test_an_event_without_a_version_will_do() -> None:
    event = with_object()
    del event["detail"]["object"]["version-id"]

    assert checked("pipeline/import-event", event) is event
    assert checked("pipeline/import-event", with_object(**{"version-id": None}))


@pytest.mark.parametrize(
    "event",
    [
        [],
        "text",
        None,
        {},
        EVENT | {"source": "my.app"},
        EVENT | {"detail-type": "Object Deleted"},
        EVENT | {"detail": {"bucket": {"name": "uploads"}}},
        with_object(key=""),
        with_object(key=7),
        with_object(key="x" * 1025),
        {"Event": "s3:TestEvent", "Bucket": "uploads"},
    ],
    ids=lambda event: json.dumps(event)[:40],
)
def test_what_is_no_upload_event_is_refused(event: Any) -> None:
    with pytest.raises(ValueError, match="pipeline/import-event"):
        checked("pipeline/import-event", event)


@pytest.mark.parametrize(
    "changes",
    [
        {"jobId": "../../etc"},
        {"jobId": "0B5F3C1E-27A5-4D0E-9A53-0D7C2F0F8F11"},
        {"bucket": ""},
        {"versionId": 7},
        {"attempt": 3},
    ],
    ids=str,
)
def test_an_execution_takes_only_its_own_input(changes: dict[str, Any]) -> None:
    assert checked("pipeline/import-execution", REQUEST) == REQUEST
    with pytest.raises(ValueError, match=next(iter(changes))):
        checked("pipeline/import-execution", REQUEST | changes)


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        (
            "pipeline/import-execution",
            msgspec.convert(REQUEST | {"versionId": "v1", "restart": 1}, ImportRequest),
        ),
        ("pipeline/chunks", (Chunk(index=0, start=10, end=99, first_row=1, rows=5),)),
    ],
)
def test_what_the_code_writes_keeps_its_schema_field_by_field(schema: str, value: Any) -> None:
    document = load(schema)
    written = msgspec.to_builtins(value)
    Draft202012Validator.check_schema(document)
    Draft202012Validator(document).validate(json.loads(json.dumps(written)))
    one, shape = (
        (written[0], document["items"])
        if isinstance(written, list | tuple)
        else (written, document)
    )
    assert set(one) == set(shape["properties"])


@pytest.mark.parametrize("path", sorted((ROOT / "schemas" / "pipeline").glob("*.json")))
def test_a_schema_is_valid_and_named_after_its_file(path: Path) -> None:
    document = json.loads(path.read_text(encoding="utf-8"))

    Draft202012Validator.check_schema(document)
    assert document["$id"] == f"urn:product-portal:schemas:pipeline:{path.stem}"
    assert document["description"]


@pytest.mark.parametrize(
    "text", ["2026-03-01T12:00:00.123Z", "2026-03-01T12:00:00Z", "2026-03-01T12:00:00.123000+00:00"]
)
def test_times_of_every_engine_are_read_as_aware(text: str) -> None:
    assert moment(text).utcoffset() is not None
    assert moment(text).hour == 12


@pytest.mark.slow
@pytest.mark.parametrize(
    "handler", ["pipeline.plan_chunks", "pipeline.validate_chunk", "pipeline.aggregate_results"]
)
def test_column_work_never_loads_a_database_driver(handler: str) -> None:
    """Its functions are deployed without one."""
    assert loaded(handler, "pymongo", "bson", "jsonschema") == []


@pytest.mark.slow
@pytest.mark.parametrize(
    "handler",
    [
        *("pipeline.open_job", "pipeline.close_job", "pipeline.reject_job", "pipeline.fail_job"),
        *("triggers.start_import", "triggers.sweep_jobs"),
    ],
)
def test_database_work_never_loads_the_column_engine(handler: str) -> None:
    """Its functions are deployed without 170 MB of polars."""
    assert loaded(handler, "polars", "numpy", "fastexcel") == []


def loaded(handler: str, *packages: str) -> list[str]:
    code = f"import sys, handlers.{handler}; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return sorted({name.split(".")[0] for name in done.stdout.split()} & set(packages))


def test_every_handler_of_the_template_exists() -> None:
    template = (ROOT / "infra" / "template.yaml").read_text(encoding="utf-8")
    named = re.findall(r"Handler: handlers\.pipeline\.(\w+)\.handler", template)
    files = {path.stem for path in (ROOT / "handlers" / "pipeline").glob("*.py")}

    assert set(named) == files - {"__init__", "edges"}
