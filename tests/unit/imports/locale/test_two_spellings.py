"""One table as a German and as an American supplier writes it: the same products, or a question."""

import csv
import io
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.imports.model import ImportOutcome
from core.outcomes import Refusal
from tests.unit.attributes.rules.validation_kit import attribute
from tests.unit.imports.locale.locale_kit import SKU
from tests.unit.imports.table.mapping_kit import imported

DEFINITIONS = (
    SKU,
    attribute("Price", "number"),
    attribute("Stock", "number"),
    attribute("Weight", "measure", unit="kg"),
    attribute("Day", "date"),
    attribute("New", "boolean"),
)
HEADERS = [definition.name for definition in DEFINITIONS]


class Spelling(NamedTuple):
    signs: str
    """In place of the point and the comma of `1,299.50`."""
    price: str
    day: str
    truths: tuple[str, str]
    locale: dict[str, str]


GERMAN = Spelling(
    ",.", "{} €", "%d.%m.%Y", ("nein", "ja"), {"decimalSign": ",", "dateOrder": "day_first"}
)
AMERICAN = Spelling(
    ".,", "${}", "%m/%d/%Y", ("no", "Yes"), {"decimalSign": ".", "dateOrder": "month_first"}
)


class Row(NamedTuple):
    price: Decimal
    stock: int
    weight: Decimal
    day: date
    new: bool
    grouped: bool

    def product(self, at: int) -> dict[str, Any]:
        return {
            "SKU": f"A{at}",
            "Price": float(self.price),
            "Stock": self.stock,
            "Weight": {"value": float(self.weight), "unit": "kg"},
            "Day": self.day.isoformat(),
            "New": self.new,
        }

    def cells(self, at: int, spelling: Spelling) -> list[str]:
        def written(number: Decimal | int) -> str:
            text = f"{number:,}" if self.grouped else str(number)
            return text.translate(str.maketrans(".,", spelling.signs))

        return [
            f"A{at}",
            spelling.price.format(written(self.price)),
            written(self.stock),
            f"{written(self.weight)} kg",
            self.day.strftime(spelling.day),
            spelling.truths[self.new],
        ]


ROWS = st.lists(
    st.builds(
        Row,
        price=st.decimals(0, 9_999_999, places=2),
        stock=st.integers(0, 9_999_999),
        weight=st.decimals(0, 9_999, places=3) | st.decimals(0, 99, places=1),
        day=st.dates(date(1990, 1, 1), date(2040, 1, 1)),
        new=st.booleans(),
        grouped=st.booleans(),
    ),
    min_size=1,
    max_size=8,
)


def read(
    rows: Sequence[Row], spelling: Spelling, locale: Any, chunk_bytes: int
) -> tuple[ImportOutcome | Refusal, list[dict[str, Any]]]:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\n")
    writer.writerow(HEADERS)
    writer.writerows(row.cells(at, spelling) for at, row in enumerate(rows))
    outcome, products, _ = imported(
        text.getvalue(), definitions=DEFINITIONS, locale=locale, chunk_bytes=chunk_bytes
    )
    return outcome, products


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(ROWS, st.integers(40, 400))
def test_with_the_fitting_locale_both_spellings_give_the_same_products(
    rows: list[Row], chunk_bytes: int
) -> None:
    for spelling in (GERMAN, AMERICAN):
        outcome, products = read(rows, spelling, spelling.locale, chunk_bytes)

        assert isinstance(outcome, ImportOutcome), outcome
        assert outcome.faults == 0
        assert products == [row.product(at) for at, row in enumerate(rows)]


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(ROWS, st.integers(40, 400))
def test_without_it_both_give_the_same_products_or_one_asks(
    rows: list[Row], chunk_bytes: int
) -> None:
    """A row that decides every column makes the answer certain."""
    decided = [
        *rows,
        Row(Decimal("0.50"), 1_234_567, Decimal("0.5"), date(2026, 2, 13), True, True),
    ]
    for spelling in (GERMAN, AMERICAN):
        outcome, products = read(decided, spelling, "auto", chunk_bytes)

        assert isinstance(outcome, ImportOutcome), outcome
        assert outcome.faults == 0
        assert products == [row.product(at) for at, row in enumerate(decided)]

        outcome, products = read(rows, spelling, "auto", chunk_bytes)

        if isinstance(outcome, Refusal):
            assert outcome.code == "LOCALE_UNDECIDED"
        else:
            assert products == [row.product(at) for at, row in enumerate(rows)]
