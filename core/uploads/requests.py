"""What a caller may say of an upload: the bodies of the two calls, checked and typed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from core.errors import InvalidRequest
from core.imports.model import ReadingOptions
from core.imports.option_requests import options_of
from core.schemas import FieldFault, field_faults, refuse, without_nulls

TEXT_SUFFIXES = ("csv", "tsv", "tab", "txt", "psv")
WORKBOOK_SUFFIXES = ("xlsx", "xlsm", "xlsb", "xls", "ods")


class UploadRequest(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Somebody wants to upload a file."""

    file_name: str
    """As on the caller's disk."""
    content_type: str | None = None
    """None leaves the browser free in what it sends."""
    options: ReadingOptions = ReadingOptions()


class ProcessRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody asks for the import of an object in the uploads bucket."""

    key: str
    options: ReadingOptions | None = None


def read_upload_request(body: Mapping[str, Any]) -> UploadRequest:
    """Raises InvalidRequest: `INVALID_FIELDS`, or `UNSUPPORTED_FILE_TYPE` for a file whose name
    promises nothing that can be imported. (What is inside is judged when it is read.)"""
    refuse(field_faults("requests/presigned-url", body))
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
        options=options_of(given) or ReadingOptions(),
    )


def read_process_request(body: Mapping[str, Any]) -> ProcessRequest:
    """Raises InvalidRequest `INVALID_FIELDS`. A bucket in the body is not even looked at."""
    refuse(field_faults("requests/process-file", body))
    given = without_nulls(body)
    return ProcessRequest(key=given["s3Key"], options=options_of(given))


def _unsupported(file_name: str) -> InvalidRequest:
    sentence = (
        f"“{file_name}” cannot be imported; choose a file of one of these types: "
        f"{', '.join((*TEXT_SUFFIXES, *WORKBOOK_SUFFIXES))}."
    )
    return InvalidRequest(
        "UNSUPPORTED_FILE_TYPE", sentence, [{"field": "fileName", "message": sentence}]
    )
