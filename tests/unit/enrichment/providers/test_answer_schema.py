"""The schema of an answer says what the attributes say, within what providers accept."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.attributes.definitions import AttributeDefinition
from core.enrichment.prompts.questions import requested_attributes
from core.enrichment.providers.answer_schema import answer_schema
from tests.model_server import strict_schema_fault
from tests.unit.enrichment.enrichment_kit import (
    BLUETOOTH,
    CATALOGUE,
    COLOUR,
    FUNCTIONS,
    SETTINGS,
    WEIGHT,
    T,
    attribute,
)


def schema_of(*definitions: AttributeDefinition, with_bounds: bool = True) -> dict[str, Any]:
    return answer_schema(requested_attributes(definitions, {}, SETTINGS), with_bounds=with_bounds)


def accepts(definition: AttributeDefinition, value: Any) -> bool:
    schema = schema_of(definition)
    (key,) = schema["properties"]
    answer = {key: {"drawnFrom": [], "value": value, "confidence": 0.5}}
    return bool(jsonschema.Draft202012Validator(schema).is_valid(answer))


REASON = [
    (COLOUR, "red", "green"),
    (FUNCTIONS, ["print", "copy"], ["fly"]),
    (WEIGHT, 2.5, -1),
    (WEIGHT, 2.5, "2.5 kg"),
    (BLUETOOTH, False, "no"),
    (attribute("Pieces", T.NUMBER, decimals=0, max=9), 9, 1.5),
    (attribute("Pieces", T.NUMBER, decimals=0, max=9), 9, 10),
    (attribute("Title", T.SHORT_TEXT), "Boot", 5),
]


@pytest.mark.parametrize(("definition", "sound", "wrong"), REASON)
def test_the_schema_takes_sound_values_and_i_dont_know_and_refuses_others(
    definition: AttributeDefinition, sound: Any, wrong: Any
) -> None:
    assert accepts(definition, sound)
    assert accepts(definition, None)
    assert not accepts(definition, wrong)


def test_what_a_schema_cannot_say_is_said_in_words() -> None:
    code = attribute("Code", T.SHORT_TEXT, max_length=12, pattern="[A-Z]+")
    schema = schema_of(code, WEIGHT)

    words = schema["properties"]["code"]["description"]
    assert "at most 12 characters" in words
    assert "[A-Z]+" in words
    assert "in kg" in schema["properties"]["weight"]["description"]


def test_bounds_are_keywords_only_where_the_provider_takes_them() -> None:
    with_bounds = schema_of(WEIGHT)["properties"]["weight"]["properties"]["value"]["anyOf"][0]
    without = schema_of(WEIGHT, with_bounds=False)["properties"]["weight"]
    assert with_bounds["minimum"] == 0
    assert "minimum" not in without["properties"]["value"]["anyOf"][0]
    assert "0 or more" in without["description"]


def test_too_many_options_for_an_enum_are_told_in_words() -> None:
    options = tuple(f"part {'x' * 70} {n}" for n in range(300))
    long = attribute("Part", T.SINGLE_SELECT, options=options)
    schema = schema_of(long, COLOUR)

    assert strict_schema_fault(schema) is None
    value = schema["properties"]["part"]["properties"]["value"]["anyOf"][0]
    assert "enum" not in value
    assert " more" in schema["properties"]["part"]["description"]
    colour = schema["properties"]["colour"]["properties"]["value"]["anyOf"][0]
    assert colour["enum"] == list(COLOUR.options)


definitions = st.builds(
    lambda name, kind, count, size: attribute(
        name,
        kind,
        options=tuple(f"{'o' * size}{n}" for n in range(count + 1)) if "select" in kind else (),
        unit="kg" if kind is T.MEASURE else None,
    ),
    name=st.text(min_size=1, max_size=60),
    kind=st.sampled_from(list(T)),
    count=st.sampled_from([1, 5, 249, 251, 600]),
    size=st.sampled_from([1, 80]),
)


@given(st.lists(definitions, min_size=1, max_size=12, unique_by=lambda d: d.name))
def test_every_schema_is_one_that_strict_outputs_accept(
    some: list[AttributeDefinition],
) -> None:
    schema = schema_of(*some)

    assert strict_schema_fault(schema) is None
    assert len(schema["properties"]) == len(some)
    assert all(key.isascii() and len(key) <= 64 for key in schema["properties"])


def test_keys_are_plain_and_tell_attributes_apart() -> None:
    names = ("Größe (cm)", "Größe cm", "色", "形", "Colour")
    requested = requested_attributes([attribute(n, T.SHORT_TEXT) for n in names], {}, SETTINGS)

    keys = [a.key for a in requested]
    assert keys == ["groe_cm", "groe_cm_2", "attribute", "attribute_2", "colour"]


def test_the_sample_catalogue_is_accepted() -> None:
    assert strict_schema_fault(schema_of(*CATALOGUE)) is None
