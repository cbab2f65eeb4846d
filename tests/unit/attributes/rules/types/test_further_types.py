"""The values that cells of the further types give, and the sentences for all others."""

import msgspec
import polars as pl
import pytest

from core.attributes.definitions import AttributeType
from core.attributes.rules.compilation import compile_rules
from core.attributes.rules.types.barcode import LENGTHS
from core.attributes.rules.values import validate_values
from tests.unit.attributes.rules.validation_kit import (
    SETTINGS,
    attribute,
    columns_for,
    lines,
    validated_cells,
)

NEW = attribute("New", "boolean")
DAY = attribute("Day", "date")
MOMENT = attribute("Moment", "datetime")
SITE = attribute("Site", "url")
GTIN = attribute("Gtin", "barcode")


def values(definition: object, *texts: str) -> list[object]:
    """One product per text, which all are right."""
    assert isinstance(definition, type(NEW))
    outcome = validated_cells(definition, *texts)
    assert outcome.faults == b""
    return [product[definition.name] for product in lines(outcome.products)]


def fault(definition: object, text: str) -> tuple[str, str]:
    """Code and what is said of the one fault."""
    assert isinstance(definition, type(NEW))
    (found,) = lines(validated_cells(definition, text).faults)
    start = f'Row 1, column "{definition.name}": '
    assert found["message"].startswith(start)
    assert found["message"].endswith(".")
    return found["code"], found["message"].removeprefix(start)


@pytest.mark.parametrize("kind", AttributeType)
def test_every_type_has_rules(kind: AttributeType) -> None:
    definition = attribute("A", kind, options=("a",), unit="kg")

    book = compile_rules([definition], columns_for(definition), SETTINGS)

    assert book.validate(pl.DataFrame({"0": [None, ""]})).faults.height == 0


def test_a_boolean_is_read_in_any_case_and_stored_as_one() -> None:
    texts = ["true", "TRUE", "Yes", " 1 ", "false", "FALSE", "no", "0"]

    assert values(NEW, *texts) == [True] * 4 + [False] * 4


@pytest.mark.parametrize("text", ["ja", "x", "2", "1.0", "tru", "on", "-"])
def test_what_only_looks_like_a_boolean_is_a_fault(text: str) -> None:
    code, reason = fault(NEW, text)

    assert code == "NOT_A_BOOLEAN"
    assert reason == (
        f'"{text}" is neither true nor false; write true or false, yes or no, 1 or 0.'
    )


def test_a_date_is_stored_as_iso_and_loses_the_midnight_of_spreadsheets() -> None:
    texts = ["2024-02-29", "2024-03-01 00:00:00", "2024-03-01T00:00", " 0001-01-01 "]

    assert values(DAY, *texts) == ["2024-02-29", "2024-03-01", "2024-03-01", "0001-01-01"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2023-02-29", "is not a day of the calendar"),
        ("1900-02-29", "is not a day of the calendar"),
        ("2024-13-01", "is not a day of the calendar"),
        ("0000-01-01", "is not a day of the calendar"),
        ("2024-03-01 12:30:00", "has a time of day"),
        ("2024-03-01T00:00:01", "has a time of day"),
        ("01.03.2024", "is not a date"),
        ("3/1/2024", "is not a date"),
        ("2024-3-1", "is not a date"),
        ("20240301", "is not a date"),
        ("45352", "is not a date"),
    ],
)
def test_what_is_no_day_is_told_why(text: str, words: str) -> None:
    code, reason = fault(DAY, text)

    assert code == "NOT_A_DATE"
    assert f'"{text}" {words}' in reason


def test_a_time_is_stored_in_utc_with_the_milliseconds_that_it_has() -> None:
    texts = {
        "2024-02-29T12:30:00Z": "2024-02-29T12:30:00Z",
        "2024-02-29 12:30": "2024-02-29T12:30:00Z",
        "2024-02-29": "2024-02-29T00:00:00Z",
        "2024-03-01T00:30:00.250+02:00": "2024-02-29T22:30:00.250Z",
        "2024-02-29 23:30:15,5-0045": "2024-03-01T00:15:15.500Z",
        "2024-02-29T12:30:00.120000+05": "2024-02-29T07:30:00.120Z",
        "0001-01-01T00:00:00.000Z": "0001-01-01T00:00:00Z",
    }

    assert values(MOMENT, *texts) == [*texts.values()]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2023-02-29T12:30:00Z", "is not a day of the calendar"),
        ("0001-01-01T00:00:00+00:01", "is not a day of the calendar, or out of the years 1 to"),
        ("9999-12-31T23:59:59-01:00", "is not a day of the calendar, or out of the years 1 to"),
        ("2024-03-01T12:30:00.1234Z", "has more than milliseconds"),
        ("2024-03-01T24:00:00", "is not a date with a time"),
        ("2024-03-01T23:59:60Z", "is not a date with a time"),
        ("01.03.2024 12:30", "is not a date with a time"),
        ("2024-03-01 12:30 UTC", "is not a date with a time"),
        ("1709296200", "is not a date with a time"),
    ],
)
def test_what_is_no_time_is_told_why(text: str, words: str) -> None:
    code, reason = fault(MOMENT, text)

    assert code == "NOT_A_DATETIME"
    assert f'"{text}" {words}' in reason


def test_times_without_a_zone_are_named() -> None:
    texts = ["2024-03-01T12:30:00Z", "2024-03-01 12:30", "2024-03-01", None, "soon"]

    (noted,) = (
        compile_rules([MOMENT], columns_for(MOMENT), SETTINGS)
        .validate(pl.DataFrame({"0": texts}))
        .noted
    )

    assert noted.code == "TIME_ZONE_ASSUMED"
    assert (noted.rows.to_list(), noted.first) == ([1, 2], "2024-03-01 12:30")


@pytest.mark.parametrize("kind", ["url", "image"])
def test_an_address_of_the_web_is_kept_as_it_is(kind: str) -> None:
    texts = [
        "https://example.com",
        "HTTP://Example.com:8080/a%20b?c=d&e#f",
        "https://münchen.de/größe.png",
        "http://[2001:db8::1]/",
        "http://192.168.0.1/a;b,c'(d)",
        "https://a_b.example.",
    ]

    assert values(attribute("A", kind), *texts) == texts


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("www.example.com", "must begin with https://"),
        ("javascript:alert(1)", "must begin with https://"),
        ("ftp://example.com", "must begin with https://"),
        ("https://example.com/a b", "holds a blank"),
        ("https://a.example https://b.example", "holds several addresses"),
        ("https://me:secret@example.com", "holds a user name"),
        ("https://", "names no host"),
        ("https:///a", "names no host"),
        ("https://a..b/", "names no host"),
        ("https://-a.b/", "names no host"),
        ("https://example.com:99999/", "has no right port"),
        ("https://example.com:/", "has no right port"),
        ('https://example.com/"onload="', "percent-encode"),
        ("https://example.com/<b>", "percent-encode"),
        ("https://example.com/a\\b", "percent-encode"),
        ("https://example.com/\ue000", "percent-encode"),
    ],
)
def test_what_is_no_address_is_told_why(text: str, words: str) -> None:
    code, reason = fault(SITE, text)

    assert code == "NOT_A_URL"
    assert words in reason


def test_an_address_has_at_most_2048_characters() -> None:
    longest = "https://example.com/" + "é" * 2_028

    assert values(SITE, longest) == [longest]
    assert fault(SITE, longest + "e") == (
        "TEXT_TOO_LONG",
        "the address has more than 2,048 characters.",
    )


def test_a_barcode_of_each_length_is_text_and_keeps_its_zeros() -> None:
    # the examples of GS1, and one that is zeros but for two digits
    texts = ["96385074", "036000291452", "4006381333931", "10012345678902", "00000000000017"]

    assert values(GTIN, *texts) == texts
    assert {len(text) for text in texts} == set(LENGTHS)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("4006381333932", "its last digit checks the others, and should be 1"),
        ("4006381339331", "its last digit checks the others"),
        ("400638133393", "should be 0"),
        ("36000291452", "has 11 digits, and a barcode has 8, 12, 13 or 14; a leading zero"),
        ("123456789", "has 9 digits, and a barcode has 8, 12, 13 or 14."),
        ("4.00638E+12", "is what a spreadsheet makes of a barcode"),
        ("4006381333931.0", "is what a spreadsheet makes of a barcode"),
        ("4006381 333931", "digits alone"),
        ("+9638507", "digits alone"),
        ("４００６３８１３３３９３１", "digits alone"),
        ("99999999999999999999999", "has 23 digits"),
    ],
)
def test_what_is_no_barcode_is_told_why(text: str, words: str) -> None:
    code, reason = fault(GTIN, text)

    assert code == "INVALID_BARCODE"
    assert words in reason


@pytest.mark.parametrize("definition", [NEW, DAY, SITE, GTIN], ids=lambda d: d.type)
def test_a_required_value_may_not_be_blank(definition: object) -> None:
    assert isinstance(definition, type(NEW))
    required = msgspec.structs.replace(definition, is_required=True)

    (found,) = validate_values({}, [required], SETTINGS).faults

    assert found.code == "REQUIRED_VALUE_MISSING"
