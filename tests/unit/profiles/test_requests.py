"""The bodies of `POST` and `PUT /import-profiles`."""

from typing import Any

import pytest

from core.attributes.definitions import AttributeDefinition, AttributeType
from core.errors import InvalidRequest
from core.file_format import PROFILE_DEFAULTS
from core.profiles.requests import PROFILE_MAX_BYTES, read_new_profile, read_replacement

DEFINITIONS = (AttributeDefinition("Name", AttributeType.SHORT_TEXT),)
TO_NAME = {"headers": ["Artikel"], "attribute": "Name"}


def faults(body: dict[str, Any]) -> list[str]:
    with pytest.raises(InvalidRequest) as refused:
        read_new_profile(body, DEFINITIONS)
    assert refused.value.code == "INVALID_FIELDS"
    return [detail["field"] for detail in refused.value.details]


def test_options_that_are_left_out_have_the_defaults_of_profiles() -> None:
    assert read_new_profile({"name": "nordic"}, ()).options == PROFILE_DEFAULTS

    given = {"name": "nordic", "options": {"headers": "exact", "delimiter": None}}
    options = read_new_profile(given, ()).options
    assert (options.headers, options.locale, options.delimiter) == ("exact", "auto", None)


def test_headers_are_remembered_without_blanks_around_them() -> None:
    body = {"name": "nordic", "matchHeaders": [" Artikel ", "Preis"]}
    assert read_new_profile(body, ()).match_headers == ("Artikel", "Preis")


@pytest.mark.parametrize(
    ("headers", "field"),
    [
        (["Artikel", " "], "matchHeaders[1]"),
        (["Artikel", "Preis", "Artikel "], "matchHeaders[2]"),
    ],
)
def test_headers_that_are_blank_or_repeated_are_faults(headers: list[str], field: str) -> None:
    assert faults({"name": "nordic", "matchHeaders": headers}) == [field]


def test_a_mapping_must_fit_the_attributes() -> None:
    assert read_new_profile({"name": "n", "options": {"mapping": [TO_NAME]}}, DEFINITIONS)

    gone = {"headers": ["Preis"], "attribute": "Price"}
    assert faults({"name": "n", "options": {"mapping": [TO_NAME, gone]}}) == [
        "options.mapping[1].attribute"
    ]


def test_a_profile_that_would_not_fit_into_an_answer_is_refused() -> None:
    synonym = {"attribute": "Name", "step": "synonym", "words": ["w" * 200], "means": "x"}
    count = PROFILE_MAX_BYTES // 200 + 1
    body = {"name": "n", "options": {"valueSteps": [synonym] * count}}
    assert "options" in faults(body)


def test_a_replacement_names_the_revision_that_it_replaces() -> None:
    body = {"options": {"headers": "exact"}, "revision": 4}
    draft, revision = read_replacement(body, "nordic", None, ())
    assert (draft.name, draft.options.headers, revision) == ("nordic", "exact", 4)

    assert read_replacement(body, "nordic", 7, ())[1] == 7, "that of If-Match goes first"
    with pytest.raises(InvalidRequest) as refused:
        read_replacement({}, "nordic", None, ())
    assert [detail["field"] for detail in refused.value.details] == ["revision"]


def test_a_replacement_cannot_rename() -> None:
    with pytest.raises(InvalidRequest) as refused:
        read_replacement({"name": "other", "revision": 1}, "nordic", None, ())
    assert [detail["field"] for detail in refused.value.details] == ["name"]
