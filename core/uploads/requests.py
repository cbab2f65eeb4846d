"""The bodies of the upload calls, checked and typed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from core.errors import InvalidRequest
from core.imports.reading_options import ReadingRequest, option_faults, requested_reading
from core.schemas import FieldFault, field_faults, load, refuse, without_nulls
from core.storage.direct_uploads import UploadedPart

TEXT_SUFFIXES = ("csv", "tsv", "tab", "txt", "psv")
WORKBOOK_SUFFIXES = ("xlsx", "xlsm", "xlsb", "xls", "ods")


class UploadRequest(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A request to upload a file."""

    file_name: str
    """The name on the caller's disk."""
    content_type: str | None = None
    """None lets the browser choose."""
    file_size: int | None = None
    """Bytes; None if the caller does not announce the size."""
    reading: ReadingRequest = ReadingRequest()


class ProcessRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request to import an object of the uploads bucket."""

    key: str
    reading: ReadingRequest = ReadingRequest()


class MultipartUpload(msgspec.Struct, frozen=True, kw_only=True):
    """A multipart upload in progress, as the caller identifies it."""

    key: str
    upload_id: str


class MorePartsRequest(MultipartUpload, frozen=True, kw_only=True):
    part_numbers: tuple[int, ...]


class CompletionRequest(MultipartUpload, frozen=True, kw_only=True):
    parts: tuple[UploadedPart, ...]
    """Sorted by number, without duplicates."""


def read_upload_request(
    body: Mapping[str, Any], schema: str = "requests/presigned-url"
) -> UploadRequest:
    """Read a body that announces a file, by any of the schemas that do. Raises InvalidRequest:
    `INVALID_FIELDS`, or `UNSUPPORTED_FILE_TYPE` for a file name without a supported suffix. (The
    content is checked when it is read.)"""
    refuse([*field_faults(schema, body), *option_faults(body)])
    given = without_nulls(body)
    file_name = given["fileName"].strip()
    if not file_name:
        refuse([FieldFault("fileName", "“fileName” must not be empty.")])
    _, dot, suffix = file_name.rpartition(".")
    if not dot or suffix.lower() not in (*TEXT_SUFFIXES, *WORKBOOK_SUFFIXES):
        raise _unsupported(file_name)
    return UploadRequest(
        file_name=file_name,
        content_type=given.get("contentType", "").strip() or None,
        file_size=_file_size(given, schema),
        reading=requested_reading(given),
    )


def read_process_request(body: Mapping[str, Any]) -> ProcessRequest:
    """Raises InvalidRequest `INVALID_FIELDS`. A bucket in the body is ignored."""
    refuse([*field_faults("requests/process-file", body), *option_faults(body)])
    given = without_nulls(body)
    return ProcessRequest(key=given["s3Key"], reading=requested_reading(given))


def read_more_parts_request(body: Mapping[str, Any]) -> MorePartsRequest:
    """Raises InvalidRequest `INVALID_FIELDS`."""
    refuse(field_faults("requests/multipart-parts", body))
    numbers = sorted({int(number) for number in body["partNumbers"]})
    return MorePartsRequest(
        key=body["s3Key"], upload_id=body["uploadId"], part_numbers=tuple(numbers)
    )


def read_completion_request(body: Mapping[str, Any]) -> CompletionRequest:
    """Raises InvalidRequest `INVALID_FIELDS`, also if a part is named twice."""
    refuse(field_faults("requests/multipart-complete", body))
    parts: dict[int, UploadedPart] = {}
    faults: list[FieldFault] = []
    for position, given in enumerate(body["parts"]):
        number = int(given["partNumber"])
        if number in parts:
            field = f"parts[{position}].partNumber"
            faults.append(FieldFault(field, f"“{field}” names part {number} a second time."))
        parts[number] = UploadedPart(number, given["etag"].strip().strip('"'))
    refuse(faults)
    ordered = tuple(parts[number] for number in sorted(parts))
    return CompletionRequest(key=body["s3Key"], upload_id=body["uploadId"], parts=ordered)


def read_abort_request(body: Mapping[str, Any]) -> MultipartUpload:
    """Raises InvalidRequest `INVALID_FIELDS`."""
    refuse(field_faults("requests/multipart-abort", body))
    return MultipartUpload(key=body["s3Key"], upload_id=body["uploadId"])


def _file_size(given: Mapping[str, Any], schema: str) -> int | None:
    # presigned-url has no such field, but ignores unknown ones
    is_field = "fileSize" in load(schema)["properties"]
    return int(given["fileSize"]) if is_field and "fileSize" in given else None


def _unsupported(file_name: str) -> InvalidRequest:
    sentence = (
        f"“{file_name}” cannot be imported; choose a file of one of these types: "
        f"{', '.join((*TEXT_SUFFIXES, *WORKBOOK_SUFFIXES))}."
    )
    return InvalidRequest(
        "UNSUPPORTED_FILE_TYPE", sentence, [{"field": "fileName", "message": sentence}]
    )
