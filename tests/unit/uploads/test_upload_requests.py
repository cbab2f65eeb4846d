"""Bodies of the two upload calls: what is accepted, and how every fault is reported."""

import re
from typing import Any

import pytest

from core.errors import InvalidRequest
from core.file_format import OnFault, ReadingOptions
from core.uploads.requests import read_process_request, read_upload_request


def refusal_of(body: dict[str, Any]) -> InvalidRequest:
    with pytest.raises(InvalidRequest) as refused:
        read_upload_request(body)
    return refused.value


@pytest.mark.parametrize(
    "name",
    [
        *("a.csv", "a.TSV", "a.tab", "a.txt", "a.psv", ".csv", "C:\\Daten\\Été 2026.csv"),
        *("a.xlsx", "a.XLSM", "a.xlsb", "a.xls", "a.b.ods"),
    ],
)
def test_each_supported_type_is_accepted_under_its_own_name(name: str) -> None:
    assert read_upload_request({"fileName": f" {name} "}).file_name == name


@pytest.mark.parametrize("name", ["a.pdf", "a.csv.exe", "a", "csv", "a.", ".", "a.csv/", "a.json"])
def test_an_unsupported_type_is_refused_with_the_supported_ones(name: str) -> None:
    error = refusal_of({"fileName": name})
    assert error.code == "UNSUPPORTED_FILE_TYPE"
    assert "csv, tsv" in error.message
    assert error.details == [{"field": "fileName", "message": error.message}]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "fileName"),
        ({"fileName": None}, "fileName"),
        ({"fileName": ""}, "fileName"),
        ({"fileName": "  "}, "fileName"),
        ({"fileName": 5}, "fileName"),
        ({"fileName": "x" * 252 + ".csv"}, "fileName"),
        ({"fileName": "a.csv", "contentType": "nonsense"}, "contentType"),
        ({"fileName": "a.csv", "contentType": "text/csv\r\nX: y"}, "contentType"),
        ({"fileName": "a.csv", "options": []}, "options"),
        ({"fileName": "a.csv", "options": {"delimiter": "ab"}}, "options.delimiter"),
        ({"fileName": "a.csv", "options": {"delimiter": '"'}}, "options.delimiter"),
        ({"fileName": "a.csv", "options": {"delimiter": "\n"}}, "options.delimiter"),
        ({"fileName": "a.csv", "options": {"encoding": ""}}, "options.encoding"),
        ({"fileName": "a.csv", "options": {"headerRow": 0}}, "options.headerRow"),
        ({"fileName": "a.csv", "options": {"headerRow": True}}, "options.headerRow"),
        ({"fileName": "a.csv", "options": {"headerRow": 1.5}}, "options.headerRow"),
        ({"fileName": "a.csv", "options": {"sheet": ""}}, "options.sheet"),
        ({"fileName": "a.csv", "options": {"onFault": "skip"}}, "options.onFault"),
        *(
            ({"fileName": "a.csv", "options": {"maxFaultyRowsPercent": percent}}, field)
            for percent in (-0.1, 100.5, "10", True, float("nan"), float("inf"))
            for field in ["options.maxFaultyRowsPercent"]
        ),
        ({"fileName": "a.csv", "options": {"delimter": ";"}}, "options.delimter"),
    ],
)
def test_one_mistake_is_one_fault_of_its_field(body: dict[str, Any], field: str) -> None:
    error = refusal_of(body)
    assert error.code == "INVALID_FIELDS"
    assert [detail["field"] for detail in error.details] == [field]
    assert field.rpartition(".")[2] in error.message


def test_a_policy_is_taken_over_and_a_wrong_one_told_with_those_that_exist() -> None:
    policy = {"onFault": "skip_value", "maxFaultyRowsPercent": 12.5}
    options = read_upload_request({"fileName": "a.csv", "options": policy}).reading.options
    assert options == ReadingOptions(on_fault=OnFault.SKIP_VALUE, max_faulty_rows_percent=12.5)

    error = refusal_of({"fileName": "a.csv", "options": {"onFault": "ignore"}})
    assert "must be one of skip_row, skip_value" in error.message
    assert "None" not in error.message


def test_every_option_at_fault_is_named_at_once() -> None:
    options = {"delimiter": ";;", "headerRow": 0, "sheet": "", "encoding": "utf-9"}

    error = refusal_of({"fileName": "a.csv", "options": options})

    named = {detail["field"] for detail in error.details}
    assert named == {f"options.{name}" for name in options}


def test_an_encoding_that_does_not_exist_is_told_before_the_upload() -> None:
    error = refusal_of({"fileName": "a.csv", "options": {"encoding": "utf-9"}})
    assert [detail["field"] for detail in error.details] == ["options.encoding"]
    assert re.search("utf-9.? is no encoding", error.message)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "^", ":", "a", "\\", " ", "tab"])
def test_a_delimiter_is_one_character_or_its_name(delimiter: str) -> None:
    request = read_upload_request({"fileName": "a.csv", "options": {"delimiter": delimiter}})
    assert request.reading.options == ReadingOptions(delimiter=delimiter)


def test_what_is_null_or_left_out_is_detected() -> None:
    for options in ({}, {"delimiter": None, "headerRow": None}, None):
        request = read_upload_request({"fileName": "a.csv", "options": options})
        assert request.reading.options == (None if options is None else ReadingOptions())
        assert request.content_type is None


def test_fields_that_the_portal_does_not_know_are_no_reason_to_refuse_an_upload() -> None:
    assert read_upload_request({"fileName": "a.csv", "fileSize": 5}).file_name == "a.csv"


def test_a_content_type_may_have_parameters() -> None:
    request = read_upload_request({"fileName": "a.csv", "contentType": "text/csv; charset=utf-8"})
    assert request.content_type == "text/csv; charset=utf-8"


@pytest.mark.parametrize("body", [{}, {"s3Key": None}, {"s3Key": ""}, {"s3Key": 5}, {"key": "a"}])
def test_a_wish_to_process_needs_a_key(body: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest) as refused:
        read_process_request(body)
    assert [detail["field"] for detail in refused.value.details] == ["s3Key"]


@pytest.mark.parametrize("bucket", [None, "any", 5, {"a": []}])
def test_the_bucket_of_a_wish_to_process_is_not_even_looked_at(bucket: Any) -> None:
    request = read_process_request({"s3Key": "a.csv", "s3Bucket": bucket})
    assert request.key == "a.csv"
