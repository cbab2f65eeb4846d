"""The connection and the indexes, against a real server of the MongoDB wire protocol."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from bson import SON
from pymongo import ReadPreference
from pymongo.database import Database
from pymongo.errors import OperationFailure
from pymongo.monitoring import CommandStartedEvent

from core import clock
from core.database import INDEXES, collection_of, connect, ensure_indexes, present
from core.settings import Settings
from tests.documentdb import CommandChecker


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


@pytest.mark.parametrize(
    "requested",
    [
        "readPreference=secondaryPreferred",
        "readPreference=secondary&readPreferenceTags=dc:a&maxStalenessSeconds=120",
    ],
)
def test_reads_are_from_the_primary_whatever_the_uri_says(requested: str) -> None:
    """A claim reads what was written just before; a replica may not have it yet."""
    database = connect(Settings(mongodb_uri=f"mongodb://127.0.0.1:1/?replicaSet=rs0&{requested}"))
    assert database.client.read_preference == ReadPreference.PRIMARY
    assert collection_of(database, "jobs").read_preference == ReadPreference.PRIMARY
    database.client.close()


@pytest.mark.parametrize(
    ("uri", "ca_file", "reason"),
    [
        ("mongodb://u:secret@db:27017/", "", "not encrypted"),
        ("mongodb://u:secret@db:27017/?tls=false", "ca.pem", "not encrypted"),
        ("mongodb+srv://u:secret@db.example.test/?ssl=false", "", "not encrypted"),
        ("mongodb://u:secret@db/?tls=true&tlsInsecure=true", "", "remove tlsinsecure"),
        ("mongodb://u:secret@db/?tlsAllowInvalidHostnames=true", "ca.pem", "remove tlsallow"),
    ],
)
def test_on_aws_an_open_or_unverified_connection_is_refused(
    uri: str, ca_file: str, reason: str
) -> None:
    settings = Settings(stage="dev", mongodb_uri=uri, mongodb_tls_ca_file=ca_file)
    with pytest.raises(ValueError, match=reason) as refused:
        connect(settings)
    assert "secret" not in str(refused.value)


def test_on_aws_a_verified_connection_is_accepted() -> None:
    connect(Settings(stage="dev", mongodb_uri="mongodb://db.example.test/?tls=true")).client.close()


def test_a_query_over_a_sparse_index_says_that_the_field_exists(
    database: Database[dict[str, Any]],
) -> None:
    database["attributes"].insert_one({"_id": "sku", "isIdentifier": True})

    assert database["attributes"].count_documents({"isIdentifier": present(True)}) == 1
    assert database["attributes"].count_documents({"isIdentifier": present(False)}) == 0


@pytest.mark.parametrize(
    ("command", "fault"),
    [
        ({"find": "jobs", "filter": {}, "hint": {"status": 1}}, None),
        ({"find": "jobs", "filter": {}, "hint": "by_state"}, "find gives the hint"),
        ({"find": "jobs", "filter": {"order": present("a")}}, None),
        ({"find": "jobs", "filter": {"order": {"$exists": True, "$in": ["a"]}}}, None),
        ({"find": "jobs", "filter": {"order": "a", "_id": "one"}}, None),
        ({"find": "jobs", "filter": {"order": "a", "status": "DONE"}}, None),
        ({"find": "jobs", "filter": {"order": "a"}}, "find cannot use the sparse index by_order"),
        (
            {"find": "jobs", "filter": {"order": {"$in": ["a"]}, "status": {"$nin": ["DONE"]}}},
            "find cannot use the sparse index by_order",
        ),
        (
            {"aggregate": "jobs", "pipeline": [{"$match": {"order": "a"}}]},
            "aggregate cannot use the sparse index by_order",
        ),
        (
            {"update": "jobs", "updates": [{"q": {"order": "a"}, "u": {"$set": {"seen": True}}}]},
            "update cannot use the sparse index by_order",
        ),
        ({"find": "others", "filter": {"order": "a"}}, None),
    ],
)
def test_the_judge_of_commands_finds_what_documentdb_does_not_serve(
    command: dict[str, Any], fault: str | None
) -> None:
    check = CommandChecker()
    indexes = [
        {"name": "by_order", "key": {"order": 1}, "sparse": True},
        {"name": "by_state", "key": {"status": 1}},
    ]
    for sent in ({"createIndexes": "jobs", "indexes": indexes}, command):
        check.started(CommandStartedEvent(SON(sent), "portal", 1, ("127.0.0.1", 1), 1))

    assert [found[: len(fault or "")] for found in check.faults] == ([fault] if fault else [])


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
