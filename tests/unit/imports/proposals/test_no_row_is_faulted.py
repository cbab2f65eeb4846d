"""Whatever a file holds: no cell is a fault by what is proposed for it, and the chunks in which it
is read make no difference."""

import csv
import io

import msgspec
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from core.file_format import ReadingOptions
from core.imports.model import ImportOutcome
from core.imports.proposals.model import Proposals
from tests.unit.imports.proposals.proposal_kit import judged, proposed

pytestmark = pytest.mark.slow  # whole imports of random files

CELLS = (
    *(
        "12",
        "0",
        "1",
        "-5",
        "007",
        "1.450",
        "129,90",
        "1.299,00",
        "1,299.50",
        "0.5",
        "1e3",
        "1.5e3",
    ),
    *("$95.00", "12,50 €", "AED 15", "€ 3", "12 kg", "1,5 kg", "500 g", "2.5 KG", "3 mW"),
    *("3 MW", "5", "10 x 20 cm", "kg", "g", "cm", "true", "No", "y", "n", "ja", "on", "n/a", "-"),
    "none",
    *("2026-03-01", "13/02/2026", "01/02/2026", "2/13/2026", "2026-03-01 00:00:00", "31.02.2026"),
    *(
        "2026-03-01 10:30",
        "13/02/2026 1:05 PM",
        "01/02/2026 10:30",
        "2026-03-01T12:28:09Z",
        "10:30",
    ),
    *("https://a.example/x.png", "http://b.example/", "HTTPS://A.EXAMPLE/y.jpg", "ftp://a"),
    *("4006381333931", "96385074", "1234567890123", "red", "Red", "red ", "blue; red", ";", "a;;b"),
    *("red;red", "<p>x</p>", "a\nb", "x" * 51, "naïve", "zero\u200bwidth", "\u200b", "\u00a05", ""),
    *("=1+1", "'=1", "#N/A", "9" * 25, "1e400", "NaN", "Infinity", "total", "\u00e9", "e\u0301"),
)
HEADERS = (
    *("SKU", "Name", "Price ($)", "Weight (kg)", "WeightValue", "WeightUnit", "Weight", "weight"),
    *(
        "Weight-Unit",
        "Art.Nr.",
        "In stock?",
        "stock",
        "page",
        "_id",
        "Größe",
        "ean",
        "Active (0/1)",
    ),
    *("a b", "a-b", "A_B", "$", "x[gte]", "name", "Units", "", "_errors"),
)


@st.composite
def tables(draw: st.DrawFn) -> list[list[str]]:
    """With headers. Columns keep to few texts, so that types and selects come up."""
    headers = draw(st.lists(st.sampled_from(HEADERS), min_size=1, max_size=5).filter(any))
    rows = draw(st.integers(1, 30))
    columns = []
    for _ in headers:
        texts = draw(st.lists(st.sampled_from(CELLS), min_size=1, max_size=4))
        columns.append(draw(st.lists(st.sampled_from(texts), min_size=rows, max_size=rows)))
    return [headers, *map(list, zip(*columns, strict=True))]


def as_csv(table: list[list[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows(table)
    return text.getvalue().encode()


OPTIONS = ReadingOptions(delimiter=",", header_row=1, encoding="utf-8")


@given(tables())
@example([["WeightValue", "WeightUnit"], ["1", "kg"], ["2", ""], ["", "g"]])
@example([["Weight", "Weight-Unit"], ["1,5", "kg"], ["n/a", ""], ["2,25", "g"]])
@example([["stock"], *[["1.5e3"], ["2.5"]] * 10])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_cell_is_a_fault_by_its_own_proposal(table: list[list[str]]) -> None:
    content = as_csv(table)

    proposals = proposed(content, options=OPTIONS)

    assert isinstance(proposals, Proposals)
    outcome = judged(content, proposals)
    assert isinstance(outcome, ImportOutcome), outcome
    assert outcome.faults_by_code == {}
    assert outcome.invalid_rows == 0


@given(tables(), st.integers(40, 400))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_chunks_make_no_difference(table: list[list[str]], chunk_bytes: int) -> None:
    content = as_csv(table)

    whole = proposed(content, options=OPTIONS)
    in_chunks = proposed(content, options=OPTIONS, chunk_target_bytes=chunk_bytes)

    assert msgspec.json.encode(in_chunks) == msgspec.json.encode(whole)
