"""The columns of a benchmark file: a good cell, a bad one, and the attribute
that validates them. Together they are the catalogue of an outdoor shop, some 500 bytes a row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from tests.bench.draws import Draws
from tests.bench.words import (
    BRANDS,
    CATEGORIES,
    COLOR_CELLS,
    COLORS,
    DESCRIPTIONS,
    FILES,
    MATERIALS,
    NAMES,
    NOTES,
    TRAITS,
)

VALUE, EMPTY, SECOND, THIRD = range(4)
"""Streams of draws that the cells of a column take."""

Cells = Callable[[Draws], pl.Series]
Spoiling = Callable[[pl.Series, Draws], pl.Series]
"""From good cells and draws to cells that break the attribute's rules."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchColumn:
    name: str
    attribute: Mapping[str, Any]
    """The body of POST /attributes, without the name."""
    cells: Cells
    spoil: Spoiling | None = None
    """None: any text is right."""
    empty: float = 0.0
    """Share of the good cells that hold nothing."""


def _pick(texts: Sequence[str], draws: Draws, stream: int = VALUE) -> pl.Series:
    return pl.Series(texts, dtype=pl.String).gather(draws.below(stream, len(texts)))


def _one_of(*texts: str | None) -> Spoiling:
    """Cells of which each is wrong for the attribute (None is an empty cell)."""

    def spoil(_: pl.Series, draws: Draws) -> pl.Series:
        return pl.Series(texts, dtype=pl.String).gather(draws.below(SECOND, len(texts)))

    return spoil


def _too_long(good: pl.Series, _: Draws) -> pl.Series:
    return good + " in a colour and a size that nobody has ever asked us for"


def _text(expression: pl.Expr, **numbers: Any) -> pl.Series:
    return pl.DataFrame(numbers).select(expression.alias("text")).to_series()


def _padded(name: str, digits: int) -> pl.Expr:
    return pl.col(name).cast(pl.String).str.zfill(digits)


def sku_of(rows: Any) -> pl.Series:
    """The SKU of each row number; no two are the same."""
    return _text(pl.concat_str(pl.lit("SKU-"), _padded("row", 9)), row=rows.astype(np.int64))


def _sku(draws: Draws) -> pl.Series:
    return sku_of(draws.rows)


def _name(draws: Draws) -> pl.Series:
    return _pick(TRAITS, draws, SECOND) + " " + _pick(NAMES, draws)


def _price(draws: Draws) -> pl.Series:
    cents = draws.below(VALUE, 100_000)
    parts = pl.concat_str(pl.col("whole").cast(pl.String), pl.lit("."), _padded("cents", 2))
    return _text(parts, whole=cents // 100, cents=cents % 100)


def _stock(draws: Draws) -> pl.Series:
    return pl.Series(draws.below(VALUE, 2_000)).cast(pl.String)


def _weight(draws: Draws) -> pl.Series:
    tens = draws.below(VALUE, 3_000)
    parts = pl.concat_str(
        pl.col("whole").cast(pl.String), pl.lit("."), pl.col("tenth").cast(pl.String), pl.lit(" kg")
    )
    return _text(parts, whole=tens // 10, tenth=tens % 10)


def _day(draws: Draws) -> pl.Series:
    days = draws.below(VALUE, 4_000) + 16_436  # from 2015 on
    return pl.Series(days).cast(pl.Int32).cast(pl.Date).cast(pl.String)


def _barcode(draws: Draws) -> pl.Series:
    digits = draws.below(VALUE, 10**12)
    weighted, rest = np.zeros_like(digits), digits
    for place in range(12):
        weighted += (rest % 10) * (1 if place % 2 else 3)
        rest = rest // 10
    return _text(_padded("code", 13), code=digits * 10 + (-weighted) % 10)


def _wrong_check_digit(good: pl.Series, _: Draws) -> pl.Series:
    last = (pl.col("code").str.tail(1).cast(pl.Int8) + 1) % 10
    return _text(pl.concat_str(pl.col("code").str.head(12), last.cast(pl.String)), code=good)


def _address(folder: str, extension: str) -> Cells:
    def cells(draws: Draws) -> pl.Series:
        place = f"https://shop.example.com/{folder}/" + _pick(FILES, draws, SECOND)
        return place + "-" + pl.Series(draws.below(VALUE, 10**6)).cast(pl.String) + extension

    return cells


COLUMNS: tuple[BenchColumn, ...] = (
    BenchColumn(
        name="SKU",
        attribute={"type": "short_text", "isRequired": True, "isIdentifier": True},
        cells=_sku,
        spoil=_one_of(None),
    ),
    BenchColumn(
        name="ProductName",
        attribute={"type": "short_text", "isRequired": True},
        cells=_name,
        spoil=_too_long,
    ),
    BenchColumn(
        name="Brand",
        attribute={"type": "single_select", "options": list(BRANDS)},
        cells=lambda draws: _pick(BRANDS, draws),
        spoil=_one_of("Unbranded", "nordlicht", "Blue-Heron"),
    ),
    BenchColumn(
        name="Category",
        attribute={"type": "single_select", "options": list(CATEGORIES), "isRequired": True},
        cells=lambda draws: _pick(CATEGORIES, draws),
        spoil=_one_of("Misc", None),
    ),
    BenchColumn(
        name="Description",
        attribute={"type": "long_text", "isFilterable": False, "isSortable": False},
        cells=lambda draws: _pick(DESCRIPTIONS, draws),
    ),
    BenchColumn(
        name="Price",
        attribute={"type": "number", "isRequired": True, "min": 0, "decimals": 2},
        cells=_price,
        spoil=_one_of("12,50", "free", "-1", "9.9999", None),
    ),
    BenchColumn(
        name="Stock",
        attribute={"type": "number", "decimals": 0},
        cells=_stock,
        spoil=_one_of("plenty", "7 pcs", "0.5"),
        empty=0.1,
    ),
    BenchColumn(
        name="Weight",
        attribute={"type": "measure", "unit": "kg"},
        cells=_weight,
        spoil=_one_of("heavy", "kg 5", "1,5 kg"),
        empty=0.1,
    ),
    BenchColumn(
        name="Colors",
        attribute={"type": "multiple_select", "options": list(COLORS)},
        cells=lambda draws: _pick(COLOR_CELLS, draws),
        spoil=_one_of("Black; Beige", "transparent"),
        empty=0.05,
    ),
    BenchColumn(
        name="InRange",
        attribute={"type": "boolean"},
        cells=lambda draws: _pick(("true", "false", "yes", "no"), draws),
        spoil=_one_of("maybe", "2"),
    ),
    BenchColumn(
        name="AvailableFrom",
        attribute={"type": "date"},
        cells=_day,
        spoil=_one_of("2026-02-30", "1.3.2026", "soon"),
        empty=0.1,
    ),
    BenchColumn(
        name="Barcode",
        attribute={"type": "barcode"},
        cells=_barcode,
        spoil=_wrong_check_digit,
        empty=0.05,
    ),
    BenchColumn(
        name="ProductUrl",
        attribute={"type": "url"},
        cells=_address("products", ""),
        spoil=_one_of("shop.example.com/tent", "ftp://shop.example.com/tent", "see above"),
        empty=0.1,
    ),
    BenchColumn(
        name="ImageUrl",
        attribute={"type": "image"},
        cells=_address("images/large", ".jpg"),
        spoil=_one_of("tent.jpg", "https://shop.example.com/a b.jpg"),
        empty=0.1,
    ),
    BenchColumn(
        name="Material",
        attribute={"type": "long_text", "isFilterable": False, "isSortable": False},
        cells=lambda draws: _pick(MATERIALS, draws) + ". " + _pick(NOTES, draws, SECOND),
        empty=0.2,
    ),
)


def columns(count: int) -> tuple[BenchColumn, ...]:
    """The first `count` columns; beyond the catalogue its columns come again under numbered names.

    Raises ValueError below one.
    """
    if count < 1:
        raise ValueError(f"A file has at least one column, not {count}.")
    return tuple(_numbered(index) for index in range(count))


def _numbered(index: int) -> BenchColumn:
    turn, place = divmod(index, len(COLUMNS))
    column = COLUMNS[place]
    if turn == 0:
        return column
    attribute = {k: v for k, v in column.attribute.items() if k != "isIdentifier"}
    return BenchColumn(
        name=f"{column.name}{turn + 1}",
        attribute=attribute,
        cells=column.cells,
        spoil=column.spoil,
        empty=column.empty,
    )
