"""S3 and the folder keep the same promises: those of `ObjectStore`."""

from pathlib import Path
from typing import Any

import pytest

from core.storage import (
    Assembly,
    FolderStore,
    ObjectMissing,
    ObjectShorter,
    ObjectStore,
    S3Store,
    Span,
)

MIB = 1024 * 1024


@pytest.fixture(params=["s3", "folder"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    if request.param == "folder":
        return FolderStore(tmp_path)
    return S3Store(request.getfixturevalue("s3_client"))


@pytest.mark.parametrize(
    ("start", "end", "part"),
    [(0, 3, b"abc"), (2, 99, b"cdef"), (5, 6, b"f"), (6, 9, b""), (40, 50, b""), (3, 3, b"")],
)
def test_a_range_ends_where_the_object_ends(
    store: ObjectStore, start: int, end: int, part: bytes
) -> None:
    store.put("bucket", "key", b"abcdef", "text/plain")

    assert store.get_range("bucket", "key", start, end) == part


def test_any_range_of_an_empty_object_is_empty(store: ObjectStore) -> None:
    store.put("bucket", "key", b"", "text/plain")

    assert store.head("bucket", "key").size == 0
    assert store.get_range("bucket", "key", 0, 10) == b""


def test_what_is_written_once_is_never_changed(store: ObjectStore) -> None:
    assert store.put_if_absent("bucket", "a/key", b"first", "text/plain")
    assert not store.put_if_absent("bucket", "a/key", b"second", "text/plain")

    assert store.get("bucket", "a/key") == b"first"
    assert list(store.list_keys("bucket", "")) == ["a/key"]


def test_an_object_that_is_not_there_is_missing_to_every_reading_call(store: ObjectStore) -> None:
    store.put("bucket", "other", b"", "text/plain")
    for read in (
        lambda: store.head("bucket", "key"),
        lambda: store.get("bucket", "key"),
        lambda: store.get_range("bucket", "key", 0, 5),
    ):
        with pytest.raises(ObjectMissing):
            read()


def test_an_object_written_in_parts_appears_whole_or_not_at_all(store: ObjectStore) -> None:
    parts = [b"x" * 5_000_000, b"y" * 5_000_000, b"z"]
    with store.writer("bucket", "large", "text/plain") as sink:
        for part in parts:
            sink.write(part)
    with (
        pytest.raises(ConnectionError),
        store.writer("bucket", "broken", "text/plain") as sink,
    ):
        for part in parts:
            sink.write(part)
        raise ConnectionError

    assert store.get("bucket", "large") == b"".join(parts)
    assert list(store.list_keys("bucket", "")) == ["large"]


def test_keys_are_listed_in_order_and_by_prefix(store: ObjectStore) -> None:
    for key in ("a/10", "a/9", "b/1", "a/1"):
        store.put("bucket", key, b"", "text/plain")

    assert list(store.list_keys("bucket", "a/")) == ["a/1", "a/10", "a/9"]


def test_an_object_is_put_together_from_bytes_and_spans(store: ObjectStore) -> None:
    store.put("bucket", "one", b"abcdef", "text/plain")
    store.put("bucket", "two", b"ghi", "text/plain")

    pieces: list[bytes | Span] = [
        b"<",
        Span("one", 1, 4),
        b"",
        Span("two", 0, 3),
        Span("two", 2, 2),
        b">",
    ]
    store.assemble(
        "bucket",
        [Assembly("whole", "text/plain", pieces), Assembly("nothing", "text/plain", [])],
    )

    assert store.get("bucket", "whole") == b"<bcdghi>"
    assert store.get("bucket", "nothing") == b""


@pytest.mark.slow
@pytest.mark.parametrize("first", [b"", b"header\n", b"h" * (6 * MIB)])
@pytest.mark.parametrize(
    "sizes",
    [
        [12 * MIB, 7 * MIB, 300],  # copied by S3 where it may
        [3 * MIB, 2 * MIB, MIB, 11 * MIB, 4 * MIB, 1],  # gathered, topped up, copied, the last part
        [MIB // 2] * 40,  # gathered
        [5 * MIB],
        [8 * MIB, 1],
        [1, 10 * MIB],
    ],
)
def test_large_objects_are_put_together_alike(
    store: ObjectStore, first: bytes, sizes: list[int]
) -> None:
    made = [
        bytes([65 + at % 26, 10]) * (size // 2) + b"." * (size % 2) for at, size in enumerate(sizes)
    ]
    for at, data in enumerate(made):
        store.put("bucket", f"piece/{at}", data, "text/plain")

    pieces: list[bytes | Span] = [first]
    pieces += [Span(f"piece/{at}", 0, len(data)) for at, data in enumerate(made)]
    store.assemble("bucket", [Assembly("whole", "text/plain", pieces)])

    assert store.get("bucket", "whole") == b"".join([first, *made])


@pytest.mark.parametrize("size", [10, 6 * MIB])
def test_an_object_of_which_a_piece_is_not_there_does_not_appear(
    store: ObjectStore, size: int
) -> None:
    store.put("bucket", "large", b"x" * 6 * MIB, "text/plain")
    store.put("bucket", "short", b"x" * (size - 1), "text/plain")
    for wrong, error in (("short", ObjectShorter), ("missing", ObjectMissing)):
        pieces = [Span("large", 0, 6 * MIB), Span(wrong, 0, size), Span("large", 0, 6 * MIB)]
        with pytest.raises(error, match=wrong):
            store.assemble("bucket", [Assembly("whole", "text/plain", pieces)])

    assert list(store.list_keys("bucket", "")) == ["large", "short"]


def test_several_objects_are_put_together_at_once(store: ObjectStore) -> None:
    large, small = b"L" * (6 * MIB), b"small"
    store.put("bucket", "large", large, "text/plain")
    store.put("bucket", "small", small, "text/plain")
    whole, part = Span("large", 0, len(large)), Span("small", 1, 4)
    made: dict[str, list[bytes | Span]] = {
        "copied": [whole, whole],
        "put": [part, b"!"],
        "mixed": [b"header", whole, part, whole, b"."],
        "empty": [],
        "gathered": [whole.head(3 * MIB), part, whole.tail(3 * MIB), part, whole.head(3 * MIB)],
    }

    store.assemble("bucket", [Assembly(key, "text/plain", made[key]) for key in made])

    third = large[: 3 * MIB]
    assert {key: store.get("bucket", key) for key in made} == {
        "copied": large * 2,
        "put": b"mal!",
        "mixed": b"header" + large + b"mal" + large + b".",
        "empty": b"",
        "gathered": third + b"mal" + third + b"mal" + third,
    }


def test_an_assembly_that_fails_leaves_no_upload_behind(s3_client: Any) -> None:
    store = S3Store(s3_client)
    store.put("bucket", "large", b"x" * 6 * MIB, "text/plain")
    whole, missing = Span("large", 0, 6 * MIB), Span("missing", 0, 6 * MIB)
    right = Assembly("right", "text/plain", [whole, whole])
    for wrong in ([whole, missing, whole], [whole, missing.head(10), whole]):
        with pytest.raises(ObjectMissing, match="missing"):
            store.assemble("bucket", [right, Assembly("wrong", "text/plain", wrong)])

    assert "Uploads" not in s3_client.list_multipart_uploads(Bucket="bucket")
    assert "wrong" not in store.list_keys("bucket", "")
