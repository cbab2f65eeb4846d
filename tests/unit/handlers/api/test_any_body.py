"""Whatever JSON a caller sends, the answer is a value or a refusal, never a crash."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.attributes.definitions import Attribute, AttributeType
from core.attributes.requests import read_changes, read_draft
from core.errors import InvalidRequest
from core.uploads.requests import read_process_request, read_upload_request

FIELDS = [
    *("name", "type", "description", "options", "unit", "isFilterable", "isRequired", "_id"),
    *("fileName", "contentType", "s3Key", "s3Bucket", "createdAt", "x"),
]
TEXTS = st.one_of(
    st.text(max_size=8),
    st.sampled_from(
        [*AttributeType, "kg", "a;b", "a.csv", "text/csv", "Colour", " ", "$", "\ufeff"]
    ),
)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=6,
)
OPTIONS = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("delimiter", "encoding", "sheet", "headerRow"), VALUES)
)
BODIES = st.dictionaries(st.sampled_from(FIELDS), st.one_of(VALUES, TEXTS, OPTIONS), max_size=7)

NOW = datetime(2026, 3, 1, tzinfo=UTC)
SELECT = Attribute(
    id="colour",
    name="Colour",
    type=AttributeType.MULTIPLE_SELECT,
    options=("red",),
    created_at=NOW,
    updated_at=NOW,
    created_by="anonymous",
    updated_by="anonymous",
)


@pytest.mark.parametrize(
    "read",
    [
        read_draft,
        lambda body: read_changes(body, SELECT),
        read_upload_request,
        read_process_request,
    ],
    ids=["create attribute", "change attribute", "presigned url", "process file"],
)
@given(body=BODIES)
def test_a_body_is_read_or_refused_with_a_sentence_for_every_fault(
    read: Callable[[Any], Any], body: dict[str, Any]
) -> None:
    try:
        read(body)
    except InvalidRequest as refused:
        assert refused.message.endswith((".", "?"))
        assert all(set(detail) == {"field", "message"} for detail in refused.details)
        assert all(detail["message"].endswith((".", "?")) for detail in refused.details)
