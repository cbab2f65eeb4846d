"""Answers of S3 to a write while another is under way, or when a request fails."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from core.storage import Assembly, S3Store, Span
from core.storage.s3 import CONFLICT_TRIES, MULTIPART_PART_BYTES

MIB = 1024 * 1024


class Failing:
    """A boto3 client of which some calls fail: an error's code for each call of an operation in
    turn, None where it goes through. Later calls go through as well."""

    def __init__(self, client: Any, **errors: list[str | None]) -> None:
        self._client = client
        self._errors = errors
        self.calls: list[str] = []

    def __getattr__(self, operation: str) -> Any:
        real = getattr(self._client, operation)
        if operation not in self._errors:
            return real

        def call(**arguments: Any) -> Any:
            self.calls.append(operation)
            code = self._errors[operation].pop(0) if self._errors[operation] else None
            if code is not None:
                raise ClientError({"Error": {"Code": code}}, operation)
            return real(**arguments)

        return call


@pytest.fixture
def client(s3_client: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr("core.storage.s3.time.sleep", lambda _seconds: None)
    return s3_client


def uploads(client: Any) -> int:
    return len(client.list_multipart_uploads(Bucket="bucket").get("Uploads", ()))


CONFLICT = "ConditionalRequestConflict"


@pytest.mark.parametrize("times", range(1, CONFLICT_TRIES))
def test_a_write_that_met_another_one_is_made_again(client: Any, times: int) -> None:
    failing = Failing(client, put_object=[CONFLICT] * times)

    assert S3Store(failing).put_if_absent("bucket", "key", b"mine", "text/plain")

    assert len(failing.calls) == times + 1
    assert S3Store(client).get("bucket", "key") == b"mine"


def test_a_write_that_met_another_one_finds_what_that_one_wrote(client: Any) -> None:
    S3Store(client).put("bucket", "key", b"theirs", "text/plain")
    failing = Failing(client, put_object=[CONFLICT])

    assert not S3Store(failing).put_if_absent("bucket", "key", b"mine", "text/plain")

    assert S3Store(client).get("bucket", "key") == b"theirs"


@pytest.mark.parametrize(
    ("code", "calls"), [(CONFLICT, CONFLICT_TRIES), ("AccessDenied", 1)], ids=str
)
def test_a_write_that_cannot_be_made_ends_with_the_error(
    client: Any, code: str, calls: int
) -> None:
    failing = Failing(client, put_object=[code] * 10)

    with pytest.raises(ClientError, match=code):
        S3Store(failing).put_if_absent("bucket", "key", b"mine", "text/plain")

    assert len(failing.calls) == calls


@pytest.mark.parametrize("last_part", [b"", b"rest"])
@pytest.mark.parametrize("operation", ["complete_multipart_upload", "upload_part"])
def test_a_writer_that_cannot_finish_leaves_no_parts_behind(
    client: Any, operation: str, last_part: bytes
) -> None:
    errors: list[str | None] = (
        [None, "InternalError"] if operation == "upload_part" else ["InternalError"]
    )
    failing = Failing(client, **{operation: errors})
    data = b"x" * MULTIPART_PART_BYTES * 2 + last_part

    with (
        pytest.raises(ClientError, match="InternalError"),
        S3Store(failing).writer("bucket", "key", "text/plain") as sink,
    ):
        sink.write(data)

    assert uploads(client) == 0
    assert list(S3Store(client).list_keys("bucket", "")) == []


def test_why_a_write_failed_is_told_even_where_its_parts_cannot_be_dropped(client: Any) -> None:
    failing = Failing(client, abort_multipart_upload=["AccessDenied"])

    with (
        pytest.raises(ConnectionError),
        S3Store(failing).writer("bucket", "key", "text/plain") as sink,
    ):
        sink.write(b"x" * MULTIPART_PART_BYTES)
        raise ConnectionError


def test_an_upload_that_cannot_be_given_up_does_not_keep_the_others(client: Any) -> None:
    S3Store(client).put("bucket", "large", b"x" * 6 * MIB, "text/plain")
    whole = Span("large", 0, 6 * MIB)
    objects = [Assembly(name, "text/plain", [whole, whole]) for name in ("a", "b", "c")]
    # every copy fails: with one failure, an object could be complete before it is noticed
    failing = Failing(
        client, abort_multipart_upload=["SlowDown"], upload_part_copy=["InternalError"] * 6
    )

    with pytest.raises(ClientError, match="InternalError"):
        S3Store(failing).assemble("bucket", objects)

    assert failing.calls.count("abort_multipart_upload") == 3
    assert uploads(client) == 1
