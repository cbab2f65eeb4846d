"""Objects in S3."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any
from urllib.parse import quote

from core.storage.assembling import S3Assembler, give_up_upload
from core.storage.objects import ObjectInfo, ObjectWriter, read_span
from core.storage.pieces import Assembly, ObjectMissing

MULTIPART_PART_BYTES = 8 * 1024 * 1024
"""S3 refuses parts below 5 MiB (except the last)."""

CONFLICT_TRIES = 4
"""Tries of a conditional write while S3 reports that another one is in progress."""


def content_disposition(file_name: str) -> str:
    """The header that names a download (RFC 6266): first an ASCII name for old clients, then the
    real name in UTF-8."""
    plain = re.sub(r"[^A-Za-z0-9._ -]", "_", file_name)
    header = f'attachment; filename="{plain}"'
    return (
        header if plain == file_name else f"{header}; filename*=UTF-8''{quote(file_name, safe='')}"
    )


class S3Store:
    """Objects in S3. `client` is a boto3 S3 client with `signature_version="s3v4"`."""

    is_remote = True

    def __init__(self, client: Any) -> None:
        self._client = client

    def check(self, bucket: str) -> None:
        """Raises the client's error if the bucket cannot be reached."""
        self._client.head_bucket(Bucket=bucket)

    def head(self, bucket: str, key: str, version_id: str | None = None) -> ObjectInfo:
        answer = self._call("head_object", bucket, key, version_id)
        return ObjectInfo(
            bucket=bucket,
            key=key,
            size=answer["ContentLength"],
            version_id=answer.get("VersionId") or version_id,
            etag=answer["ETag"].strip('"'),
            content_type=answer.get("ContentType", "application/octet-stream"),
        )

    def get(self, bucket: str, key: str, version_id: str | None = None) -> bytes:
        body: bytes = self._call("get_object", bucket, key, version_id)["Body"].read()
        return body

    def get_range(
        self, bucket: str, key: str, start: int, end: int, version_id: str | None = None
    ) -> bytes:
        if end <= start:
            return b""
        span = f"bytes={start}-{end - 1}"
        part = self._range_of_current(bucket, key, span, version_id) if version_id else None
        return self._range(bucket, key, start, end, version_id) if part is None else part

    def _range_of_current(self, bucket: str, key: str, span: str, version_id: str) -> bytes | None:
        """The range if the current object is this version, which it is unless somebody replaced or
        deleted the file. Engines that ignore Range where a version is named (the local emulator)
        would send the whole object for every range."""
        try:
            answer = self._call("get_object", bucket, key, None, Range=span)
        except ObjectMissing:
            return None
        except self._client.exceptions.ClientError as error:
            if _is_behind_the_end(error):
                return None
            raise
        if "ContentRange" in answer and answer.get("VersionId") == version_id:
            part: bytes = answer["Body"].read()
            return part
        answer["Body"].close()
        return None

    def _range(self, bucket: str, key: str, start: int, end: int, version_id: str | None) -> bytes:
        try:
            answer = self._call(
                "get_object", bucket, key, version_id, Range=f"bytes={start}-{end - 1}"
            )
        except self._client.exceptions.ClientError as error:
            if _is_behind_the_end(error):
                return b""
            raise
        if "ContentRange" in answer:
            part: bytes = answer["Body"].read()
            return part
        return _read_slice(answer["Body"], start, end)

    def put(self, bucket: str, key: str, data: bytes, content_type: str) -> None:
        self._client.put_object(Bucket=bucket, Key=key, Body=data, ContentType=content_type)

    def put_if_absent(self, bucket: str, key: str, data: bytes, content_type: str) -> bool:
        left = CONFLICT_TRIES
        while True:
            left -= 1
            try:
                self._client.put_object(
                    Bucket=bucket, Key=key, Body=data, ContentType=content_type, IfNoneMatch="*"
                )
                return True
            except self._client.exceptions.ClientError as error:
                code = error.response.get("Error", {}).get("Code", "")
                if code in ("412", "PreconditionFailed"):
                    return False
                # A 409 means that another write is in progress. A retry gets the 412, or succeeds
                # if the other write failed. The SDK does not retry a 409.
                if code not in ("409", "ConditionalRequestConflict") or not left:
                    raise
            time.sleep(random.uniform(0.05, 0.25))

    @contextmanager
    def writer(self, bucket: str, key: str, content_type: str) -> Iterator[ObjectWriter]:
        sink = _MultipartWriter(self._client, bucket, key, content_type)
        try:
            yield sink
            sink.finish()
        except BaseException:
            sink.abandon()
            raise

    def assemble(self, bucket: str, objects: Sequence[Assembly]) -> None:
        S3Assembler(self._client, partial(read_span, self), bucket).make(objects)

    def list_keys(self, bucket: str, prefix: str) -> Iterator[str]:
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        for page in pages:
            for entry in page.get("Contents", ()):
                yield entry["Key"]

    def presigned_get(self, bucket: str, key: str, seconds: int, file_name: str) -> str:
        """A GET URL for a browser, which saves the object under `file_name`."""
        url: str = self._client.generate_presigned_url(
            "get_object",
            Params={
                "Bucket": bucket,
                "Key": key,
                "ResponseContentDisposition": content_disposition(file_name),
            },
            ExpiresIn=seconds,
        )
        return url

    def presigned_put(self, bucket: str, key: str, seconds: int, content_type: str | None) -> str:
        """A PUT URL. With a content type, the browser must send exactly that header."""
        params = {"Bucket": bucket, "Key": key}
        if content_type:
            params["ContentType"] = content_type
        url: str = self._client.generate_presigned_url(
            "put_object", Params=params, ExpiresIn=seconds
        )
        return url

    def _call(
        self, operation: str, bucket: str, key: str, version_id: str | None, **more: Any
    ) -> Any:
        if version_id:
            more["VersionId"] = version_id
        try:
            return getattr(self._client, operation)(Bucket=bucket, Key=key, **more)
        except self._client.exceptions.ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            if code in ("404", "NoSuchKey", "NoSuchVersion", "NotFound"):
                raise ObjectMissing(bucket, key) from error
            raise


def _is_behind_the_end(error: Any) -> bool:
    """S3 refuses a range that begins at or after the end, and any range of an empty object."""
    return error.response.get("Error", {}).get("Code", "") in ("416", "InvalidRange")


def _read_slice(body: Any, start: int, end: int) -> bytes:
    """Bytes `start` to `end` of a stream; keeps no other bytes in memory."""
    position, parts = 0, []
    try:
        for block in body.iter_chunks(MULTIPART_PART_BYTES):
            parts.append(block[max(0, start - position) : max(0, end - position)])
            position += len(block)
            if position >= end:
                break
    finally:
        body.close()
    return b"".join(parts)


class _MultipartWriter:
    """Collects parts. A small object becomes one PUT, a large one a multipart upload."""

    def __init__(self, client: Any, bucket: str, key: str, content_type: str) -> None:
        self._client = client
        self._target = {"Bucket": bucket, "Key": key}
        self._content_type = content_type
        self._buffer = bytearray()
        self._upload_id: str | None = None
        self._parts: list[dict[str, Any]] = []

    def write(self, data: bytes) -> None:
        self._buffer += data
        while len(self._buffer) >= MULTIPART_PART_BYTES:
            self._send_part(bytes(self._buffer[:MULTIPART_PART_BYTES]))
            del self._buffer[:MULTIPART_PART_BYTES]

    def _send_part(self, data: bytes) -> None:
        if self._upload_id is None:
            self._upload_id = self._client.create_multipart_upload(
                **self._target, ContentType=self._content_type
            )["UploadId"]
        number = len(self._parts) + 1
        answer = self._client.upload_part(
            **self._target, UploadId=self._upload_id, PartNumber=number, Body=data
        )
        self._parts.append({"PartNumber": number, "ETag": answer["ETag"]})

    def abandon(self) -> None:
        if self._upload_id is not None:
            give_up_upload(self._client, {**self._target, "UploadId": self._upload_id})

    def finish(self) -> None:
        if self._upload_id is None:
            self._client.put_object(
                **self._target, Body=bytes(self._buffer), ContentType=self._content_type
            )
            return
        if self._buffer:
            self._send_part(bytes(self._buffer))
        self._client.complete_multipart_upload(
            **self._target, UploadId=self._upload_id, MultipartUpload={"Parts": self._parts}
        )
