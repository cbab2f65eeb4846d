"""Putting objects together from pieces of others, without looking at what they hold.

S3 copies by itself what is large enough (see parts.py); the rest goes through memory, which is
bounded whatever the size and number of the objects. Requests of all objects are in flight side by
side, so that none waits for the others' copies, and completing one takes nothing from the next.
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
"""That read what goes through memory."""
COPIES_IN_FLIGHT = 16
"""They hold no memory here: S3 copies some 100 MB/s and request."""


@dataclass(slots=True)
class _Making:
    """An object on its way."""

    target: dict[str, str]
    content_type: str
    parts: list[Part]
    upload_id: str | None = None
    """None where one PUT will do."""
    made: dict[int, Future[dict[str, Any]]] = field(default_factory=dict)
    """By the number of the part."""

    @property
    def is_put(self) -> bool:
        return not self.parts or (len(self.parts) == 1 and isinstance(self.parts[0], Gathered))

    @property
    def upload(self) -> dict[str, str | None]:
        """What names its multipart upload in a request."""
        return {**self.target, "UploadId": self.upload_id}


class S3Assembler:
    """`client` is a boto3 S3 client; `read` reads a span, or raises ObjectMissing or
    ObjectShorter."""

    def __init__(self, client: Any, read: Callable[[str, Span], bytes], bucket: str) -> None:
        self._client = client
        self._read = read
        self._bucket = bucket

    def make(self, objects: Sequence[Assembly]) -> None:
        """Each appears whole or not at all, and where one cannot be made, those that are not yet
        complete do not appear."""
        makings = [
            _Making({"Bucket": self._bucket, "Key": o.key}, o.content_type, parts_of(o.pieces))
            for o in objects
        ]
        try:
            with ExitStack() as stack:
                # left in this order: what waits is dropped, and what is under way awaited
                copiers, readers, senders = (
                    stack.enter_context(ThreadPoolExecutor(most, thread_name_prefix=name))
                    for most, name in (
                        (COPIES_IN_FLIGHT, "copy"),
                        (REQUESTS_IN_FLIGHT, "gather"),
                        (_at_once(makings), "send"),
                    )
                )
                try:
                    self._make(makings, copiers, readers, senders)
                except BaseException:
                    for pool in (copiers, readers, senders):
                        pool.shutdown(wait=False, cancel_futures=True)
                    raise
        except BaseException:
            for making in makings:
                if making.upload_id is not None:
                    give_up_upload(self._client, making.upload)
            raise

    def _make(
        self,
        makings: Sequence[_Making],
        copiers: ThreadPoolExecutor,
        readers: ThreadPoolExecutor,
        senders: ThreadPoolExecutor,
    ) -> None:
        list(copiers.map(self._begin, makings))
        for making in makings:
            for number, part in enumerate(making.parts, start=1):
                if isinstance(part, Span):
                    making.made[number] = copiers.submit(self._copy, making, number, part)
        self._send(makings, readers, senders)
        ends = []
        for making in makings:
            parts = [making.made[number].result() for number in sorted(making.made)]
            ends.append(copiers.submit(self._end, making, parts))
        for end in ends:
            end.result()

    def _send(
        self, makings: Sequence[_Making], readers: ThreadPoolExecutor, senders: ThreadPoolExecutor
    ) -> None:
        """What goes through memory: pieces are fetched ahead of the parts that wait for them, and
        parts sent beside that."""
        at_once = _at_once(makings)
        fetching: deque[tuple[_Making, int, list[Future[bytes]]]] = deque()
        sending: deque[Future[dict[str, Any]]] = deque()

        def advance() -> None:
            making, number, pieces = fetching.popleft()
            if len(sending) == at_once:
                sending.popleft().result()
            body = b"".join(piece.result() for piece in pieces)
            making.made[number] = senders.submit(self._upload, making, number, body)
            sending.append(making.made[number])

        for making in makings:
            for number, pieces in _through_memory(making):
                fetched = [readers.submit(self._bytes_of, piece) for piece in pieces]
                fetching.append((making, number, fetched))
                if len(fetching) == at_once:
                    advance()
        while fetching:
            advance()

    def _begin(self, making: _Making) -> None:
        if not making.is_put:
            answer = self._client.create_multipart_upload(
                **making.target, ContentType=making.content_type
            )
            making.upload_id = answer["UploadId"]

    def _end(self, making: _Making, parts: list[dict[str, Any]]) -> None:
        if making.upload_id is not None:
            self._client.complete_multipart_upload(
                **making.upload, MultipartUpload={"Parts": parts}
            )
            making.upload_id = None  # nothing to abort

    def _bytes_of(self, piece: Piece) -> bytes:
        return self._read(self._bucket, piece) if isinstance(piece, Span) else piece

    def _upload(self, making: _Making, number: int, body: bytes) -> dict[str, Any]:
        if making.is_put:
            self._client.put_object(**making.target, Body=body, ContentType=making.content_type)
            return {}
        answer = self._client.upload_part(**making.upload, PartNumber=number, Body=body)
        return {"PartNumber": number, "ETag": answer["ETag"]}

    def _copy(self, making: _Making, number: int, span: Span) -> dict[str, Any]:
        source = {"Bucket": self._bucket, "Key": span.key}
        try:
            # some engines cut a range short where S3 refuses it
            size = self._client.head_object(**source)["ContentLength"]
            if size < span.end:
                raise ObjectShorter(self._bucket, span.key, span.end)
            answer = self._client.upload_part_copy(
                **making.upload,
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
    """Have S3 drop the parts of an upload that came to nothing. Where even that fails it is only
    noted: the error that stands behind it counts, and other uploads are to be given up as well. A
    rule of the bucket drops such parts later."""
    try:
        client.abort_multipart_upload(**upload)
    except Exception as error:
        _log.warning("the parts of an upload to %s stay: %s", upload["Key"], type(error).__name__)


def _at_once(makings: Sequence[_Making]) -> int:
    return parts_at_once([part for making in makings for part in making.parts])


def _through_memory(making: _Making) -> Iterator[tuple[int, tuple[Piece, ...]]]:
    """Number and pieces of the parts that S3 cannot copy; of an empty object, one of no piece."""
    if not making.parts:
        yield 1, ()
    for number, part in enumerate(making.parts, start=1):
        if isinstance(part, Gathered):
            yield number, part.pieces
