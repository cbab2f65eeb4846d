"""S3 and the folder keep the same promises: those of `ObjectStore`."""

from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from core.storage import FolderStore, ObjectMissing, ObjectStore, S3Store


@pytest.fixture(params=["s3", "folder"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ObjectStore]:
    if request.param == "folder":
        yield FolderStore(tmp_path)
        return
    with mock_aws():
        client = boto3.client("s3")
        client.create_bucket(
            Bucket="bucket", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
        )
        yield S3Store(client)


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
