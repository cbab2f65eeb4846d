"""The checks of answers find planted mistakes."""

from __future__ import annotations

from typing import Any

from core.api_description.document import describe, example_of
from tests.openapi_checks import faults, strict_document

DOCUMENT = describe()
STRICT = strict_document(DOCUMENT)


def schema_of(document: dict[str, Any], path: str) -> dict[str, Any]:
    answer = document["paths"][path]["get"]["responses"]["200"]
    schema: dict[str, Any] = answer["content"]["application/json"]["schema"]
    return schema


def test_a_field_that_nobody_described_is_noticed_at_every_depth() -> None:
    path = "/processing-jobs/{jobId}"
    job = example_of("getJob")["answers"]["200"]
    assert faults(STRICT, schema_of(STRICT, path), job) == []

    for grown in (
        {**job, "secret": 1},
        {**job, "progress": {**job["progress"], "secret": 1}},
        {**job, "counts": {**job["counts"], "secret": 1}},
        {**job, "ignoredColumns": [{**job["ignoredColumns"][0], "secret": 1}]},
    ):
        assert faults(STRICT, schema_of(STRICT, path), grown)
        assert faults(DOCUMENT, schema_of(DOCUMENT, path), grown) == [], "clients must not mind"


def test_a_field_that_is_missing_or_of_another_type_is_noticed() -> None:
    page = example_of("listProducts")["answers"]["200"]
    schema = schema_of(DOCUMENT, "/products")

    assert faults(DOCUMENT, schema, {**page, "pagination": {"currentPage": 1}})
    assert faults(DOCUMENT, schema, {**page, "data": [{"_id": 5}]})
    assert faults(DOCUMENT, schema, {**page, "data": [{"_id": "a", "createdAt": 5}]})
