"""The connection and the indexes, against a real server of the MongoDB wire protocol."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from pymongo.database import Database
from pymongo.errors import OperationFailure

from core import clock
from core.database import INDEXES, connect, ensure_indexes
from core.settings import Settings


def test_indexes_are_created_once_however_often_they_are_asked_for(
    database: Database[dict[str, Any]],
) -> None:
    first = ensure_indexes(database)
    assert ensure_indexes(database) == first
    assert set(database.list_collection_names()) == set(INDEXES)


def test_an_index_that_differs_from_its_declaration_is_not_silently_kept(
    database: Database[dict[str, Any]],
) -> None:
    database["jobs"].drop_index("by_status")
    database["jobs"].create_index("status", name="by_status")
    with pytest.raises(OperationFailure):
        ensure_indexes(database)


def test_writes_are_not_retried_because_documentdb_cannot(
    database: Database[dict[str, Any]],
) -> None:
    assert database.client.options.retry_writes is False


def test_a_uri_is_required() -> None:
    with pytest.raises(ValueError, match="MONGODB_URI"):
        connect(Settings())


def test_times_come_back_from_the_database_as_they_were_written(
    database: Database[dict[str, Any]],
) -> None:
    moment = clock.now()
    database["jobs"].insert_one({"_id": "a", "at": moment})
    stored = database["jobs"].find_one({"_id": "a"})
    assert stored is not None
    assert stored["at"] == moment
    assert clock.iso(stored["at"]) == clock.iso(moment)


def test_a_time_is_shown_in_utc_with_its_offset() -> None:
    moment = datetime(2026, 3, 1, 12, 0, 0, 5_999, tzinfo=timezone(timedelta(hours=2)))
    assert clock.iso(moment) == "2026-03-01T10:00:00.005+00:00"
    assert clock.to_milliseconds(moment).astimezone(UTC).microsecond == 5_000
