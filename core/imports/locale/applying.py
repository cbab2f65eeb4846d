"""Cells in the form that the rules of attributes read, by what was decided for their columns."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial

import polars as pl

from core.attributes.comparing import BLANKS
from core.attributes.definitions import AttributeDefinition
from core.attributes.rules.model import Column, FaultCode
from core.attributes.rules.shown import shown
from core.attributes.rules.tidying import Noted, note
from core.attributes.rules.wording import FAULTS_SCHEMA
from core.imports.locale.dates import read_dates
from core.imports.locale.deciding import prepared_cells
from core.imports.locale.numbers import read_numbers
from core.imports.locale.times import read_times
from core.imports.locale.words import EMPTY_WORDS, empty_rows, read_truths
from core.imports.model import ColumnFormat, ReadLocale, ValueKind
from core.outcomes import NoticeCode

_READERS = {ValueKind.DATE: read_dates, ValueKind.DATETIME: read_times}
_CODES = {
    ValueKind.NUMBER: FaultCode.NOT_A_NUMBER,
    ValueKind.MEASURE: FaultCode.NOT_A_MEASURE,
    ValueKind.DATETIME: FaultCode.NOT_A_DATETIME,
}


@dataclass(frozen=True, slots=True)
class LocalCells:
    """Rows whose cells were rewritten."""

    frame: pl.DataFrame
    misread: tuple[tuple[ColumnFormat, pl.Series], ...]
    """Of a column, the rows whose cells are no values in its format, though the rules would read
    them: as another number, or another time."""
    noted: tuple[Noted, ...]
    rewritten: tuple[int, ...]
    """The columns with cells that are no longer as in the file."""


def read_locally(
    texts: pl.DataFrame,
    locale: ReadLocale,
    columns: Sequence[Column],
    definitions: Sequence[AttributeDefinition],
) -> LocalCells:
    """`texts` are cells as in the file."""
    changed: dict[int, pl.Series] = {}
    misread: list[tuple[ColumnFormat, pl.Series]] = []
    noted: list[Noted] = []
    options = _options_by_column(columns, definitions)
    for index in (*locale.typed, *(locale.texts if locale.empty_words else ())):
        words = (*(EMPTY_WORDS if index in locale.typed else ()), *locale.empty_words)
        kept = {option.lower() for option in options.get(index, ())}
        cells = texts[str(index)]
        rows = empty_rows(cells, [word for word in words if word.lower() not in kept])
        if len(rows):
            noted += note(NoticeCode.WORDS_READ_AS_EMPTY, str(index), rows, cells.gather(rows))
            changed[index] = cells.scatter(rows, None)

    def rewrite(index: int, read: Callable[[pl.Series], pl.DataFrame]) -> pl.Series:
        """The mask of the cells that `read` calls misread."""
        cells = changed.get(index, texts[str(index)])

        plain = prepared_cells(cells)
        found = read(plain)
        changed[index] = found["read"].fill_null(cells)
        if plain is not cells:
            odd = found["read"].is_not_null() & plain.ne_missing(cells.str.strip_chars(BLANKS))
            rows = odd.arg_true()
            code = NoticeCode.INVISIBLE_CHARACTERS
            noted.extend(note(code, str(index), rows, cells.gather(rows)))
        return found["misread"].fill_null(value=False)

    for index in locale.booleans:
        rewrite(index, partial(read_truths, true=locale.true_words, false=locale.false_words))
    for form in locale.formats:
        read = _READERS.get(form.kind, read_numbers)
        rows = rewrite(form.column, partial(read, form=form)).arg_true()
        misread += [(form, rows)] if len(rows) else []
    frame = texts.with_columns(series.alias(str(index)) for index, series in changed.items())
    return LocalCells(frame, tuple(misread), tuple(noted), tuple(sorted(changed)))


def _options_by_column(
    columns: Sequence[Column], definitions: Sequence[AttributeDefinition]
) -> dict[int, tuple[str, ...]]:
    options = {d.name: d.options for d in definitions if d.options}
    return {c.index: options[c.attribute] for c in columns if c.attribute in options}


def with_raw_texts(
    faults: pl.DataFrame,
    read: pl.DataFrame,
    rewritten: Collection[int],
    raw: pl.DataFrame,
    limit: int,
) -> pl.DataFrame:
    """The faults, quoting cells as they are in the file (`raw`) where they were `read` otherwise,
    in the columns that were `rewritten`."""
    positions = faults["position"].unique()
    quotes = []
    for index in (index for index in sorted(rewritten) if index in positions):
        rows = faults.filter(pl.col("position") == index)["row"].unique()
        was, now = (frame[str(index)].gather(rows).str.strip_chars(BLANKS) for frame in (read, raw))
        quotes.append(
            pl.DataFrame({"row": rows, "was": was, "now": now})
            .filter(pl.col("was").ne_missing(pl.col("now")))
            .with_columns(pl.lit(index, dtype=FAULTS_SCHEMA["position"]).alias("position"))
        )
    if not quotes:
        return faults
    quoted = (
        faults.with_row_index("at")
        .join(pl.concat(quotes), on=["row", "position"], maintain_order="left")
        .with_columns(
            pl.concat_str(pl.lit('"'), shown(pl.col(n), limit)).alias(f"quoted {n}")
            for n in ("was", "now")
        )
    )
    if not quoted.height:
        return faults
    reason, quote = pl.col("reason"), pl.col("quoted was")
    requoted = pl.concat_str("quoted now", reason.str.slice(quote.str.len_chars()))
    quoted = quoted.select(
        "at",
        pl.when(reason.str.starts_with(quote).fill_null(value=False))
        .then(requoted)
        .otherwise(reason)
        .alias("reason"),
        pl.when(pl.col("value").is_not_null())
        .then(pl.coalesce(pl.col("now").str.head(limit), pl.col("value")))
        .alias("value"),
    )
    return faults.with_columns(
        faults[name].scatter(quoted["at"], quoted[name]).alias(name) for name in ("reason", "value")
    )


def with_misread(
    faults: pl.DataFrame, local: LocalCells, raw: pl.DataFrame, headers: Sequence[str], limit: int
) -> pl.DataFrame:
    """The faults, and those of cells that would be read as another number. They go before others of
    the same cell."""
    found = []
    for form, rows in local.misread:
        text = raw[str(form.column)].gather(rows).str.strip_chars(BLANKS)
        found.append(
            pl.DataFrame({"row": rows, "text": text}).select(
                pl.col("row"),
                pl.lit(form.column).alias("position"),
                pl.lit(_CODES[form.kind].value).alias("code"),
                pl.lit(headers[form.column]).alias("column"),
                pl.concat_str(pl.lit('"'), shown(pl.col("text"), limit), pl.lit(_says(form))).alias(
                    "reason"
                ),
                pl.col("text").str.head(limit).alias("value"),
            )
        )
    if not found:
        return faults
    added = pl.DataFrame(pl.concat(found), schema_overrides=FAULTS_SCHEMA)
    others = faults.join(added, on=["row", "position"], how="anti", maintain_order="left")
    return pl.concat([others, added]).sort("row", "position", maintain_order=True)


def _says(form: ColumnFormat) -> str:
    """Why a cell that the rules would read is no value in this format."""
    if form.kind is ValueKind.DATETIME:
        return (
            f'" does not occur in {form.time_zone}, or occurs twice, when the clocks change; write '
            "it with an offset, such as +02:00"
        )
    if form.decimal_sign is None:
        return '" reads in two ways, since the column has points and commas for decimals'
    return '" has a point, but the decimal sign of the column is a comma'
