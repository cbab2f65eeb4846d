"""Where a schema lists words, they are exactly those that the code knows."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import pytest

from core.api_description.document import describe, example_of
from core.api_description.operation import Operation
from core.api_description.operations import OPERATIONS
from core.attributes.definitions import AttributeType
from core.file_format import FileKind
from core.job_control.progress import Stage
from core.jobs.records import JobStatus, JobType
from core.products.listing import RESERVED_PARAMETERS
from core.products.queries.filter_terms import Operator
from core.products.updates.bulk_updating import ItemOutcome

DOCUMENT = describe()


@pytest.mark.parametrize(
    ("component", "path", "words"),
    [
        ("Attribute", ("type",), AttributeType),
        ("CreateAttributeRequest", ("type",), AttributeType),
        ("ListedJob", ("status",), JobStatus),
        ("ListedJob", ("type",), JobType),
        ("ListedJob", ("format", "kind"), FileKind),
        ("Job", ("progress", "stage"), Stage),
    ],
)
def test_words_of_a_field(component: str, path: tuple[str, ...], words: type[StrEnum]) -> None:
    schema: Any = DOCUMENT["components"]["schemas"][component]
    for name in path:
        schema = schema["properties"][name]

    assert sorted(schema["enum"]) == sorted(word.value for word in words)


def test_outcomes_of_a_bulk_update() -> None:
    outcomes = DOCUMENT["components"]["schemas"]["BulkUpdate"]["properties"]["outcomes"]

    described = outcomes["items"]["properties"]["outcome"]["enum"]
    assert sorted(described) == sorted(outcome.value for outcome in ItemOutcome)


def test_parameters_of_the_product_list() -> None:
    described = {p["name"]: p for p in DOCUMENT["paths"]["/products"]["get"]["parameters"]}

    assert described.keys() - {"filters"} == RESERVED_PARAMETERS
    for operator in Operator:
        assert operator.value in described["filters"]["description"]


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.id)
def test_recorded_failures_have_codes_that_are_described(operation: Operation) -> None:
    for status, answer in example_of(operation.id)["answers"].items():
        described = {answer.status for answer in operation.answers}
        if int(status) >= 400 and int(status) not in described:
            assert answer["code"] in operation.codes(int(status)), status
