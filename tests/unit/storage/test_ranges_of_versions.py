"""A range of a version is that range, also on engines that ignore Range where a version is named
(the local emulator does: it sends the whole object)."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.response import StreamingBody

from core.storage import S3Store

OLD, NEW = b"0123456789" * 10, b"abcdefghij" * 10


class Engine:
    """As much of an S3 client as a ranged read needs."""

    class exceptions:  # noqa: N801 (boto3's name)
        ClientError = ClientError

    def __init__(self, *, ignores_ranges_of_versions: bool) -> None:
        self.versions: dict[str, bytes | None] = {"v1": OLD}
        self.calls: list[dict[str, Any]] = []
        self._ignores = ignores_ranges_of_versions

    def get_object(self, **call: Any) -> dict[str, Any]:
        self.calls.append(call)
        version = call.get("VersionId") or list(self.versions)[-1]
        data = self.versions[version]
        if data is None:
            raise _failure("NoSuchKey")
        answer: dict[str, Any] = {"VersionId": version}
        if not (self._ignores and "VersionId" in call):
            first, last = map(int, re.findall(r"\d+", call["Range"]))
            if first >= len(data):
                raise _failure("InvalidRange")
            answer["ContentRange"] = f"bytes {first}-{last}/{len(data)}"
            data = data[first : last + 1]
        return {**answer, "Body": StreamingBody(io.BytesIO(data), len(data))}


def _failure(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code}}, "GetObject")


@pytest.mark.parametrize("ignores", [False, True])
@pytest.mark.parametrize(("start", "end"), [(0, 10), (13, 47), (95, 100), (0, 100)])
def test_a_range_of_a_version_is_that_range_on_every_engine(
    ignores: bool, start: int, end: int
) -> None:
    store = S3Store(Engine(ignores_ranges_of_versions=ignores))

    for _ in range(3):
        assert store.get_range("bucket", "key", start, end, "v1") == OLD[start:end]


def test_a_newer_version_never_slips_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.storage.s3.MULTIPART_PART_BYTES", 7)
    engine = Engine(ignores_ranges_of_versions=True)
    store = S3Store(engine)
    assert store.get_range("bucket", "key", 20, 30, "v1") == OLD[20:30]

    engine.versions["v2"] = NEW

    assert store.get_range("bucket", "key", 40, 55, "v1") == OLD[40:55]
    assert store.get_range("bucket", "key", 40, 55, "v2") == NEW[40:55]


@pytest.mark.parametrize("ignores", [False, True])
@pytest.mark.parametrize("later", [None, b"", b"0123"], ids=["deleted", "empty", "shorter"])
def test_a_version_is_read_on_after_its_file_was_deleted_or_replaced(
    later: bytes | None, ignores: bool
) -> None:
    engine = Engine(ignores_ranges_of_versions=ignores)
    engine.versions["v2"] = later

    assert S3Store(engine).get_range("bucket", "key", 40, 55, "v1") == OLD[40:55]


@pytest.mark.parametrize("ignores", [False, True])
def test_no_engine_is_asked_for_the_whole_of_a_current_version(ignores: bool) -> None:
    engine = Engine(ignores_ranges_of_versions=ignores)
    store = S3Store(engine)

    for start in (0, 10, 20):
        store.get_range("bucket", "key", start, start + 10, "v1")

    assert len(engine.calls) == 3
    assert not any("VersionId" in call for call in engine.calls)
