"""The validation settings of an attribute: which type has which, and what is refused."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.attributes.constraints import TYPES_WITH
from core.attributes.definitions import (
    SETTING_FIELDS,
    Attribute,
    AttributeDefinition,
    AttributeType,
)
from core.attributes.requests import read_changes, read_draft
from core.errors import InvalidRequest
from core.schemas import load

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SAMPLES: dict[str, Any] = {
    "isUnique": True,
    "isIdentifier": True,
    "maxLength": 20,
    "min": 1,
    "max": 9.5,
    "decimals": 2,
    "pattern": "[A-Z0-9]*",
}
NEEDED: dict[AttributeType, dict[str, Any]] = {
    AttributeType.SINGLE_SELECT: {"options": ["Red", "Blue"]},
    AttributeType.MULTIPLE_SELECT: {"options": ["Red", "Blue"]},
    AttributeType.MEASURE: {"unit": "kg"},
}
DEFAULTS: dict[AttributeType, Any] = {
    AttributeType.SHORT_TEXT: "A",
    AttributeType.LONG_TEXT: "A\nB",
    AttributeType.RICH_TEXT: "<p>A</p>",
    AttributeType.NUMBER: 5,
    AttributeType.SINGLE_SELECT: "Red",
    AttributeType.MULTIPLE_SELECT: ["Blue", "Red"],
    AttributeType.MEASURE: "5 kg",
    AttributeType.BOOLEAN: False,
    AttributeType.DATE: "2026-03-01",
    AttributeType.DATETIME: "2026-03-01T12:30:00Z",
    AttributeType.URL: "https://example.com",
    AttributeType.IMAGE: "https://example.com/a.png",
    AttributeType.BARCODE: "00012345678905",
}


def body(kind: AttributeType, **settings: Any) -> dict[str, Any]:
    return {"name": "A", "type": kind.value, **NEEDED.get(kind, {}), **settings}


def attribute(kind: AttributeType, **settings: Any) -> Attribute:
    draft = read_draft(body(kind, **settings))
    return Attribute(
        id="a",
        created_at=NOW,
        updated_at=NOW,
        created_by="anonymous",
        updated_by="anonymous",
        **msgspec.structs.asdict(draft),
    )


def faults_of_draft(given: dict[str, Any]) -> list[tuple[str, str]]:
    with pytest.raises(InvalidRequest) as refused:
        read_draft(given)
    return [(detail["field"], detail["message"]) for detail in refused.value.details]


def faults_of_change(given: dict[str, Any], of: Attribute) -> list[tuple[str, str]]:
    with pytest.raises(InvalidRequest) as refused:
        read_changes(given, of)
    assert refused.value.code == "INVALID_FIELDS"
    return [(detail["field"], detail["message"]) for detail in refused.value.details]


def test_both_schemas_and_the_table_know_the_same_settings() -> None:
    assert TYPES_WITH.keys() == SETTING_FIELDS.keys()
    for schema in ("requests/create-attribute", "requests/update-attribute"):
        assert SETTING_FIELDS.keys() <= load(schema)["properties"].keys()
    assert load("requests/create-attribute")["properties"]["type"]["enum"] == list(AttributeType)


@pytest.mark.parametrize("kind", AttributeType)
@pytest.mark.parametrize("field", SAMPLES)
def test_a_type_takes_the_settings_that_it_has_and_refuses_the_others(
    kind: AttributeType, field: str
) -> None:
    given = body(kind, **{field: SAMPLES[field]})

    if kind in TYPES_WITH[field]:
        shown = attribute(kind, **{field: SAMPLES[field]}).to_json()
        assert shown[field] == SAMPLES[field]
        assert SETTING_FIELDS.keys() & shown.keys() == {field}
    else:
        reported = [(field, f"An attribute of type {kind} has no “{field}”.")]
        assert faults_of_draft(given) == reported
        assert faults_of_change({field: SAMPLES[field]}, attribute(kind)) == reported


@pytest.mark.parametrize("kind", AttributeType)
def test_a_default_of_each_type_is_kept_and_is_the_text_of_a_cell(kind: AttributeType) -> None:
    made = attribute(kind, defaultValue=DEFAULTS[kind])

    assert made.to_json()["defaultValue"] == DEFAULTS[kind]
    text = made.definition().default_value
    assert text is not None
    again = attribute(kind, defaultValue=text)
    assert again.default_value == made.default_value


@pytest.mark.parametrize("kind", AttributeType)
def test_what_says_none_is_taken_from_every_type(kind: AttributeType) -> None:
    nothing = {
        "isUnique": False,
        "isIdentifier": False,
        "maxLength": None,
        "min": None,
        "max": None,
        "decimals": None,
        "pattern": "",
        "defaultValue": " ",
    }

    made = attribute(kind, **nothing)

    assert SETTING_FIELDS.keys().isdisjoint(made.to_json())


@pytest.mark.parametrize(
    ("kind", "settings", "field", "words"),
    [
        ("number", {"min": 2, "max": 1}, "max", "must not be smaller than “min”"),
        ("number", {"min": "1"}, "min", "must be a number"),
        ("number", {"max": True}, "max", "must be a number"),
        ("number", {"min": -1e16}, "min", "must be"),
        ("number", {"min": float("nan")}, "min", "finite"),
        ("number", {"decimals": 13}, "decimals", "12 or less"),
        ("number", {"decimals": -1}, "decimals", "0 or more"),
        ("number", {"decimals": 1.5}, "decimals", "a whole number"),
        ("short_text", {"maxLength": 0}, "maxLength", "1 or more"),
        ("short_text", {"maxLength": -5}, "maxLength", "1 or more"),
        ("short_text", {"maxLength": 51}, "maxLength", "at most 50"),
        ("long_text", {"maxLength": 1_000_001}, "maxLength", "1000000 or less"),
        ("short_text", {"pattern": "(?=a)b"}, "pattern", "looks ahead or behind"),
        ("short_text", {"pattern": "(?<!a)b"}, "pattern", "looks ahead or behind"),
        ("short_text", {"pattern": r"(a)\1"}, "pattern", "refers back"),
        ("short_text", {"pattern": "["}, "pattern", "unclosed character class"),
        ("short_text", {"pattern": "a)|(b"}, "pattern", "unopened group"),
        ("short_text", {"pattern": "(?x)a #b"}, "pattern", "comment"),
        ("short_text", {"pattern": "((a{99}){99}){99}"}, "pattern", "too large"),
        ("short_text", {"pattern": r"\w{100}"}, "pattern", "too large"),
        ("short_text", {"pattern": "a\nb"}, "pattern", "line break"),
        ("short_text", {"pattern": "\ud800"}, "pattern", "control character"),
        ("short_text", {"pattern": "a" * 501}, "pattern", "500"),
        ("short_text", {"isUnique": "yes"}, "isUnique", "true or false"),
        ("number", {"defaultValue": 5, "max": 3}, "defaultValue", "at most 3 is allowed"),
        ("number", {"defaultValue": "five"}, "defaultValue", "is not a number"),
        ("number", {"defaultValue": float("inf")}, "defaultValue", "is not a number"),
        ("number", {"defaultValue": 5, "isUnique": True}, "defaultValue", "“isUnique”"),
        ("barcode", {"defaultValue": "96385074", "isIdentifier": True}, "defaultValue", "share"),
        ("single_select", {"defaultValue": "red"}, "defaultValue", 'did you mean "Red"?'),
        ("multiple_select", {"defaultValue": ";"}, "defaultValue", "holds no value"),
        ("multiple_select", {"defaultValue": ["Red", 5]}, "defaultValue[1]", "must be text"),
        ("short_text", {"defaultValue": "ab", "pattern": "a"}, "defaultValue", "pattern"),
        ("short_text", {"defaultValue": "a" * 51}, "defaultValue", "51 characters"),
        ("short_text", {"defaultValue": "a\ud800"}, "defaultValue", "half of a character"),
        ("short_text", {"defaultValue": {"a": 1}}, "defaultValue", "must be"),
    ],
)
def test_nonsense_is_one_fault_with_a_sentence(
    kind: str, settings: dict[str, Any], field: str, words: str
) -> None:
    ((at, message),) = faults_of_draft(body(AttributeType(kind), **settings))

    assert at == field
    assert words in message
    assert message.endswith(".")


def test_all_faults_of_the_settings_are_told_at_once() -> None:
    given = body(AttributeType.NUMBER, min=2, max=1, pattern="[", decimals=99, defaultValue="x")

    assert {field for field, _ in faults_of_draft(given)} == {"max", "pattern", "decimals"}


VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-3, 60),
        st.integers(),
        st.floats(),
        st.text(max_size=6),
        st.text("ab()[]{}|*+?\\\\.^$0123456789,", max_size=12),
        st.sampled_from(["\ud800", "Red", "Red;Blue", "2 kg", "2026-03-01", "true", "1e999", " "]),
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner),
    max_leaves=4,
)
SETTINGS = st.dictionaries(st.sampled_from(sorted(SETTING_FIELDS)), VALUES, max_size=4)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(AttributeType), SETTINGS, SETTINGS)
def test_whatever_a_caller_sends_is_read_or_refused_with_sentences(
    kind: AttributeType, first: dict[str, Any], second: dict[str, Any]
) -> None:
    try:
        made = attribute(kind, **first)
    except InvalidRequest as refused:
        assert all(detail["message"].endswith((".", "?")) for detail in refused.details)
        made = attribute(kind)
    assert msgspec.json.decode(msgspec.json.encode(made), type=Attribute) == made
    try:
        changes = read_changes(second, made)
    except InvalidRequest as refused:
        assert refused.code in ("INVALID_FIELDS", "NOTHING_TO_CHANGE")
    else:
        after = msgspec.convert(made.to_document() | dict(changes.given), Attribute)
        # what was accepted piece by piece is accepted whole
        assert attribute(kind, **{f: v for f, v in after.to_json().items() if f in SETTING_FIELDS})


def test_a_whole_number_may_be_written_with_a_point() -> None:
    assert attribute(AttributeType.NUMBER, decimals=2.0).decimals == 2
    assert read_changes({"decimals": 3.0}, attribute(AttributeType.NUMBER)).decimals == 3


def test_a_change_is_judged_by_what_the_attribute_has_already() -> None:
    number = attribute(AttributeType.NUMBER, min=5, defaultValue=7)

    assert [f for f, _ in faults_of_change({"max": 4}, number)] == ["max"]
    assert [f for f, _ in faults_of_change({"max": 6}, number)] == ["defaultValue"]
    assert [f for f, _ in faults_of_change({"isUnique": True}, number)] == ["defaultValue"]
    changed = read_changes({"max": 6, "defaultValue": 6}, number)
    assert msgspec.to_builtins(changed) == {"max": 6, "defaultValue": 6}


def test_an_option_that_is_the_default_cannot_go_alone() -> None:
    colour = attribute(AttributeType.SINGLE_SELECT, defaultValue="Red")

    ((field, message),) = faults_of_change({"options": ["Blue"]}, colour)

    assert (field, '"Red" is not an option' in message) == ("defaultValue", True)
    assert read_changes({"options": ["Blue"], "defaultValue": None}, colour).default_value is None


@pytest.mark.parametrize("nothing", [None, ""])
def test_a_setting_is_taken_away_by_what_says_none(nothing: Any) -> None:
    code = attribute(AttributeType.SHORT_TEXT, pattern="a", maxLength=5, isUnique=True)

    changes = read_changes({"pattern": nothing}, code)

    assert msgspec.to_builtins(changes) == {"pattern": None}
    assert read_changes({"isUnique": None}, code).is_unique is False


def test_a_whole_attribute_with_settings_may_be_sent_back() -> None:
    made = attribute(AttributeType.SHORT_TEXT, pattern="a+", maxLength=5, defaultValue="aa")

    changes = read_changes(made.to_json() | {"description": "new"}, made)

    assert (changes.description, changes.default_value) == ("new", "aa")


def test_definitions_frozen_before_there_were_settings_still_decode() -> None:
    frozen = b'[{"name":"A","type":"measure","options":[],"unit":"kg","isRequired":true}]'

    (definition,) = msgspec.json.decode(frozen, type=tuple[AttributeDefinition, ...])

    assert definition == AttributeDefinition("A", AttributeType.MEASURE, (), "kg", True)
    assert definition.default_value is None


@pytest.mark.parametrize("kind", AttributeType)
def test_a_definition_survives_being_frozen(kind: AttributeType) -> None:
    definition = attribute(kind, defaultValue=DEFAULTS[kind]).definition()

    data = msgspec.json.encode(definition)

    assert msgspec.json.decode(data, type=AttributeDefinition) == definition
