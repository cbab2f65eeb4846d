"""Cells changed by the caller's steps: some before the locale of a file is read, others behind."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import polars as pl

from core.attributes.comparing import BLANKS
from core.attributes.rules.distinct import by_distinct
from core.attributes.rules.model import FaultCode
from core.attributes.rules.shown import shown
from core.attributes.rules.tidying import Noted, note
from core.attributes.rules.types.select import SEPARATOR
from core.attributes.rules.wording import FAULTS_SCHEMA
from core.imports.locale.deciding import prepared_cells
from core.imports.steps.compiling import CompiledSteps, Converted, SteppedColumn, TextStep
from core.imports.steps.converting import converted
from core.outcomes import NoticeCode


@dataclass(slots=True)
class SteppedCells:
    """Rows whose cells were changed."""

    frame: pl.DataFrame
    done: defaultdict[int, list[pl.Series]] = field(default_factory=lambda: defaultdict(list))
    """Column → which steps changed each of its cells, as the elements of a JSON array; null for a
    cell that none changed."""
    noted: list[Noted] = field(default_factory=list)
    unconverted: list[tuple[Converted, pl.Series]] = field(default_factory=list)
    """Why cells of a measure cannot be converted; null for all others."""

    def change(self, index: int, texts: pl.Series, steps: pl.Series) -> None:
        """`steps` are not null where a cell is another text than before."""
        rows = steps.is_not_null().arg_true()
        if not len(rows):
            return
        cells = self.frame[str(index)]
        odd = cells.gather(rows)
        odd_rows = rows.filter(prepared_cells(odd).ne_missing(odd.str.strip_chars(BLANKS)))
        code = NoticeCode.INVISIBLE_CHARACTERS
        self.noted.extend(note(code, str(index), odd_rows, cells.gather(odd_rows)))
        self.frame = self.frame.with_columns(texts.alias(str(index)))
        self.done[index].append(steps)


def before_locale(frame: pl.DataFrame, steps: CompiledSteps) -> SteppedCells:
    """The steps for numbers, dates and their like, as far as they change texts."""
    stepped = SteppedCells(frame)
    _change_texts(stepped, steps.before_locale)
    return stepped


def after_locale(stepped: SteppedCells, steps: CompiledSteps) -> None:
    """All others, on the cells as the locale reads them."""
    _change_texts(stepped, steps.after_locale)
    for measure in steps.converted:
        _convert(stepped, measure)


def _change_texts(stepped: SteppedCells, columns: Iterable[SteppedColumn]) -> None:
    for column in columns:

        def work(texts: pl.Series, column: SteppedColumn = column) -> pl.DataFrame:
            return _changed(texts, column.steps, is_list=column.is_list)

        cells = stepped.frame[str(column.index)]
        found = by_distinct(cells, work)
        stepped.change(column.index, found["text"], found["steps"])


def _changed(texts: pl.Series, steps: Sequence[TextStep], *, is_list: bool) -> pl.DataFrame:
    """`text`, and `steps`: null where the text is as it was."""
    values = prepared_cells(texts).to_frame("0").with_row_index("row")
    if is_list:
        parts = pl.col("0").str.split(SEPARATOR)
        values = values.with_columns(parts).explode("0")
        values = values.with_columns(prepared_cells(values["0"]).alias("0"))
    for at, step in enumerate(steps):
        values = values.with_columns(step.change(pl.col(str(at))).alias(str(at + 1)))
    last = str(len(steps))
    differs = {
        at: pl.col(str(at)).ne_missing(pl.col(str(at + 1))).alias(f"by {at}")
        for at in range(len(steps))
    }
    values = values.select("row", pl.col(last).alias("text"), *differs.values())
    if is_list:
        joined = pl.col("text").drop_nulls().str.join(f"{SEPARATOR} ")
        values = values.group_by("row", maintain_order=True).agg(
            joined, *(pl.col(f"by {at}").any() for at in differs)
        )
        values = values.with_columns(pl.col("text").replace("", None))
    named = [pl.when(f"by {at}").then(pl.lit(f'"{step.name}"')) for at, step in enumerate(steps)]
    listed = pl.concat_str(named, separator=",", ignore_nulls=True).replace("", None)
    found = values.select("text", listed.alias("steps"))
    return found.select(
        pl.when(pl.col("steps").is_null()).then(pl.lit(texts)).otherwise("text").alias("text"),
        "steps",
    )


def _convert(stepped: SteppedCells, measure: Converted) -> None:
    names = [str(column.index) for column in measure.columns]
    cells = pl.DataFrame([prepared_cells(stepped.frame[name]) for name in names])
    found = converted(cells, measure)
    number, steps, wanted = found["number"], found["steps"], pl.lit(measure.wanted)
    if measure.unit is None:
        text = pl.concat_str(pl.col("number"), pl.lit(" "), wanted)
        number = found.select(text.alias("number")).to_series()
    else:
        unit = str(measure.unit.index)
        now = pl.select(pl.when(pl.lit(number).is_not_null()).then(wanted)).to_series()
        now = now.fill_null(stepped.frame[unit])
        differs = steps.is_not_null() & now.ne_missing(cells[unit])
        of_unit = pl.select(pl.when(pl.lit(differs)).then(pl.lit(steps))).to_series()
        stepped.change(measure.unit.index, now, of_unit)
    value = measure.value.index
    stepped.change(value, number.fill_null(stepped.frame[str(value)]), steps)
    if found["reason"].null_count() < len(found):
        stepped.unconverted.append((measure, found["reason"]))


def with_unconverted(
    faults: pl.DataFrame,
    stepped: SteppedCells,
    raw: pl.DataFrame,
    headers: Sequence[str],
    limit: int,
) -> pl.DataFrame:
    """The faults, and those of measures that cannot be converted, quoting cells of `raw`, the file.
    Other faults of a cell go before, except that it has another unit than its bounds."""
    found = []
    for measure, reasons in stepped.unconverted:
        rows = reasons.is_not_null().arg_true()
        at = pl.lit(measure.value.index)
        if measure.unit is not None:
            units = raw[str(measure.unit.index)].gather(rows).str.strip_chars(BLANKS)
            has_unit = pl.lit(units).fill_null("") != ""
            at = pl.when(has_unit).then(measure.unit.index).otherwise(at)
        places = pl.DataFrame({"row": rows, "reason": reasons.gather(rows)}).with_columns(
            at.cast(FAULTS_SCHEMA["position"]).alias("position")
        )
        for index in (column.index for column in measure.columns):
            here = places.filter(pl.col("position") == index)
            text = raw[str(index)].gather(here["row"]).str.strip_chars(BLANKS)
            found.append(
                here.with_columns(text.alias("text")).select(
                    pl.col("row"),
                    pl.col("position"),
                    pl.lit(FaultCode.UNIT_NOT_COMPARABLE.value).alias("code"),
                    pl.lit(headers[index]).alias("column"),
                    pl.concat_str(
                        pl.lit('"'), shown(pl.col("text"), limit), pl.col("reason")
                    ).alias("reason"),
                    pl.col("text").str.head(limit).alias("value"),
                )
            )
    if not found:
        return faults
    added = pl.DataFrame(pl.concat(found), schema_overrides=FAULTS_SCHEMA)
    cell = ["row", "position"]
    same = pl.col("code") == FaultCode.UNIT_NOT_COMPARABLE.value
    weaker = faults.filter(same).join(added, on=cell, how="semi")
    others = faults.join(weaker, on=cell, how="anti", maintain_order="left")
    added = added.join(others, on=cell, how="anti", maintain_order="left")
    return pl.concat([others, added]).sort(*cell, maintain_order=True)
