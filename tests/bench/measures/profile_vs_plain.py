"""The chunk tasks of a supplier's file that a profile maps, localises and changes, over those of
the same rows written as the attributes say. All that a task writes is written, the list of changed
cells included. Processor time: it is what AWS bills, and other load on the machine disturbs it
least."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec
import polars as pl

from core.file_format import ReadingOptions
from tests.bench.core_work import Steps
from tests.bench.generate import attributes_path
from tests.bench.measuring import REST_SECONDS, Measured, cpu_seconds_of, take_turns
from tests.bench.workroom import Workroom, size_of

HEADERS = {"SKU": "Art.Nr.", "Price": "Preis", "Weight": "Gewicht", "InRange": "Lieferbar"}
PROFILE = {
    "headers": "loose",
    "locale": "auto",
    "mapping": [
        *({"headers": [header], "attribute": name} for name, header in HEADERS.items()),
        {"headers": ["Modell", "Größe"], "attribute": "ProductName", "joinedBy": " "},
    ],
    "valueSteps": [
        {"attribute": "Brand", "step": "ignore_case"},
        {"attribute": "Category", "step": "synonym", "words": ["Zelte"], "means": "Tents"},
        {"attribute": "Weight", "step": "convert", "unit": "kg"},
    ],
}
CHANGED_EVERY = 20
"""One row in so many has its brand in upper case and its weight in grams. One category in seven has
another word."""


def measure(room: Workroom) -> Measured:
    rows = room.scale.rows
    file = room.csv(rows)
    plain = Steps(file, room.scratch("plain"))
    supplied = _as_supplied(file, room.scratch("supplied") / "supplied.csv")
    options = msgspec.convert(PROFILE, ReadingOptions)
    profiled = Steps(supplied, room.scratch("profiled"), options=options)
    planning = [cpu_seconds_of(steps.plan) for steps in (plain, profiled)]
    turns = take_turns(
        plain.validate,
        profiled.validate,
        room.scale.repeats,
        rest_seconds=REST_SECONDS,
        measured=cpu_seconds_of,
    )
    return Measured(
        value=turns.ratio,
        size=size_of(file, rows),
        details={
            **turns.as_details(),
            "planningSeconds": [round(seconds, 4) for seconds in planning],
        },
    )


def _as_supplied(file: Path, supplied: Path) -> Path:
    """The rows with German headers, numbers, days and words, a name in two columns, and values to
    change."""
    rows = pl.read_csv(file, infer_schema=False).with_row_index("row")
    changed = pl.col("row") % CHANGED_EVERY == 0
    number, unit = pl.col("Weight").str.split(" ").list.first(), pl.lit(" g")
    grams = pl.concat_str((number.cast(pl.Float64, strict=False) * 1000).cast(pl.Int64), unit)
    name = pl.col("ProductName").str.extract_groups(r"(?s)^(.*) (\S+)$")
    rows = rows.with_columns(
        pl.col("Price").str.replace(".", ",", literal=True),
        pl.coalesce(pl.when(changed).then(grams), pl.col("Weight")).str.replace(r"\.(\d)", ",$1"),
        pl.when(changed).then(pl.col("Brand").str.to_uppercase()).otherwise("Brand").alias("Brand"),
        pl.col("Category").replace("Tents", "Zelte"),
        pl.col("InRange").replace({"true": "ja", "yes": "ja", "false": "nein", "no": "nein"}),
        pl.col("AvailableFrom").str.replace(r"^(\d{4})-(\d\d)-(\d\d)$", "$3.$2.$1"),
        name.struct.field("1").alias("Modell"),
        name.struct.field("2").alias("Größe"),
    )
    rows.drop("row", "ProductName").rename(HEADERS).write_csv(supplied, separator=";")
    shutil.copy(attributes_path(file), attributes_path(supplied))
    return supplied
