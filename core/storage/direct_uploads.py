"""Uploads that clients send directly to S3: by a form (presigned POST), or in parts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

GIB = 1024**3
POST_MAX_BYTES = 5 * GIB
"""The limit of S3 for one request, PUT or POST."""
PART_MAX_BYTES = 5 * GIB


class UploadUnknown(Exception):
    """S3 has no such multipart upload: it was never begun, or it was completed, aborted, or has
    expired."""


class PartsRefused(Exception):
    """S3 cannot assemble these parts. The message is S3's own."""


@dataclass(frozen=True, slots=True)
class UploadForm:
    url: str
    fields: dict[str, str]
    """To be sent unchanged, before the file."""


@dataclass(frozen=True, slots=True)
class UploadedPart:
    number: int
    """From 1."""
    etag: str
    size: int = 0
    """Bytes; 0 (unknown) for a part that a client names."""


class DirectUploads:
    """Uploads that bypass the functions. `client` is a boto3 S3 client with
    `signature_version="s3v4"`."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def form(
        self, bucket: str, key: str, seconds: int, content_type: str | None, max_bytes: int
    ) -> UploadForm:
        """A form for one file of at most `max_bytes`; S3 itself refuses a larger one. A client may
        send only the given fields and the file."""
        fields = {"Content-Type": content_type} if content_type else {}
        conditions: list[Any] = [["content-length-range", 0, max_bytes]]
        conditions += [fields] if fields else []
        signed = self._client.generate_presigned_post(
            bucket, key, Fields=fields, Conditions=conditions, ExpiresIn=seconds
        )
        return UploadForm(url=signed["url"], fields=signed["fields"])

    def begin(self, bucket: str, key: str, content_type: str | None) -> str:
        """Begin a multipart upload, and return its id."""
        more = {"ContentType": content_type} if content_type else {}
        begun: str = self._client.create_multipart_upload(Bucket=bucket, Key=key, **more)[
            "UploadId"
        ]
        return begun

    def part_url(self, bucket: str, key: str, upload_id: str, number: int, seconds: int) -> str:
        """A URL to upload one part by PUT."""
        url: str = self._client.generate_presigned_url(
            "upload_part",
            Params={"Bucket": bucket, "Key": key, "UploadId": upload_id, "PartNumber": number},
            ExpiresIn=seconds,
        )
        return url

    def parts(self, bucket: str, key: str, upload_id: str) -> Iterator[UploadedPart]:
        """The parts that S3 has received. Raises UploadUnknown."""
        pages = self._client.get_paginator("list_parts").paginate(
            Bucket=bucket, Key=key, UploadId=upload_id
        )
        try:
            for page in pages:
                for part in page.get("Parts", ()):
                    yield UploadedPart(part["PartNumber"], _bare(part["ETag"]), part["Size"])
        except self._client.exceptions.ClientError as error:
            raise self._translated(error) from error

    def complete(
        self, bucket: str, key: str, upload_id: str, parts: Sequence[UploadedPart]
    ) -> None:
        """Assemble the parts. Raises UploadUnknown and PartsRefused."""
        named = [{"PartNumber": part.number, "ETag": f'"{_bare(part.etag)}"'} for part in parts]
        try:
            self._client.complete_multipart_upload(
                Bucket=bucket, Key=key, UploadId=upload_id, MultipartUpload={"Parts": named}
            )
        except self._client.exceptions.ClientError as error:
            raise self._translated(error) from error

    def abort(self, bucket: str, key: str, upload_id: str) -> None:
        """Drop the upload and its parts. Raises UploadUnknown."""
        try:
            self._client.abort_multipart_upload(Bucket=bucket, Key=key, UploadId=upload_id)
        except self._client.exceptions.ClientError as error:
            raise self._translated(error) from error

    def _translated(self, error: Any) -> Exception:
        answer = error.response.get("Error", {})
        # S3 reports an id that it could never have issued as an invalid argument.
        if answer.get("Code") in ("NoSuchUpload", "404", "InvalidArgument"):
            return UploadUnknown()
        if answer.get("Code") in ("InvalidPart", "InvalidPartOrder", "EntityTooSmall"):
            return PartsRefused(answer.get("Message", ""))
        original: Exception = error
        return original


def _bare(etag: str) -> str:
    return etag.strip().strip('"')
