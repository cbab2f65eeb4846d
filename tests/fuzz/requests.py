"""Random bodies, queries and cursors: whatever a caller sends, it is read or refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hypothesis import strategies as st

from core.attributes.definitions import AttributeType
from core.attributes.requests import read_draft
from core.cursors import CursorSigner, Position
from core.errors import InvalidRequest
from core.file_format import OnFault
from core.job_control.listing import read_job_list_request
from core.products.filter_strings import filter_terms
from core.products.listing import read_list_request
from core.schemas import field_faults
from core.settings import Settings
from core.uploads.requests import (
    read_abort_request,
    read_completion_request,
    read_more_parts_request,
    read_process_request,
    read_upload_request,
)
from infra.staging import ROOT
from tests.unit.products.products_kit import one_of_each

CATALOGUE = one_of_each()
SCHEMAS = sorted(f"requests/{path.stem}" for path in (ROOT / "schemas" / "requests").glob("*.json"))
FIELDS = [
    *("name", "type", "description", "options", "unit", "isFilterable", "isRequired", "_id"),
    *("fileName", "contentType", "s3Key", "fileSize", "uploadId", "parts", "partNumber", "eTag"),
    *("jobId", "products", "accept", "dryRun", "onConflict", "filter", "attributes", "budget"),
    *("delimiter", "encoding", "sheet", "headerRow", "onFault", "maxFaultyRowsPercent", "x"),
    *("mapping", "headers", "attribute", "joinedBy", "constant"),
    *("locale", "decimalSign", "dateOrder", "timeZone", "trueWords", "emptyWords"),
]
WORDS = st.one_of(
    st.text(max_size=10),
    st.sampled_from(
        [
            *AttributeType,
            *("kg", "a;b", "a.csv", "a.XLSX", "text/csv", " ", "$", "\ufeff", "\x00", "\ud800"),
            *("$where", '{"$gt": ""}', "[$ne]", "a,b", "2.5 kg", "true", "^a", "1e400", "-0"),
            *("2026-03-01", "2026-03-01T00:00:00Z", "0001-01-01", "9999-12-31", "½", "١٢", "1_0"),
            *("a" * 3_000, "(?i)x", "\\Q.\\E", "%00", "reject", "overwrite", "utf-8", "idna"),
        ]
    ),
)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), WORDS),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.one_of(st.sampled_from(FIELDS), WORDS), inner, max_size=4),
    ),
    max_leaves=10,
)
OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "delimiter": st.one_of(VALUES, st.sampled_from([",", "\\t", '"', "\n", ""])),
        "encoding": st.one_of(VALUES, st.sampled_from(["utf-8", "hex", "punycode", "undefined"])),
        "sheet": VALUES,
        "headerRow": VALUES,
        "onFault": st.one_of(VALUES, st.sampled_from(OnFault)),
        "maxFaultyRowsPercent": VALUES,
    },
)
BODIES = st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=8)
UPLOADS = st.fixed_dictionaries(
    {"fileName": st.one_of(WORDS, st.sampled_from(["a.csv", "a.xlsx"]))},
    optional={"options": OPTIONS, "contentType": VALUES, "fileSize": VALUES},
)
NAMES = st.one_of(
    st.text(max_size=8),
    st.builds(
        "{}{}".format,
        st.sampled_from([*AttributeType, "_id", "createdAt", "_hash", "measure.value", "status"]),
        st.sampled_from(
            [
                *("", "[eq]", "[in]", "[ne]", "[gt]", "[gte]", "[lt]", "[lte]", "[contains]"),
                *("[startswith]", "[exists]", "[$ne]", "[]", "[regex]", "["),
            ]
        ),
    ),
    st.sampled_from(
        ["q", "sortBy", "sortOrder", "page", "limit", "fields", "cursor", "type", "from", "to"]
    ),
)
QUERIES = st.dictionaries(NAMES, st.lists(WORDS, min_size=1, max_size=3), max_size=4)
FILTERS = st.builds("&".join, st.lists(st.builds("{}={}".format, NAMES, WORDS), max_size=4))

SIGNER = CursorSigner(Settings(cursor_secret="fuzz"))
POSITION = Position(fingerprint="list", values=(1.5, "id"), page=2, total=3)
GENUINE = SIGNER.write(POSITION)


def _cut(at: int, new: str, length: int) -> str:
    return GENUINE[:at] + new + GENUINE[at + length :]


CURSORS = st.one_of(
    st.text(max_size=80),
    st.builds(
        _cut,
        st.integers(0, len(GENUINE)),
        st.text("ABab01-_+/= \n\u00e9", max_size=4),
        st.integers(0, 4),
    ),
)


def refused_in_words(read: Callable[[Any], object], given: Any) -> bool:
    """False when it was read. Everything that is wrong is named by field and sentence."""
    try:
        read(given)
    except InvalidRequest as refused:
        assert refused.code and refused.message.endswith((".", "?")), refused.message
        assert all(set(detail) == {"field", "message"} for detail in refused.details)
        return True
    return False


def check_body(body: Mapping[str, Any]) -> None:
    for schema in SCHEMAS:
        for fault in field_faults(schema, body):
            assert fault.message
    for read in (
        read_draft,
        read_process_request,
        read_more_parts_request,
        read_completion_request,
        read_abort_request,
    ):
        refused_in_words(read, body)


def check_upload(body: Mapping[str, Any]) -> None:
    refused_in_words(read_upload_request, body)


def check_query(query: Mapping[str, list[str]]) -> None:
    refused_in_words(lambda given: read_list_request(given, CATALOGUE), query)
    refused_in_words(read_job_list_request, query)


def check_filter(text: str) -> None:
    try:
        filter_terms(text, CATALOGUE)
    except ValueError as refused:
        assert str(refused).endswith((".", "?")), refused


def check_cursor(cursor: str) -> None:
    """Only what was signed is read; base64 has several spellings of it."""
    if not refused_in_words(lambda given: SIGNER.read(given, "list"), cursor):
        assert SIGNER.read(cursor, "list") == POSITION
