"""The valid rows as tables: a CSV for people and programs, and Parquet for analysts.

`products.csv` can be imported again and gives the same products: columns are named after the
attributes, a measure reads `2.5 kg`, the options of a multiple select are joined by `;`, and texts
do not change. So it has no guard against formulas, which would change texts: import it as text when
opening it in a spreadsheet. (The rejected rows, which are meant for spreadsheets, are guarded.)

In `products.parquet` the type of an attribute depends only on its definition, so that the fragments
of all chunks have the same schema and can be merged.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence

import polars as pl
from polars.datatypes import DataType

from core.attributes.definitions import AttributeDefinition
from core.attributes.rules.json_lines import Field, token_lines, tokens_of
from core.attributes.rules.model import ColumnRole
from core.attributes.rules.types.value_types import value_type
from core.imports.model import Plan

LINE_END = "\r\n"
COMPRESSION_LEVEL = 1


def schema_of(definitions: Iterable[AttributeDefinition], plan: Plan) -> dict[str, DataType]:
    """Names and types of the imported attributes, in file order."""
    by_name = {definition.name: definition for definition in definitions}
    return {name: value_type(by_name[name]) for name in fed_attributes(plan)}


def fed_attributes(plan: Plan) -> tuple[str, ...]:
    """The attributes that are read from columns, in file order: the keys of the products. The two
    columns of a measure count as one attribute."""
    feeding = (ColumnRole.VALUE, ColumnRole.MEASURE_VALUE)
    return tuple(c.attribute for c in plan.read_columns if c.role in feeding and c.attribute)


def csv_header(plan: Plan) -> bytes:
    """The first line of `products.csv`; empty if no column is read."""
    names = fed_attributes(plan)
    line = io.StringIO()
    csv.writer(line, lineterminator=LINE_END).writerow(names)
    return line.getvalue().encode() if names else b""


class ValidRows:
    """The valid rows of a frame, computed once for all output formats."""

    def __init__(self, cells: pl.DataFrame, fields: Sequence[Field], keep: pl.Series) -> None:
        """`fields` (at least one) are expressions over `cells`; `keep` (booleans) marks the valid
        rows."""
        self._fields = fields
        expressions = [e for f in fields for e in (f.token, f.text, f.value) if e is not None]
        roots = dict.fromkeys(name for e in expressions for name in e.meta.root_names())
        self._cells = cells.select(list(roots))
        if not keep.all():
            self._cells = self._cells.filter(keep)
        self._tokens = tokens_of(self._cells, fields)
        own = {str(at): f.text for at, f in enumerate(fields) if f.text is not None}
        self._texts = self._tokens.with_columns(
            self._cells.select(text.alias(name) for name, text in own.items()).get_columns()
        )

    def json_lines(self) -> bytes:
        return token_lines(self._tokens, self._fields)

    def csv_lines(self) -> bytes:
        """Without the header."""
        sink = io.BytesIO()
        self._texts.write_csv(
            sink, include_header=False, line_terminator=LINE_END, quote_style="necessary"
        )
        return sink.getvalue()

    def parquet(self, schema: Mapping[str, DataType]) -> bytes:
        """A whole file. `schema` gives the names and types of the fields, in order."""
        own = {str(at): f.value for at, f in enumerate(self._fields) if f.value is not None}
        values = self._texts.with_columns(
            self._cells.select(value.alias(name) for name, value in own.items()).get_columns()
        )
        typed = values.select(
            pl.col(str(at)).cast(kind).alias(name) for at, (name, kind) in enumerate(schema.items())
        )
        return parquet_file(typed)


def parquet_file(table: pl.DataFrame) -> bytes:
    sink = io.BytesIO()
    table.write_parquet(
        sink,
        compression="zstd",
        compression_level=COMPRESSION_LEVEL,
        row_group_size=max(1, table.height),
    )
    return sink.getvalue()
