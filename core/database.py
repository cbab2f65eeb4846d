"""The database: how to connect, which collections exist, which indexes they have.

Everything here stays inside what Amazon DocumentDB 5.0 supports: no retryable writes, no
collation, no wildcard, hashed or text index.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from typing import Any
from urllib.parse import parse_qs

from bson.codec_options import CodecOptions
from pymongo import ASCENDING, IndexModel, MongoClient, ReadPreference
from pymongo.collection import Collection
from pymongo.cursor import Cursor
from pymongo.database import Database
from pymongo.errors import OperationFailure

from core.settings import Settings

Document = dict[str, Any]
IndexKeys = list[tuple[str, int]]

ATTRIBUTES = "attributes"
AUDIT = "audit"
JOBS = "jobs"
IMPORT_LINE = "import_line"
"""Imports that wait for a slot."""
IMPORT_SLOTS = "import_slots"
"""One document per lane, found by its id."""
PRODUCTS = "products"
ENRICHMENT_DAYS = "enrichment_days"
"""One document per day, found by its id: core/enrichment/jobs/daily_budget.py."""
DELETIONS = "deletions"
"""What deleted products leave, see `core/products/marks.py`."""
IDEMPOTENCY_KEYS = "idempotency_keys"
IMPORT_PROFILES = "import_profiles"

SUBMISSION = (("submittedAt", ASCENDING), ("_id", ASCENDING))
"""The id decides between jobs of one millisecond."""

INDEXES: Mapping[str, tuple[IndexModel, ...]] = {
    # `_id` is derived from the name, and unique: it alone decides a clash of two definitions.
    ATTRIBUTES: (
        IndexModel([("createdAt", ASCENDING), ("_id", ASCENDING)], name="by_creation"),
        # Only the one attribute that identifies products has the field: there cannot be a second.
        IndexModel([("isIdentifier", ASCENDING)], name="one_identifier", unique=True, sparse=True),
    ),
    AUDIT: (
        IndexModel([("at", ASCENDING), ("_id", ASCENDING)], name="by_time"),
        IndexModel([("subject", ASCENDING), ("at", ASCENDING)], name="by_subject"),
    ),
    JOBS: (
        # The sweep finds jobs of one status without a recent write.
        IndexModel([("status", ASCENDING), ("updatedAt", ASCENDING)], name="by_status"),
        # The list, read backwards, of all jobs, or of those of one status or one type.
        IndexModel([*SUBMISSION], name="by_submission"),
        IndexModel([("status", ASCENDING), *SUBMISSION], name="by_status_and_submission"),
        IndexModel([("type", ASCENDING), *SUBMISSION], name="by_type_and_submission"),
        # The unfinished jobs of a caller.
        IndexModel([("createdBy", ASCENDING), ("status", ASCENDING)], name="by_caller"),
        # The approvals of one import.
        IndexModel([("commit.importJobId", ASCENDING)], name="by_approved_import"),
        IndexModel(
            [("acceptance.enrichmentJobId", ASCENDING)], name="by_accepted_enrichment", sparse=True
        ),
        # The enrichments of one order; other jobs have none.
        IndexModel(
            [("enrichment.fingerprint", ASCENDING)], name="by_enrichment_order", sparse=True
        ),
        IndexModel([("deletion.fingerprint", ASCENDING)], name="by_deletion_order", sparse=True),
        IndexModel([("export.fingerprint", ASCENDING)], name="by_export_order", sparse=True),
    ),
    IMPORT_LINE: (
        IndexModel([("lane", ASCENDING), ("since", ASCENDING), ("_id", ASCENDING)], name="by_lane"),
    ),
    # `_id` is the name. Profiles that remember headers have a fingerprint of them, no two the same.
    IMPORT_PROFILES: (
        IndexModel([("fingerprint", ASCENDING)], name="one_fingerprint", unique=True, sparse=True),
    ),
    # What a product list can be ordered and filtered by beside its attributes; the indexes of the
    # attributes come and go with them, see core/products/indexes.py.
    PRODUCTS: tuple(
        IndexModel([(field, ASCENDING), ("_id", ASCENDING)], name=f"by_{field}")
        for field in ("createdAt", "updatedAt", "importSource")
    ),
    DELETIONS: (
        # No approval runs for longer; the database drops older notes by itself.
        IndexModel([("at", ASCENDING)], name="by_time", expireAfterSeconds=90 * 86_400),
    ),
    IDEMPOTENCY_KEYS: (IndexModel([("at", ASCENDING)], name="by_time", expireAfterSeconds=86_400),),
}

# API Gateway waits 29 s. Finding a server and opening a socket must leave time for the command
# itself, and for the answer that tells the caller that the database is away.
# Short, since whoever has more time tries again: a long wait would hold up the work behind it.
SERVER_SELECTION_TIMEOUT_MS = 2_000
CONNECT_TIMEOUT_MS = 2_000
SOCKET_TIMEOUT_MS = 15_000
QUERY_MAX_MS = 12_000
"""Below the driver's 15 s, so that the database stops as well when the caller has given up."""
WAIT_FOR_CONNECTION_MS = 5_000
MAX_IDLE_MS = 120_000

POOL_SIZE = 4
"""A Lambda serves one request at a time, and opens only as many as it uses at once: the comparison
with the catalogue four, all others at most two. The smallest DocumentDB allows 250 connections, and
the driver opens monitoring sockets in addition to the pool."""

_UNVERIFIED = ("tlsinsecure", "tlsallowinvalidcertificates", "tlsallowinvalidhostnames")
"""Options of a connection string that let anybody stand in for the database."""

_AWARE = CodecOptions[Document](tz_aware=True, tzinfo=UTC)
_BAD_VALUE = 2
"""What MongoDB answers to a hint for an index that it does not have."""


def connect(
    settings: Settings, *, socket_timeout_ms: int | None = SOCKET_TIMEOUT_MS
) -> Database[Document]:
    """The database of these settings. Opens no socket until it is first used.

    An answer may take `socket_timeout_ms`; None waits for as long as it takes, which building an
    index over a large catalogue wants.

    `directConnection`, credentials and the like are taken from the URI; with
    `mongodb_tls_ca_file` (the RDS bundle, on AWS) the connection is encrypted and the server
    verified. Raises ValueError when no URI is set, and for a connection that is not encrypted and
    verified, except on the stage `local`.
    """
    if not settings.mongodb_uri:
        raise ValueError("MONGODB_URI is not set")
    if settings.stage != "local":
        _refuse_unverified(settings)
    encryption: dict[str, Any] = {}
    if settings.mongodb_tls_ca_file:
        encryption = {"tls": True, "tlsCAFile": settings.mongodb_tls_ca_file}
    client: MongoClient[Document] = MongoClient(
        settings.mongodb_uri,
        appname="product-portal",
        retryWrites=False,  # DocumentDB 5.0 has none
        # A claim reads what was just written. DocumentDB's console offers a URI that reads from
        # replicas, which are behind the primary.
        read_preference=ReadPreference.PRIMARY,
        tz_aware=True,
        maxPoolSize=POOL_SIZE,
        minPoolSize=0,
        maxIdleTimeMS=MAX_IDLE_MS,
        serverSelectionTimeoutMS=SERVER_SELECTION_TIMEOUT_MS,
        connectTimeoutMS=CONNECT_TIMEOUT_MS,
        socketTimeoutMS=socket_timeout_ms,
        waitQueueTimeoutMS=WAIT_FOR_CONNECTION_MS,
        **encryption,
    )
    return client[settings.mongodb_database]


def _refuse_unverified(settings: Settings) -> None:
    """Raises ValueError, which never quotes the URI."""
    uri = settings.mongodb_uri
    options = {
        name.lower(): values[-1].lower()
        for name, values in parse_qs(uri.partition("?")[2], keep_blank_values=True).items()
    }
    tls = options.get("tls", options.get("ssl"))
    is_encrypted = tls == "true" or (tls is None and uri.startswith("mongodb+srv://"))
    if tls == "false" or not (is_encrypted or settings.mongodb_tls_ca_file):
        raise ValueError(
            "the connection to the database is not encrypted; set MONGODB_TLS_CA_FILE (parameter "
            "MongodbTlsCaFile), or tls=true in the connection string for a server whose "
            "certificate a public authority signed"
        )
    if any(options.get(name) == "true" for name in _UNVERIFIED):
        raise ValueError(
            "the connection string turns off the check of the database's certificate; remove "
            f"{', '.join(name for name in _UNVERIFIED if name in options)} from it"
        )


def collection_of(database: Database[Document], name: str) -> Collection[Document]:
    """Whose times are aware datetimes in UTC, whatever the client of this database says."""
    return database.get_collection(name, codec_options=_AWARE)


def found_by(index: IndexKeys, cursor: Cursor[Document]) -> list[Document]:
    """The results of the cursor, read by the index with these keys; without it if the index is
    still being built, or was not created because of the limit of indexes.

    DocumentDB takes a hint by keys alone, and none by an index's name.
    """
    try:
        return cursor.clone().hint(index).to_list()
    except OperationFailure as error:
        if error.code != _BAD_VALUE:
            raise
        return cursor.to_list()


def present(value: Any) -> Document:
    """The condition for this value on the field of a sparse index: DocumentDB only reads such an
    index where the query says that the field exists."""
    return {"$exists": True, "$eq": value}


def ensure_indexes(database: Database[Document]) -> tuple[str, ...]:
    """Create the declared indexes that are missing; returns `collection.index` of all that exist
    afterwards. Idempotent, and safe while the product is in use: an index that exists as declared
    is unchanged. One that differs raises `pymongo.errors.OperationFailure`, since only a person can
    decide to drop it.
    """
    names: list[str] = []
    for collection, models in INDEXES.items():
        names += [f"{collection}.{name}" for name in database[collection].create_indexes([*models])]
    return tuple(names)
