"""Bodies of POST and PUT /attributes: what is accepted, and how every fault is reported."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from core.attributes.definitions import Attribute, AttributeType
from core.attributes.requests import read_changes, read_draft
from core.errors import InvalidRequest
from core.settings import Settings

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def attribute(kind: AttributeType, **fields: Any) -> Attribute:
    return Attribute(
        id="colour",
        name="Colour",
        type=kind,
        created_at=NOW,
        updated_at=NOW,
        created_by="anonymous",
        updated_by="anonymous",
        **fields,
    )


SELECT = attribute(AttributeType.MULTIPLE_SELECT, options=("red", "blue"))
MEASURE = attribute(AttributeType.MEASURE, unit="kg")
TEXT = attribute(AttributeType.SHORT_TEXT)


def refusal_of_draft(body: dict[str, Any]) -> InvalidRequest:
    with pytest.raises(InvalidRequest) as refused:
        read_draft(body)
    return refused.value


def refusal_of_change(body: dict[str, Any], of: Attribute) -> InvalidRequest:
    with pytest.raises(InvalidRequest) as refused:
        read_changes(body, of)
    return refused.value


def fields(error: InvalidRequest) -> set[str]:
    return {detail["field"] for detail in error.details}


@pytest.mark.parametrize("kind", ["short_text", "long_text", "rich_text", "number"])
def test_a_plain_type_needs_a_name_only(kind: str) -> None:
    draft = read_draft({"name": " Brand ", "type": kind})
    assert (draft.name, draft.type) == ("Brand", kind)
    assert (draft.is_filterable, draft.is_sortable, draft.is_required) == (True, True, False)
    assert draft.description == ""


def test_options_and_units_lose_the_blanks_around_them_as_cells_do() -> None:
    draft = read_draft({"name": "A", "type": "single_select", "options": [" red ", "blue\u00a0"]})
    assert draft.options == ("red", "blue")
    assert read_draft({"name": "A", "type": "measure", "unit": " kg "}).unit == "kg"


def test_every_field_at_fault_is_named_at_once() -> None:
    error = refusal_of_draft(
        {
            "type": "multiple_select",
            "options": ["a;b", "", "x", " x"],
            "isRequired": "yes",
            "description": 5,
            "isRequried": True,
        }
    )
    assert error.code == "INVALID_FIELDS"
    assert fields(error) == {
        *("name", "options[0]", "options[1]", "options[3]"),
        *("isRequired", "description", "isRequried"),
    }
    assert error.message.startswith("7 things must be corrected: ")
    assert any("did you mean “isRequired”?" in detail["message"] for detail in error.details)


def test_a_single_fault_is_the_sentence_itself() -> None:
    error = refusal_of_draft({"name": "Brand"})
    assert error.message == "“type” is missing."
    assert error.details == [{"field": "type", "message": "“type” is missing."}]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "", "type": "number"}, "name"),
        ({"name": "   ", "type": "number"}, "name"),
        ({"name": "x" * 101, "type": "number"}, "name"),
        ({"name": "€", "type": "number"}, "name"),
        ({"name": "a.b", "type": "number"}, "name"),
        ({"name": 5, "type": "number"}, "name"),
        ({"name": None, "type": "number"}, "name"),
        ({"name": "A", "type": "text"}, "type"),
        ({"name": "A", "type": ["number"]}, "type"),
        ({"name": "A", "type": "number", "isFilterable": 1}, "isFilterable"),
        ({"name": "A", "type": "number", "isSortable": "true"}, "isSortable"),
        ({"name": "A", "type": "single_select"}, "options"),
        ({"name": "A", "type": "single_select", "options": []}, "options"),
        ({"name": "A", "type": "single_select", "options": "red"}, "options"),
        ({"name": "A", "type": "single_select", "options": {"red": 1}}, "options"),
        ({"name": "A", "type": "single_select", "options": ["red", 5]}, "options[1]"),
        ({"name": "A", "type": "single_select", "options": ["red", "  "]}, "options[1]"),
        ({"name": "A", "type": "single_select", "options": ["red", "red"]}, "options[1]"),
        ({"name": "A", "type": "single_select", "options": ["re\nd"]}, "options[0]"),
        ({"name": "A", "type": "multiple_select", "options": ["a;b"]}, "options[0]"),
        ({"name": "A", "type": "measure"}, "unit"),
        ({"name": "A", "type": "measure", "unit": " "}, "unit"),
        ({"name": "A", "type": "measure", "unit": 5}, "unit"),
        ({"name": "A", "type": "measure", "unit": "2kg"}, "unit"),
        ({"name": "A", "type": "number", "options": ["red"]}, "options"),
        ({"name": "A", "type": "single_select", "options": ["red"], "unit": "kg"}, "unit"),
        ({"name": "A", "type": "short_text", "unit": "kg"}, "unit"),
        ({"name": "A", "type": "measure", "unit": "kg", "options": ["kg"]}, "options"),
    ],
)
def test_one_mistake_is_one_fault_of_its_field(body: dict[str, Any], field: str) -> None:
    error = refusal_of_draft(body)
    assert fields(error) == {field}
    assert len(error.details) == 1
    assert error.message.endswith((".", "?"))


def test_a_single_select_may_have_an_option_with_a_semicolon() -> None:
    assert read_draft({"name": "A", "type": "single_select", "options": ["a;b"]}).options == (
        "a;b",
    )


def test_null_means_not_given() -> None:
    draft = read_draft({"name": "A", "type": "number", "options": None, "unit": None})
    assert draft.options == ()
    assert draft.unit is None


def test_a_form_may_send_empty_options_and_unit_for_a_type_without_them() -> None:
    assert read_draft({"name": "A", "type": "number", "options": [], "unit": ""}).unit is None


@pytest.mark.parametrize(
    ("of", "body", "expected"),
    [
        (TEXT, {"description": "new"}, {"description": "new"}),
        (
            TEXT,
            {"isRequired": True, "isSortable": False},
            {"isRequired": True, "isSortable": False},
        ),
        (SELECT, {"options": ["green "]}, {"options": ("green",)}),
        (MEASURE, {"unit": "g"}, {"unit": "g"}),
        (
            TEXT,
            {"name": "Colour", "type": "short_text", "isRequired": False},
            {"isRequired": False},
        ),
    ],
)
def test_a_change_replaces_what_is_given_and_nothing_else(
    of: Attribute, body: dict[str, Any], expected: dict[str, Any]
) -> None:
    assert msgspec.to_builtins(read_changes(body, of)) == expected


def test_a_whole_attribute_may_be_sent_back() -> None:
    changes = read_changes({**SELECT.to_json(), "description": "of the frame"}, SELECT)
    assert changes.description == "of the frame"


@pytest.mark.parametrize(
    ("of", "body", "field"),
    [
        (TEXT, {"name": "Other", "description": "x"}, "name"),
        (TEXT, {"type": "number", "description": "x"}, "type"),
        (TEXT, {"_id": "other", "description": "x"}, "_id"),
        (TEXT, {"options": ["a"]}, "options"),
        (TEXT, {"unit": "kg"}, "unit"),
        (SELECT, {"unit": "kg"}, "unit"),
        (SELECT, {"options": []}, "options"),
        (SELECT, {"options": ["a;b"]}, "options[0]"),
        (MEASURE, {"unit": ""}, "unit"),
        (MEASURE, {"options": ["kg"]}, "options"),
        (TEXT, {"isRequired": "no"}, "isRequired"),
        (TEXT, {"desciption": "x"}, "desciption"),
    ],
)
def test_what_an_attribute_cannot_change_is_refused(
    of: Attribute, body: dict[str, Any], field: str
) -> None:
    assert fields(refusal_of_change(body, of)) == {field}


@pytest.mark.parametrize(
    "body", [{}, {"description": None}, {"name": "Colour"}, {"updatedAt": "now"}, {"options": []}]
)
def test_a_body_that_changes_nothing_is_refused(body: dict[str, Any]) -> None:
    assert refusal_of_change(body, TEXT).code == "NOTHING_TO_CHANGE"


def test_how_many_options_there_may_be_and_how_long_a_text_is_a_setting() -> None:
    limits = Settings(max_options_per_attribute=2, long_text_max_characters=100)
    select = {"name": "Size", "type": "single_select", "options": ["a", "b", "c"]}
    with pytest.raises(InvalidRequest, match="3 “options” are too many; at most 2 may be"):
        read_draft(select, limits)
    with pytest.raises(InvalidRequest, match="at most 2 may be"):
        read_changes({"options": ["a", "b", "c"]}, SELECT, limits)
    text = {"name": "Text", "type": "long_text", "maxLength": 101}
    with pytest.raises(InvalidRequest, match="cannot be more than 100 characters"):
        read_draft(text, limits)
    assert read_draft({**select, "options": ["a", "b"]}, limits).options == ("a", "b")
