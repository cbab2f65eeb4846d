"""The id that a name gives, and the names that are refused."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.attributes.naming import (
    RESERVED_NAMES,
    attribute_id,
    letters_like_latin,
    name_fault,
    skeleton,
    trimmed,
)


@pytest.mark.parametrize(
    ("name", "identifier"),
    [
        ("Brand", "brand"),
        ("  Product Name ", "product_name"),
        ("Product-Name", "product_name"),
        ("product_name", "product_name"),
        ("Product  Name", "product__name"),
        ("Net\u00a0Weight", "net_weight"),
        ("Non\u2011breaking", "non_breaking"),
        ("Price (€)", "price_"),
        ("Size/Colour!", "sizecolour"),
        ("Größe", "größe"),
        ("STRASSE", "strasse"),
        ("Straße", "straße"),
        ("Fläche m²", "fläche_m²"),
        ("名前", "名前"),
        ("İstanbul", "i\u0307stanbul"),
        ("हिन्दी", "हिन्दी"),
        ("\ufeffBrand", "brand"),
        ("€", ""),
    ],
)
def test_the_id_is_the_name_trimmed_in_lower_case_with_underscores(
    name: str, identifier: str
) -> None:
    assert attribute_id(name) == identifier


def test_composed_and_decomposed_spelling_give_one_id() -> None:
    assert attribute_id(unicodedata.normalize("NFD", "Größe")) == attribute_id("Größe")


@given(st.text(max_size=30))
def test_an_id_gives_itself_and_holds_no_blank_and_no_control_character(name: str) -> None:
    identifier = attribute_id(name)
    assert attribute_id(identifier) == identifier
    assert not any(c.isspace() or unicodedata.category(c) == "Cc" for c in identifier)


@given(st.text(max_size=30))
def test_a_trimmed_name_has_no_blank_at_its_ends(name: str) -> None:
    text = trimmed(name)
    assert text == text.strip() == text.strip("\ufeff")


@pytest.mark.parametrize(
    "name", ["Brand", "Größe", "Weight [kg]", "Limit", "Price (€)", "Preis/Stück", "a, b", "q1"]
)
def test_names_of_real_files_are_accepted(name: str) -> None:
    assert name_fault(name) is None


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("", "empty"),
        ("Dim. x", "dot"),
        ("$price", "$"),
        ("US$", "$"),
        ("Line\nbreak", "line break"),
        ("Nul\x00", "control"),
        ("Para\u2029graph", "control"),
        ("_id", "starts with _"),
        ("_errors", "starts with _"),
        ("__proto__", "starts with _"),
        ("Price[gte]", "filter"),
        ("Price[contains]", "filter"),
        ("L\ufffd", "lost letter"),
        ("€ — £", "letter"),
        *((name, "reserved") for name in sorted(RESERVED_NAMES)),
    ],
)
def test_a_name_that_no_product_could_carry_is_refused_with_the_reason(
    name: str, reason: str
) -> None:
    sentence = name_fault(name)
    assert sentence is not None
    assert reason in sentence
    assert sentence.endswith(".")


@given(st.text(max_size=20))
def test_every_accepted_name_gives_an_id(name: str) -> None:
    if name_fault(trimmed(name)) is None:
        assert attribute_id(name)


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("Price", "\u0420rice", True),  # Cyrillic Er
        ("HEX", "\u0397\u0395\u03a7", True),  # Greek Eta, Epsilon, Chi
        ("Cok", "\u0421\u043e\u043a", False),  # its last letter is a small capital
        ("Price", "Prize", False),
        ("Цена", "Цена 2", False),
    ],
)
def test_names_that_look_alike_have_one_skeleton(one: str, other: str, alike: bool) -> None:
    assert (skeleton(one) == skeleton(other)) is alike


def test_letters_that_look_like_latin_ones_are_named() -> None:
    assert letters_like_latin("\u0420rice") == "U+0420 CYRILLIC CAPITAL LETTER ER"
    assert letters_like_latin("Größe") == ""
