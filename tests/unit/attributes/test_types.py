"""A new attribute type has an entry in every place that needs one: otherwise these tests name the
place. CONTRIBUTING.md lists them as steps."""

import json
from typing import Any

import pytest

from core.attributes.constraints import TYPES_WITH
from core.attributes.definitions import (
    SETTING_FIELDS,
    SUGGESTED_TYPES,
    TRAITS,
    AttributeDefinition,
    AttributeType,
    StoredAs,
)
from core.attributes.rules.compilation import compile_rules
from core.attributes.rules.model import Column, ColumnRole, FaultCode
from core.attributes.value_types import value_type
from core.enrichment.prompts.questions import RequestedAttribute
from core.enrichment.providers.answer_schema import answer_schema
from core.products.fields import KINDS
from core.settings import Settings
from tests.sources import ROOT

COLUMN = Column(index=0, header="A", attribute="A", role=ColumnRole.VALUE)


def schema(name: str) -> Any:
    return json.loads((ROOT / "schemas" / f"{name}.json").read_text(encoding="utf-8"))


def definition(kind: AttributeType) -> AttributeDefinition:
    return AttributeDefinition("A", kind, options=("x",), unit="kg")


def test_every_type_has_traits() -> None:
    missing = [kind.value for kind in AttributeType if kind not in TRAITS]
    assert not missing, f"add {missing} to TRAITS in core/attributes/definitions.py"


def test_traits_name_settings_that_exist() -> None:
    unknown = {name for traits in TRAITS.values() for name in traits.settings} - {*SETTING_FIELDS}
    assert not unknown, f"TRAITS names settings that SETTING_FIELDS lacks: {unknown}"
    assert TYPES_WITH["defaultValue"] == {*AttributeType}


@pytest.mark.parametrize("kind", list(TRAITS))
def test_every_type_has_rules(kind: AttributeType) -> None:
    try:
        book = compile_rules((definition(kind),), (COLUMN,), Settings())
    except KeyError:
        pytest.fail(f"register the rules of {kind} in core/attributes/rules/compilation.py")
    assert book.rules


def test_every_stored_form_can_be_listed_and_exported() -> None:
    for form in StoredAs:
        kinds = [kind for kind, traits in TRAITS.items() if traits.stored_as is form]
        assert kinds, f"no type is stored as {form}: remove it from StoredAs"
        for kind in kinds:
            assert KINDS[kind]
            assert value_type(definition(kind))


@pytest.mark.parametrize("kind", sorted(SUGGESTED_TYPES))
def test_a_model_is_given_words_for_every_suggested_type(kind: AttributeType) -> None:
    requested = RequestedAttribute("A", definition(kind), None)
    try:
        assert answer_schema([requested], with_bounds=True)
    except KeyError:
        pytest.fail(f"describe {kind} in _WORDS of core/enrichment/providers/answer_schema.py")


@pytest.mark.parametrize(
    ("name", "enum"),
    [
        ("requests/create-attribute", lambda s: s["properties"]["type"]["enum"]),
        ("responses/attribute", lambda s: s["properties"]["type"]["enum"]),
    ],
)
def test_the_schemas_name_every_type(name: str, enum: Any) -> None:
    assert enum(schema(name)) == [*AttributeType], f"name the type in schemas/{name}.json"


def test_the_schema_of_results_names_every_code() -> None:
    named = schema("result-file")["$defs"]["faultCode"]["enum"]
    assert set(named) == {*FaultCode}, "name the code in schemas/result-file.json"
