"""Bodies of the calls for forms and parts, and how a file is cut into parts."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InvalidRequest
from core.file_format import ReadingOptions
from core.settings import GIB, MIB
from core.storage.direct_uploads import PART_MAX_BYTES, UploadedPart
from core.storage.parts import LEAST_PART_BYTES, MOST_PARTS
from core.uploads.multipart import PART_BYTES, part_size_for
from core.uploads.requests import (
    read_abort_request,
    read_completion_request,
    read_more_parts_request,
    read_upload_request,
)

NAMED = {"s3Key": "user-uploads/x/a.csv", "uploadId": "u"}


@given(size=st.integers(1, 5 * 1024 * GIB))
def test_every_file_that_s3_can_hold_is_cut_into_parts_that_s3_takes(size: int) -> None:
    part = part_size_for(size)
    count = -(-size // part)
    assert LEAST_PART_BYTES <= part <= PART_MAX_BYTES
    assert part % MIB == 0
    assert 1 <= count <= 1_024 < MOST_PARTS, "an answer holds a URL for each"


@pytest.mark.parametrize(
    ("size", "part", "count"),
    [
        (1, PART_BYTES, 1),
        (PART_BYTES, PART_BYTES, 1),
        (PART_BYTES + 1, PART_BYTES, 2),
        (6 * GIB, PART_BYTES, 96),
        (100 * GIB, 103 * MIB, 995),
        (5 * 1024 * GIB, 5 * GIB, 1024),
    ],
)
def test_parts_grow_only_when_there_would_be_too_many(size: int, part: int, count: int) -> None:
    assert (part_size_for(size), -(-size // part_size_for(size))) == (part, count)


@pytest.mark.parametrize(
    ("schema", "body", "fields"),
    [
        ("presigned-post", {}, ["fileName"]),
        ("presigned-post", {"fileName": "a.csv", "fileSize": -1}, ["fileSize"]),
        ("presigned-post", {"fileName": "a.csv", "fileSize": "5"}, ["fileSize"]),
        ("presigned-post", {"fileName": "a.csv", "contentType": "csv"}, ["contentType"]),
        ("presigned-post", {"fileName": "a.csv", "options": {"sheet": ""}}, ["options.sheet"]),
        ("multipart", {}, ["fileName", "fileSize"]),
        ("multipart", {"fileName": "a.csv"}, ["fileSize"]),
        ("multipart", {"fileName": "a.csv", "fileSize": None}, ["fileSize"]),
        ("multipart", {"fileName": "a.csv", "fileSize": 0}, ["fileSize"]),
        ("multipart", {"fileName": "a.csv", "fileSize": True}, ["fileSize"]),
        ("multipart", {"fileName": "a.csv", "fileSize": 1.5}, ["fileSize"]),
        ("multipart", {"fileName": " ", "fileSize": 1}, ["fileName"]),
        ("multipart", {"fileName": "a.csv", "fileSize": 1, "options": []}, ["options"]),
    ],
)
def test_an_announcement_with_mistakes_names_each(
    schema: str, body: dict[str, Any], fields: list[str]
) -> None:
    with pytest.raises(InvalidRequest) as refused:
        read_upload_request(body, f"requests/{schema}")
    assert refused.value.code == "INVALID_FIELDS"
    assert [detail["field"] for detail in refused.value.details] == fields


@pytest.mark.parametrize("schema", ["presigned-post", "multipart"])
def test_an_announcement_says_name_size_type_and_options(schema: str) -> None:
    body = {
        "fileName": " Été.csv ",
        "fileSize": 7.0,
        "contentType": "text/csv",
        "options": {"delimiter": ";"},
    }
    request = read_upload_request(body, f"requests/{schema}")
    assert (request.file_name, request.file_size) == ("Été.csv", 7)
    assert request.content_type == "text/csv"
    assert request.reading.options == ReadingOptions(delimiter=";")


@pytest.mark.parametrize("schema", ["presigned-post", "multipart"])
def test_an_unsupported_type_is_refused_whatever_the_way(schema: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        read_upload_request({"fileName": "a.pdf", "fileSize": 1}, f"requests/{schema}")
    assert refused.value.code == "UNSUPPORTED_FILE_TYPE"


def test_parts_are_put_into_order_and_their_etags_are_bare() -> None:
    parts = [{"partNumber": 2, "etag": '"b"'}, {"partNumber": 1.0, "etag": " a "}]
    request = read_completion_request({**NAMED, "parts": parts})
    assert request.parts == (UploadedPart(1, "a"), UploadedPart(2, "b"))
    assert (request.key, request.upload_id) == (NAMED["s3Key"], "u")


@pytest.mark.parametrize(
    ("parts", "fields"),
    [
        (None, ["parts"]),
        ([], ["parts"]),
        ({}, ["parts"]),
        ([{"partNumber": 1}], ["parts[0].etag"]),
        ([{"etag": "a"}], ["parts[0].partNumber"]),
        ([{"partNumber": 0, "etag": "a"}], ["parts[0].partNumber"]),
        ([{"partNumber": 10_001, "etag": "a"}], ["parts[0].partNumber"]),
        ([{"partNumber": 1, "etag": ""}], ["parts[0].etag"]),
        (["a"], ["parts[0]"]),
        (
            [{"partNumber": 1, "etag": "a"}, {"partNumber": 1, "etag": "b"}],
            ["parts[1].partNumber"],
        ),
    ],
)
def test_a_list_of_parts_with_mistakes_names_each(parts: Any, fields: list[str]) -> None:
    with pytest.raises(InvalidRequest) as refused:
        read_completion_request({**NAMED, "parts": parts})
    assert refused.value.code == "INVALID_FIELDS"
    assert [detail["field"] for detail in refused.value.details] == fields


@pytest.mark.parametrize("missing", ["s3Key", "uploadId"])
def test_an_upload_is_named_by_key_and_id(missing: str) -> None:
    body: dict[str, Any] = {name: value for name, value in NAMED.items() if name != missing}
    for read, more in (
        (read_abort_request, {}),
        (read_more_parts_request, {"partNumbers": [1]}),
        (read_completion_request, {"parts": [{"partNumber": 1, "etag": "a"}]}),
    ):
        with pytest.raises(InvalidRequest) as refused:
            read({**body, **more})
        assert [detail["field"] for detail in refused.value.details] == [missing]


@pytest.mark.parametrize("numbers", [None, [], [0], [10_001], ["1"], list(range(1, 1_002))])
def test_numbers_of_parts_are_checked(numbers: Any) -> None:
    with pytest.raises(InvalidRequest) as refused:
        read_more_parts_request({**NAMED, "partNumbers": numbers})
    assert refused.value.details[0]["field"].startswith("partNumbers")


def test_numbers_of_parts_may_come_twice_and_in_any_order() -> None:
    assert read_more_parts_request({**NAMED, "partNumbers": [3, 1, 3]}).part_numbers == (1, 3)
