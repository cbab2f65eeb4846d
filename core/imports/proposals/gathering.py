"""The evidence of some rows: every cell is looked at, once for each distinct text of a column."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from core.attributes.comparing import BLANKS
from core.attributes.definitions import AttributeType
from core.file_format import Locale
from core.imports.locale.dates import dates_seen
from core.imports.locale.deciding import prepared
from core.imports.locale.numbers import numbers_seen
from core.imports.locale.times import times_seen
from core.imports.locale.words import EMPTY_WORDS, are_empty
from core.imports.model import ValueKind
from core.imports.proposals.candidates import (
    MEASURE_LIKE,
    Candidate,
    candidates,
    decimals_of,
    measure_candidates,
    pair_book,
)
from core.imports.proposals.evidence import (
    EXAMPLES,
    LIST,
    MOST_UNITS,
    MOST_VALUES,
    OWN_CURRENCY,
    Cell,
    ColumnEvidence,
    Counts,
    Fit,
    TableEvidence,
    bounded,
    first_cells,
    plain_dates,
    plain_numbers,
)
from core.settings import Settings

SHOWN_CHARACTERS = 60
LONGEST_UNIQUE = 200
"""Characters of a text that may be the name of one product among all."""
_MARKUP = r"(?i)<(?:p|br|ul|ol|li|b|i|u|a|em|strong|div|span|h[1-6]|table|tr|td|img|hr)\b[^<>]*>"
_HASHED_BY = 1


@dataclass(frozen=True, slots=True)
class Gathered:
    evidence: TableEvidence
    hashes: Mapping[int, pl.Series]
    """Of the texts of each column in which none repeats."""


def gather(
    frame: pl.DataFrame,
    first_row: int,
    columns: Iterable[int],
    pairs: Mapping[int, int],
    given: Locale,
    settings: Settings,
) -> Gathered:
    """`frame` holds cells as in the file, in columns named by their position. `pairs` are the
    columns that may be value and unit of one measure."""
    cells = frame.select(prepared(pl.all()))
    filled = cells.select(pl.any_horizontal(pl.all().is_not_null()).alias("filled"))["filled"]
    cells = cells.with_row_index("row", offset=first_row).filter(filled)
    found: dict[int, ColumnEvidence] = {}
    hashes: dict[int, pl.Series] = {}
    repeating = set()
    for column in columns:
        texts = _distinct(cells, [str(column)], given)
        found[column] = _of_column(texts, cells.height, given, settings)
        if texts.height < found[column].cells or found[column].longest > LONGEST_UNIQUE:
            repeating.add(column)
        else:
            hashes[column] = texts["0"].hash(_HASHED_BY)
    of_pairs = {
        value: _of_pair(_distinct(cells, [str(value), str(unit)], given), cells.height, settings)
        for value, unit in pairs.items()
    }
    evidence = TableEvidence(
        rows=cells.height, columns=found, pairs=of_pairs, repeating=frozenset(repeating)
    )
    return Gathered(evidence, hashes)


def _distinct(cells: pl.DataFrame, columns: Sequence[str], given: Locale) -> pl.DataFrame:
    """The distinct texts in columns "0", …, how many `cells` have them, and the `row` of the first.
    Empty ones are left out."""
    texts = cells.select("row", *(pl.col(name).alias(str(at)) for at, name in enumerate(columns)))
    names = [str(at) for at in range(len(columns))]
    if given.empty_words:
        texts = texts.with_columns(_without(texts[name], given.empty_words) for name in names)
    return (
        texts.filter(pl.any_horizontal(pl.col(names).is_not_null()))
        .group_by(names, maintain_order=True)
        .agg(pl.len().alias("cells"), pl.col("row").first())
    )


def _without(texts: pl.Series, words: Sequence[str]) -> pl.Series:
    return texts.scatter(are_empty(texts, words).arg_true(), None)


def _of_column(texts: pl.DataFrame, rows: int, given: Locale, settings: Settings) -> ColumnEvidence:
    text = pl.col("0")
    cells = int(texts["cells"].sum())
    typed = texts.filter(~are_empty(texts["0"], EMPTY_WORDS))
    values = _counts(texts, MOST_VALUES)
    semicolons = texts.filter(text.str.contains(";", literal=True))
    parts = _parts(texts) if semicolons.height else values
    numbers = plain_numbers(numbers_seen(typed["0"], ValueKind.NUMBER))
    fits = {
        candidate.name: fit
        for candidate in candidates(given, numbers.currencies, sorted(parts or ()), settings)
        if (fit := _fit(candidate, texts if candidate.name == LIST else typed)).cells
    }
    if not numbers.currencies:
        fits |= {
            name + OWN_CURRENCY: fit
            for name, fit in fits.items()
            if name.startswith(f"{AttributeType.NUMBER}|")
        }

    def count(condition: pl.Expr) -> int:
        return int(texts.filter(condition)["cells"].sum())

    return ColumnEvidence(
        cells=cells,
        blanks=rows - cells,
        words_for_nothing=cells - int(typed["cells"].sum()),
        longest=texts.select(text.str.len_chars().max()).item() or 0,
        with_line_ends=count(text.str.contains(r"\p{Cc}")),
        with_markup=count(text.str.contains(_MARKUP)),
        with_blanks=count(text.str.contains(r"\s")),
        with_semicolon=int(semicolons["cells"].sum()),
        with_comma=count(text.str.contains(r",\s*\pL")),
        whole=count(text.str.contains("^(?:0|-?[1-9][0-9]{0,17})$")),
        zero_led=count(text.str.contains("^0[0-9]+$")),
        values=values,
        parts=parts,
        units=_units(typed),
        numbers=numbers,
        measures=plain_numbers(numbers_seen(typed["0"], ValueKind.MEASURE)),
        dates=plain_dates(dates_seen(typed["0"])),
        times=plain_dates(times_seen(typed["0"])),
        fits=dict(sorted(fits.items())),
        misfits_of_absent=_first(typed),
    )


def _of_pair(texts: pl.DataFrame, rows: int, settings: Settings) -> ColumnEvidence:
    """Of values in column "0" and units in column "1"."""
    value, unit = pl.col("0"), pl.col("1")
    nothing = texts.with_columns(_without(texts["0"], EMPTY_WORDS))
    typed = nothing.filter(value.is_not_null() | unit.is_not_null())
    fits = {
        candidate.name: fit
        for candidate in measure_candidates(pair_book(settings))
        if (fit := _fit(candidate, typed)).cells
    }
    own = _units(typed.filter(value.is_not_null() & unit.is_null()))
    beside = _counts(typed.select(unit.alias("0"), "cells").drop_nulls(), MOST_UNITS)
    units = None
    if own is not None and beside is not None:
        units = {u: own.get(u, 0) + beside.get(u, 0) for u in {*own, *beside}}
    cells = int(typed["cells"].sum())
    return ColumnEvidence(
        cells=cells,
        blanks=rows - cells,
        longest=typed.select(value.str.len_chars().max()).item() or 0,
        units=None if units is None else bounded(units, MOST_UNITS),
        measures=plain_numbers(numbers_seen(typed["0"].drop_nulls(), ValueKind.MEASURE)),
        fits=dict(sorted(fits.items())),
        misfits_of_absent=_first(typed),
    )


def _fit(candidate: Candidate, texts: pl.DataFrame) -> Fit:
    text = pl.col("0")
    possible = texts.with_row_index("at").filter(candidate.like(text).fill_null(value=False))
    if not possible.height:
        return Fit(misfits=_first(texts))
    read = possible["0"]
    wrong = pl.repeat(value=False, n=possible.height, dtype=pl.Boolean, eager=True)
    if candidate.read is not None:
        found = candidate.read(read)
        read = found["read"].fill_null(read)
        wrong = found["misread"].fill_null(value=False)
    faults = candidate.book.validate(possible.with_columns(read.alias("0"))).faults
    wrong = wrong.scatter(faults["row"].unique(), values=True)
    good = possible.with_columns(read.alias("0")).filter(~wrong)
    fitting = pl.repeat(value=False, n=texts.height, dtype=pl.Boolean, eager=True)
    fitting = fitting.scatter(good["at"], values=True)
    low = high = None
    decimals = 0
    if candidate.has_numbers and good.height:
        number = text.cast(pl.Float64)
        low, high, decimals = good.select(
            number.min().alias("low"), number.max().alias("high"), decimals_of(text).max()
        ).row(0)
    return Fit(
        cells=int(good["cells"].sum()),
        misfits=_first(texts.filter(~fitting)),
        low=low,
        high=high,
        decimals=decimals,
    )


def _first(texts: pl.DataFrame) -> tuple[Cell, ...]:
    """The first cells, with different texts."""
    shown = [name for name in ("0", "1") if name in texts.columns]
    text = pl.concat_str(shown, separator=" ", ignore_nulls=True).str.head(SHOWN_CHARACTERS)
    first = texts.select(text.alias("text"), "row").sort("row")
    first = first.unique("text", keep="first", maintain_order=True).head(EXAMPLES)
    return first_cells(Cell(row=row, value=text) for text, row in first.iter_rows())


def _counts(texts: pl.DataFrame, most: int) -> Counts | None:
    """Column "0" may repeat."""
    if texts["0"].n_unique() > most:
        return None
    counts: Counts = {}
    for text, cells in texts.select("0", "cells").iter_rows():
        counts[text] = counts.get(text, 0) + cells
    return bounded(counts, most)


def _parts(texts: pl.DataFrame) -> Counts | None:
    parts = texts.select(pl.col("0").str.split(";"), "cells").explode("0")
    parts = parts.with_columns(pl.col("0").str.strip_chars(BLANKS)).filter(pl.col("0") != "")
    return _counts(parts, MOST_VALUES)


def _units(texts: pl.DataFrame) -> Counts | None:
    """What follows the numbers of measures."""
    text = pl.col("0")
    like = texts.filter(text.str.contains(MEASURE_LIKE))
    unit = text.str.strip_chars_start("+-0123456789.,'’ \u00a0\u202f").str.strip_chars(BLANKS)
    return _counts(like.select(unit.alias("0"), "cells"), MOST_UNITS)
