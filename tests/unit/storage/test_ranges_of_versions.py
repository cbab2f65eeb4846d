"""A range of a version is that range, also on engines that ignore Range where a version is named
(the local emulator does: it sends the whole object)."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from botocore.response import StreamingBody

from core.storage import S3Store

OLD, NEW = b"0123456789" * 10, b"abcdefghij" * 10


class Engine:
    """As much of an S3 client as a ranged read needs."""

    def __init__(self, *, ignores_ranges_of_versions: bool) -> None:
        self.versions = {"v1": OLD}
        self.calls: list[dict[str, Any]] = []
        self._ignores = ignores_ranges_of_versions

    def get_object(self, **call: Any) -> dict[str, Any]:
        self.calls.append(call)
        version = call.get("VersionId") or list(self.versions)[-1]
        data = self.versions[version]
        answer: dict[str, Any] = {"VersionId": version}
        if not (self._ignores and "VersionId" in call):
            first, last = map(int, re.findall(r"\d+", call["Range"]))
            answer["ContentRange"] = f"bytes {first}-{last}/{len(data)}"
            data = data[first : last + 1]
        return {**answer, "Body": StreamingBody(io.BytesIO(data), len(data))}


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


def test_where_ranges_of_versions_are_served_each_costs_one_call() -> None:
    engine = Engine(ignores_ranges_of_versions=False)
    store = S3Store(engine)

    for start in (0, 10, 20):
        store.get_range("bucket", "key", start, start + 10, "v1")

    assert len(engine.calls) == 3
    assert all(call["VersionId"] == "v1" for call in engine.calls)
