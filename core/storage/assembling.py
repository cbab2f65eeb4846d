"""Assembles objects from pieces of other objects, without reading their content.

S3 itself copies pieces that are large enough (see parts.py). The others go through memory, whose
use is bounded for any size and number of objects. The requests of all objects run in parallel, so
no object waits for the copies of another.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from core.storage.parts import Gathered, Part, parts_at_once, parts_of
from core.storage.pieces import Assembly, ObjectMissing, ObjectShorter, Piece, Span

_log = logging.getLogger(__name__)

REQUESTS_IN_FLIGHT = 8
"""Parallel reads of pieces that go through memory."""
COPIES_IN_FLIGHT = 16
"""Parallel copies. They use no memory here; S3 copies some 100 MB/s per request."""


@dataclass(slots=True)
class _Target:
    """An object that is being assembled."""

    destination: dict[str, str]
    content_type: str
    parts: list[Part]
    upload_id: str | None = None
    """None if one PUT is enough."""
    finished: dict[int, Future[dict[str, Any]]] = field(default_factory=dict)
    """By the number of the part."""

    @property
    def is_put(self) -> bool:
        return not self.parts or (len(self.parts) == 1 and isinstance(self.parts[0], Gathered))

    @property
    def upload(self) -> dict[str, str | None]:
        """The parameters that identify its multipart upload in a request."""
        return {**self.destination, "UploadId": self.upload_id}


class S3Assembler:
    """`client` is a boto3 S3 client; `read` reads a span, or raises ObjectMissing or
    ObjectShorter."""

    def __init__(self, client: Any, read: Callable[[str, Span], bytes], bucket: str) -> None:
        self._client = client
        self._read = read
        self._bucket = bucket

    def make(self, objects: Sequence[Assembly]) -> None:
        """Each object appears whole or not at all. If one fails, those that are not yet complete do
        not appear."""
        targets = [
            _Target({"Bucket": self._bucket, "Key": o.key}, o.content_type, parts_of(o.pieces))
            for o in objects
        ]
        try:
            with ExitStack() as stack:
                # on an error, waiting tasks are cancelled, and running ones are awaited
                copiers, readers, senders = (
                    stack.enter_context(ThreadPoolExecutor(most, thread_name_prefix=name))
                    for most, name in (
                        (COPIES_IN_FLIGHT, "copy"),
                        (REQUESTS_IN_FLIGHT, "gather"),
                        (_at_once(targets), "send"),
                    )
                )
                try:
                    self._make(targets, copiers, readers, senders)
                except BaseException:
                    for pool in (copiers, readers, senders):
                        pool.shutdown(wait=False, cancel_futures=True)
                    raise
        except BaseException:
            for target in targets:
                if target.upload_id is not None:
                    give_up_upload(self._client, target.upload)
            raise

    def _make(
        self,
        targets: Sequence[_Target],
        copiers: ThreadPoolExecutor,
        readers: ThreadPoolExecutor,
        senders: ThreadPoolExecutor,
    ) -> None:
        list(copiers.map(self._begin, targets))
        for target in targets:
            for number, part in enumerate(target.parts, start=1):
                if isinstance(part, Span):
                    target.finished[number] = copiers.submit(self._copy, target, number, part)
        self._send(targets, readers, senders)
        ends = []
        for target in targets:
            parts = [target.finished[number].result() for number in sorted(target.finished)]
            ends.append(copiers.submit(self._end, target, parts))
        for end in ends:
            end.result()

    def _send(
        self, targets: Sequence[_Target], readers: ThreadPoolExecutor, senders: ThreadPoolExecutor
    ) -> None:
        """Send the parts that go through memory. Their pieces are fetched ahead, while other parts
        are being sent."""
        at_once = _at_once(targets)
        fetching: deque[tuple[_Target, int, list[Future[bytes]]]] = deque()
        sending: deque[Future[dict[str, Any]]] = deque()

        def advance() -> None:
            target, number, pieces = fetching.popleft()
            if len(sending) == at_once:
                sending.popleft().result()
            body = b"".join(piece.result() for piece in pieces)
            target.finished[number] = senders.submit(self._upload, target, number, body)
            sending.append(target.finished[number])

        for target in targets:
            for number, pieces in _through_memory(target):
                fetched = [readers.submit(self._bytes_of, piece) for piece in pieces]
                fetching.append((target, number, fetched))
                if len(fetching) == at_once:
                    advance()
        while fetching:
            advance()

    def _begin(self, target: _Target) -> None:
        if not target.is_put:
            answer = self._client.create_multipart_upload(
                **target.destination, ContentType=target.content_type
            )
            target.upload_id = answer["UploadId"]

    def _end(self, target: _Target, parts: list[dict[str, Any]]) -> None:
        if target.upload_id is not None:
            self._client.complete_multipart_upload(
                **target.upload, MultipartUpload={"Parts": parts}
            )
            target.upload_id = None  # nothing to abort

    def _bytes_of(self, piece: Piece) -> bytes:
        return self._read(self._bucket, piece) if isinstance(piece, Span) else piece

    def _upload(self, target: _Target, number: int, body: bytes) -> dict[str, Any]:
        if target.is_put:
            self._client.put_object(
                **target.destination, Body=body, ContentType=target.content_type
            )
            return {}
        answer = self._client.upload_part(**target.upload, PartNumber=number, Body=body)
        return {"PartNumber": number, "ETag": answer["ETag"]}

    def _copy(self, target: _Target, number: int, span: Span) -> dict[str, Any]:
        source = {"Bucket": self._bucket, "Key": span.key}
        try:
            # some engines shorten a range that S3 would refuse
            size = self._client.head_object(**source)["ContentLength"]
            if size < span.end:
                raise ObjectShorter(self._bucket, span.key, span.end)
            answer = self._client.upload_part_copy(
                **target.upload,
                PartNumber=number,
                CopySource=source,
                CopySourceRange=f"bytes={span.start}-{span.end - 1}",
            )
        except self._client.exceptions.ClientError as error:
            if error.response.get("Error", {}).get("Code", "") in ("404", "NoSuchKey", "NotFound"):
                raise ObjectMissing(self._bucket, span.key) from error
            raise
        return {"PartNumber": number, "ETag": answer["CopyPartResult"]["ETag"]}


def give_up_upload(client: Any, upload: Mapping[str, str | None]) -> None:
    """Abort a failed upload, so that S3 drops its parts. A failure to do so is only logged: it must
    not hide the original error, and other uploads still have to be aborted. A lifecycle rule of the
    bucket drops the remaining parts later."""
    try:
        client.abort_multipart_upload(**upload)
    except Exception as error:
        _log.warning("the upload to %s was not aborted: %s", upload["Key"], type(error).__name__)


def _at_once(targets: Sequence[_Target]) -> int:
    return parts_at_once([part for target in targets for part in target.parts])


def _through_memory(target: _Target) -> Iterator[tuple[int, tuple[Piece, ...]]]:
    """Number and pieces of the parts that S3 cannot copy. An empty object has one part without
    pieces."""
    if not target.parts:
        yield 1, ()
    for number, part in enumerate(target.parts, start=1):
        if isinstance(part, Gathered):
            yield number, part.pieces
