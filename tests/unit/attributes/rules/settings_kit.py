"""Definitions with every setting and of every further type, and cells that hit their rules."""

from dataclasses import dataclass

from hypothesis import strategies as st

from core.attributes.definitions import AttributeDefinition
from core.attributes.rules.model import Column, ColumnRole
from tests.unit.attributes.rules.validation_kit import (
    BLANK_TEXTS,
    CELLS,
    MEASURE_TEXTS,
    NUMBER_TEXTS,
    attribute,
)

FURTHER = (
    attribute("Code", "short_text", max_length=6, pattern="[A-Z]{2}[0-9]+|x|", is_required=True),
    attribute("Note", "long_text", pattern='(?s)a.*|say "hi"', default_value='a "default"\\'),
    attribute("Html", "rich_text", max_length=10),
    attribute("Price", "number", min=-5, max=100.25, decimals=2),
    attribute("Stock", "number", decimals=0, default_value="7"),
    attribute("Huge", "number", decimals=12),
    attribute("Color", "single_select", options=("Red", "Blue"), default_value="Blue"),
    attribute(
        "Sizes", "multiple_select", options=("S", "M"), default_value="M; S", is_required=True
    ),
    attribute("Weight", "measure", unit="kg", min=0, max=20, decimals=1),
    attribute("Length", "measure", unit="cm", min=-1e15, default_value="3"),
    attribute("New", "boolean"),
    attribute("Active", "boolean", default_value="true", is_required=True),
    attribute("Day", "date"),
    attribute("Moment", "datetime"),
    attribute("Site", "url"),
    attribute("Photo", "image", pattern=r".*\.png"),
    attribute("Gtin", "barcode"),
)

_PAIRED = "Length"


def columns_for_settings(*definitions: AttributeDefinition) -> tuple[Column, ...]:
    """One column per definition, in order, and two for the measure that comes as a pair."""
    columns: list[Column] = []
    for definition in definitions:
        name, first = definition.name, len(columns)
        if name == _PAIRED:
            roles = [
                (f"{name}Value", ColumnRole.MEASURE_VALUE),
                (f"{name}Unit", ColumnRole.MEASURE_UNIT),
            ]
        else:
            roles = [(name, ColumnRole.VALUE)]
        columns += [
            Column(index=first + at, header=header, role=role, attribute=name)
            for at, (header, role) in enumerate(roles)
        ]
    return tuple(columns)


_DECIMALS = st.decimals(-10, 120, places=4).map(lambda d: str(d.normalize()))
_NUMBERS = (
    NUMBER_TEXTS
    | _DECIMALS
    | st.floats(allow_nan=False, allow_infinity=False).map(repr)
    | st.sampled_from(["100.25", "100.250", "100.26", "-5", "-5.01", "1.230", "1e-3", "120e-2"])
    | st.sampled_from(["5000.1234567", "4503599627.370497", "0.1000000000000000055", "1e15"])
)
_BOOLEANS = st.sampled_from(["true", "TRUE", "Yes", "no", "0", "1", "01", "wahr", "y", "1.0"])
_DATES = (
    st.dates().map(str)
    | st.builds("{}-{:02}-{:02}".format, st.integers(1990, 2030), st.integers(0, 13), st.just(30))
    | st.sampled_from(
        [
            "2024-02-29",
            "2023-02-29",
            "1900-02-29",
            "2000-02-29",
            "0000-01-01",
            "9999-12-31",
            "2024-03-01 00:00:00",
            "2024-03-01T00:00",
            "2024-03-01 00:00:00.000",
            "2024-03-01 00:00:01",
            "2024-03-01 12:30:00",
            "2024-03-01 ",
            "2024-3-1",
            "20240301",
            "+2024-03-01",
            "01.03.2024",
            "٢٠٢٤-٠٣-٠١",
            "2024-03-01 00:00:00Z",
        ]
    )
)
_MOMENTS = st.builds(
    "{}{}{}{}".format,
    st.dates().map(str) | st.sampled_from(["2024-02-30", "0001-01-01", "9999-12-31"]),
    st.sampled_from(["T", " "]) | st.sampled_from(["t", "  ", ""]),
    st.times().map(lambda time: time.isoformat("seconds"))
    | st.times().map(lambda time: time.isoformat("milliseconds"))
    | st.sampled_from(
        [
            *("00:00", "24:00", "23:59:60", "12:60", "7:05", "12:30:15.1234", "12:30:15,5"),
            *("12:30:15.120000", "12", "12:30:15.", "١٢:٣٠"),
        ]
    ),
    st.sampled_from(
        ["", "Z", "+02:00", "-0530", "+14", "+23:59", "-12:00", "z", "+24:00", " UTC", "+2"]
    ),
)
_ANY_URLS = st.builds(
    "{}{}{}{}".format,
    st.sampled_from(
        ["http://", "https://", "HTTPS://", "ftp://", "//", "", "javascript:", "http:"]
    ),
    st.sampled_from(
        [
            "example.com",
            "www.exämple.de",
            "localhost",
            "a.b.",
            "a..b",
            "-a.b",
            "a-.b",
            "a_b",
            "[::1]",
            "[x]",
            "",
            "user@host",
            "u:p@host",
            "a b",
            "日本.jp",
            "1.2.3.4",
        ]
    ),
    st.sampled_from(["", "", ":80", ":0", ":65535", ":65536", ":99999", ":", ":x", ":080"]),
    st.sampled_from(
        [
            *("", "/", "/a.png", "/ä?b=c#d", "?q", "#f", "/a;b", "/%20"),
            *("/a b", '/"', "/a\\b", "/{x}"),
            *(f"/{'a' * length}.png" for length in (2_030, 2_060)),
        ]
    ),
)


_GOOD_URLS = st.builds(
    "https://{}{}".format,
    st.sampled_from(["example.com", "www.exämple.de", "localhost:8080", "[::1]:80", "日本.jp"]),
    st.sampled_from(["", "/", "/a.png", "/ä?b=c#d.png", f"/{'é' * 2_000}.png", "?a;b"]),
)
_URLS = _GOOD_URLS | _ANY_URLS


@st.composite
def _gtins(draw: st.DrawFn) -> str:
    length = draw(st.sampled_from([8, 12, 13, 14]))
    body = draw(st.text("0123456789", min_size=length - 1, max_size=length - 1))
    weighted = sum(int(d) * (1 if at % 2 else 3) for at, d in enumerate(reversed(body)))
    return body + str(-weighted % 10)


GTINS = _gtins()
"""Texts of digits with a right check digit."""

_BARCODES = (
    GTINS
    | st.text("0123456789", min_size=6, max_size=15)
    | st.sampled_from(
        ["+4006381333931", "4006381333931.0", "4.00638E+12", "４006381333931", "-0000000", "0" * 13]
    )
)
_FITTING = {
    "Code": st.sampled_from(["AB1", "AB1234", "AB12345", "x", "ab1", "AB1\n"]),
    "Note": st.sampled_from(["a", "a\nb", 'say "hi"', "b"]),
    "Html": st.sampled_from(["<b>é</b>", "é" * 10, "é" * 11]),
    "Price": _NUMBERS,
    "Stock": _NUMBERS,
    "Huge": _NUMBERS,
    "Color": st.sampled_from(["Red", "Blue", "red"]),
    "Sizes": st.sampled_from(["S", "S;M", ";", " ; ;", "L"]),
    "Weight": st.builds("{}{}".format, _NUMBERS, st.sampled_from(["", " kg", "KG", " g"])),
    "Length": _NUMBERS | MEASURE_TEXTS,
    "New": _BOOLEANS,
    "Active": _BOOLEANS,
    "Day": _DATES,
    "Moment": _MOMENTS | _DATES,
    "Site": _URLS,
    "Photo": _URLS,
    "Gtin": _BARCODES,
}
_EMPTY = st.none() | BLANK_TEXTS


def _cells(fitting: st.SearchStrategy[str]) -> st.SearchStrategy[str | None]:
    """Mostly what the column is about, sometimes nothing, rarely anything at all."""
    padded = st.builds(lambda text, end: text + end, fitting, st.sampled_from(["", "", " ", "\t"]))
    kinds = (*[padded] * 6, _EMPTY, CELLS)
    return st.integers(0, len(kinds) - 1).flatmap(kinds.__getitem__)  # one_of would flatten them


_UNITS = _EMPTY | st.sampled_from(["cm", "CM", "m", "kg;g"])


@dataclass(frozen=True)
class Table:
    definitions: tuple[AttributeDefinition, ...]
    columns: tuple[Column, ...]
    rows: list[list[str | None]]


@st.composite
def further_tables(draw: st.DrawFn) -> Table:
    """Of some of FURTHER: few, so that some rows are valid."""
    chosen = draw(st.lists(st.sampled_from(FURTHER), min_size=1, max_size=2, unique=True))
    columns = columns_for_settings(*chosen)
    cells = [
        _UNITS
        if column.role is ColumnRole.MEASURE_UNIT
        else _cells(_FITTING[str(column.attribute)])
        for column in columns
    ]
    rows = draw(st.lists(st.tuples(*cells).map(list), min_size=1, max_size=8))
    return Table(tuple(chosen), columns, rows)
