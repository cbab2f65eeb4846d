"""Putting an object together from pieces of others, without looking at what they hold.

S3 copies a piece by itself where that is allowed: a part of a multipart upload has at least 5 MiB,
the last one excepted. Smaller pieces are gathered through memory into parts of that size. Several
requests are in flight at once, and memory is bounded whatever the size of the object.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeVar

from core.storage.pieces import ObjectMissing, ObjectShorter, Piece, Span, size_of

MIB = 1024 * 1024
LEAST_PART_BYTES = 5 * MIB
"""S3 refuses smaller parts, the last excepted."""
GATHERED_PART_BYTES = 8 * MIB
MOST_COPIED_BYTES = 512 * MIB
"""S3 copies up to 5 GiB at once; parts of this size are copied side by side."""
MOST_PARTS = 10_000
"""Of one multipart upload."""
REQUESTS_IN_FLIGHT = 8
PARTS_IN_FLIGHT = 4
"""Bounds memory: so many gathered parts, and as many that are being gathered."""
HELD_BYTES = 64 * MIB
"""Of gathered parts at once, and again of those being gathered: larger parts are fewer at once."""

Result = TypeVar("Result")
Item = TypeVar("Item")


def in_order(
    call: Callable[[Item], Result], items: Iterable[Item], in_flight: int = REQUESTS_IN_FLIGHT
) -> Iterator[Result]:
    """`call` of each item, several at once, the results in the order of the items. Holds at most
    `in_flight` results. An exception of `call` is raised where its result would stand."""
    with ThreadPoolExecutor(in_flight, thread_name_prefix="in-order") as pool:
        waiting: deque[Future[Result]] = deque()
        try:
            for item in items:
                waiting.append(pool.submit(call, item))
                if len(waiting) == in_flight:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


@dataclass(frozen=True, slots=True)
class _Gathered:
    """A part of these pieces, which go through memory."""

    pieces: tuple[Piece, ...]


_Part = Span | _Gathered
"""A span is copied by S3 itself."""


def parts_of(pieces: Sequence[Piece]) -> list[_Part]:
    """The parts of the object, each but the last of at least LEAST_PART_BYTES, MOST_PARTS at most.

    A span is copied where it, or what is left of it once the part before it is full, is large
    enough for a part. Only where that gives too many parts, neighbours are gathered, as few as
    will do.
    """
    total = sum(map(size_of, pieces))
    copied = max(MOST_COPIED_BYTES, -(-total * 2 // MOST_PARTS))
    parts: list[_Part] = []
    gathered: list[Piece] = []
    held = 0
    for piece in pieces:
        lacking = max(0, LEAST_PART_BYTES - held) if held else 0
        if isinstance(piece, Span) and piece.size - lacking >= LEAST_PART_BYTES:
            if lacking:
                gathered.append(piece.head(lacking))
            if gathered:
                parts.append(_Gathered(tuple(gathered)))
                gathered, held = [], 0
            parts += _copied(piece.tail(lacking), copied)
            continue
        for run in _runs(piece, GATHERED_PART_BYTES):
            gathered.append(run)
            held += size_of(run)
            if held >= GATHERED_PART_BYTES:
                parts.append(_Gathered(tuple(gathered)))
                gathered, held = [], 0
    if gathered:
        parts.append(_Gathered(tuple(gathered)))
    return _few_enough(parts)


def _few_enough(parts: list[_Part]) -> list[_Part]:
    """The same bytes in MOST_PARTS parts: small neighbours are gathered before large ones, since
    what is gathered goes through memory."""
    largest = 2 * GATHERED_PART_BYTES
    while len(parts) > MOST_PARTS:
        parts = _joined_up_to(largest, parts, len(parts) - MOST_PARTS)
        largest *= 2
    return parts


def _joined_up_to(largest: int, parts: Sequence[_Part], superfluous: int) -> list[_Part]:
    """Up to `superfluous` fewer parts: neighbours of at most `largest` bytes together are one."""
    joined: list[_Part] = []
    sizes: list[int] = []
    for part in parts:
        size = _size_of_part(part)
        if superfluous and sizes and sizes[-1] + size <= largest:
            joined[-1] = _Gathered((*_pieces_of(joined[-1]), *_pieces_of(part)))
            sizes[-1] += size
            superfluous -= 1
        else:
            joined.append(part)
            sizes.append(size)
    return joined


def _pieces_of(part: _Part) -> Iterable[Piece]:
    return _runs(part, GATHERED_PART_BYTES) if isinstance(part, Span) else part.pieces


def _size_of_part(part: _Part) -> int:
    return part.size if isinstance(part, Span) else sum(map(size_of, part.pieces))


def _copied(span: Span, most: int) -> Iterator[Span]:
    """The span in runs of about equal size, up to `most`, that S3 copies at once."""
    runs = -(-span.size // most)
    bounds = [span.start + span.size * at // runs for at in range(runs + 1)]
    for start, end in pairwise(bounds):
        yield Span(span.key, start, end)


def _runs(piece: Piece, size: int) -> Iterator[Piece]:
    """The piece in runs of at most `size` bytes, so that memory holds no more of it at once."""
    for start in range(0, size_of(piece), size):
        if isinstance(piece, Span):
            yield Span(piece.key, piece.start + start, min(piece.start + start + size, piece.end))
        else:
            yield piece[start : start + size]


def parts_at_once(parts: Sequence[_Part]) -> int:
    """How many may be under way, so that those gathered stay within HELD_BYTES."""
    largest = max((_size_of_part(p) for p in parts if isinstance(p, _Gathered)), default=0)
    return max(1, min(PARTS_IN_FLIGHT, HELD_BYTES // max(1, largest)))


class S3Assembly:
    """One object in the making. `client` is a boto3 S3 client; `read` reads a span, or raises
    ObjectMissing or ObjectShorter."""

    def __init__(self, client: Any, read: Callable[[str, Span], bytes], bucket: str) -> None:
        self._client = client
        self._read = read
        self._bucket = bucket

    def make(self, key: str, pieces: Sequence[Piece], content_type: str) -> None:
        parts = parts_of(pieces)
        target = {"Bucket": self._bucket, "Key": key}
        with ThreadPoolExecutor(REQUESTS_IN_FLIGHT, thread_name_prefix="assemble") as pool:
            if not parts or (len(parts) == 1 and isinstance(parts[0], _Gathered)):
                body = self._joined(self._fetched(parts[0], pool)) if parts else b""
                self._client.put_object(**target, Body=body, ContentType=content_type)
                return
            upload = self._client.create_multipart_upload(**target, ContentType=content_type)
            target["UploadId"] = upload["UploadId"]
            try:
                made = self._send(parts, target, pool)
                self._client.complete_multipart_upload(**target, MultipartUpload={"Parts": made})
            except BaseException:
                self._client.abort_multipart_upload(**target)
                raise

    def _send(
        self, parts: Sequence[_Part], target: dict[str, str], pool: ThreadPoolExecutor
    ) -> list[dict[str, Any]]:
        """Pieces are fetched ahead of the parts that wait for them, and parts sent beside that."""
        at_once = parts_at_once(parts)
        made: list[dict[str, Any]] = []
        fetching: deque[tuple[int, _Part, list[Future[bytes]]]] = deque()
        with ThreadPoolExecutor(at_once, thread_name_prefix="parts") as senders:
            sending: deque[Future[dict[str, Any]]] = deque()

            def advance() -> None:
                number, part, pieces = fetching.popleft()
                if len(sending) == at_once:
                    made.append(sending.popleft().result())
                if isinstance(part, Span):
                    sending.append(senders.submit(self._copy, target, number, part))
                else:
                    body = self._joined(pieces)
                    sending.append(senders.submit(self._upload, target, number, body))

            try:
                for number, part in enumerate(parts, start=1):
                    fetching.append((number, part, self._fetched(part, pool)))
                    if len(fetching) == at_once:
                        advance()
                while fetching:
                    advance()
                made += [future.result() for future in sending]
            except BaseException:
                for _, _, pieces in fetching:
                    for piece in pieces:
                        piece.cancel()
                raise
        return made

    def _fetched(self, part: _Part, pool: ThreadPoolExecutor) -> list[Future[bytes]]:
        if isinstance(part, Span):
            return []
        return [pool.submit(self._bytes_of, piece) for piece in part.pieces]

    def _bytes_of(self, piece: Piece) -> bytes:
        return self._read(self._bucket, piece) if isinstance(piece, Span) else piece

    @staticmethod
    def _joined(pieces: Sequence[Future[bytes]]) -> bytes:
        return b"".join(piece.result() for piece in pieces)

    def _upload(self, target: dict[str, str], number: int, body: bytes) -> dict[str, Any]:
        answer = self._client.upload_part(**target, PartNumber=number, Body=body)
        return {"PartNumber": number, "ETag": answer["ETag"]}

    def _copy(self, target: dict[str, str], number: int, span: Span) -> dict[str, Any]:
        source = {"Bucket": self._bucket, "Key": span.key}
        try:
            # some engines cut a range short where S3 refuses it
            size = self._client.head_object(**source)["ContentLength"]
            if size < span.end:
                raise ObjectShorter(self._bucket, span.key, span.end)
            answer = self._client.upload_part_copy(
                **target,
                PartNumber=number,
                CopySource=source,
                CopySourceRange=f"bytes={span.start}-{span.end - 1}",
            )
        except self._client.exceptions.ClientError as error:
            if error.response.get("Error", {}).get("Code", "") in ("404", "NoSuchKey", "NotFound"):
                raise ObjectMissing(self._bucket, span.key) from error
            raise
        return {"PartNumber": number, "ETag": answer["CopyPartResult"]["ETag"]}
