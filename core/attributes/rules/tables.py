"""Products as a table, and its rows as lines of JSON, by expressions instead of a loop.

A table holds every value exactly: whole numbers are kept beside the doubles, so `10`, `10.0` and
integers beyond 2^53 stay what they are.

A line has the keys in the order of the columns, omits nulls, keeps UTF-8 unchanged and equals the
result of `json.dumps(…, ensure_ascii=False, separators=(",", ":"))` for the same object.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl
from polars.datatypes import DataType

from core.attributes.rules.rule import Field
from core.attributes.rules.text_scan import special_characters
from core.attributes.rules.types.datetime import moment_text

_ESCAPES = {chr(code): f"\\u{code:04x}" for code in range(32)} | {
    '"': '\\"',
    "\\": "\\\\",
    "\b": "\\b",
    "\t": "\\t",
    "\n": "\\n",
    "\f": "\\f",
    "\r": "\\r",
}


def json_text(value: str) -> str:
    """A JSON string literal, UTF-8 kept."""
    return json.dumps(value, ensure_ascii=False)


def escaped(text: pl.Expr, characters: str | None = None) -> pl.Expr:
    """The text between the quotes of a JSON string. Searching for all 34 escaped characters costs
    several times as much as for a few: name those that can occur, if known."""
    found = list(_ESCAPES) if characters is None else list(characters)
    if len(found) == 1:  # half the price of looking for several, if texts are short
        return text.str.replace_all(found[0], _ESCAPES[found[0]], literal=True)
    return text.str.replace_many(found, [_ESCAPES[c] for c in found]) if found else text


def quoted(text: pl.Expr, characters: str | None = None) -> pl.Expr:
    """A JSON string literal of each text; null stays null."""
    return pl.concat_str(pl.lit('"'), escaped(text, characters), pl.lit('"'))


@dataclass(frozen=True, slots=True)
class Table:
    names: tuple[str, ...]
    """The attributes."""
    cells: pl.DataFrame
    """The columns "0", "1", … in the order of the names, so that no name can disturb. Beside a
    column of doubles, or of measures, "0!" has the whole numbers as 64-bit integers, if there are
    any; the double is null there."""

    @property
    def kinds(self) -> list[DataType]:
        schema = self.cells.schema
        return [schema[str(at)] for at in range(len(self.names))]

    def whole(self, at: int) -> pl.Expr | None:
        """The whole numbers of a column."""
        name = f"{at}!"
        return pl.col(name) if name in self.cells.columns else None

    def values(self) -> pl.DataFrame:
        """One column per attribute, with all numbers as doubles."""
        return self.cells.select(
            _all_numbers(pl.col(str(at)), kind, self.whole(at)).alias(name)
            for at, (name, kind) in enumerate(zip(self.names, self.kinds, strict=True))
        )


def table_of(cells: pl.DataFrame, fields: Sequence[Field], keep: pl.Series) -> Table:
    """The rows that `keep` (booleans) marks. The fields are expressions over `cells`."""
    values = {str(at): field.value.cast(field.kind) for at, field in enumerate(fields)}
    whole = {f"{at}!": f.whole for at, f in enumerate(fields) if f.whole is not None}
    columns = {**values, **whole}
    roots = dict.fromkeys(name for e in columns.values() for name in e.meta.root_names())
    cells = cells.select(list(roots))
    if not keep.all():
        cells = cells.filter(keep)
    frame = cells.select(column.alias(name) for name, column in columns.items())
    without = [name for name in whole if frame[name].null_count() == frame.height]
    return Table(tuple(field.name for field in fields), frame.drop(without))


def one_table(tables: Sequence[Table]) -> Table:
    """At least one, with the same columns."""
    cells = pl.concat([table.cells for table in tables], how="diagonal")
    return Table(tables[0].names, cells)


def json_lines(table: Table) -> bytes:
    """One object per row."""
    if not table.cells.height:
        return b""
    columns = [table.cells[str(at)] for at in range(len(table.names))]
    in_quotes = [column.dtype in (pl.String, pl.Date, pl.Datetime) for column in columns]
    tokens = table.cells.select(
        _token(column, table.whole(at)).alias(column.name) for at, column in enumerate(columns)
    )
    # the streaming engine works in pieces that stay in the cache, and on all processors
    line = _line(tokens, table.names, in_quotes)
    return joined(tokens.lazy().select(line).collect(engine="streaming").to_series())


def _all_numbers(own: pl.Expr, kind: DataType, whole: pl.Expr | None) -> pl.Expr:
    if whole is None:
        return own
    if not isinstance(kind, pl.Struct):
        return pl.coalesce(own, whole.cast(pl.Float64))
    number = pl.coalesce(own.struct.field("value"), whole.cast(pl.Float64))
    measure = pl.struct(number.alias("value"), own.struct.field("unit"))
    return pl.when(own.is_not_null()).then(measure)


def _token(column: pl.Series, whole: pl.Expr | None) -> pl.Expr:
    own, kind = pl.col(column.name), column.dtype
    if kind == pl.String:  # few columns need an escape
        return escaped(own, special_characters(column))
    if isinstance(kind, pl.List):
        literals = own.list.eval(quoted(pl.element())).list.join(",")
        return pl.concat_str(pl.lit("["), literals, pl.lit("]"))
    if isinstance(kind, pl.Struct):
        unit = pl.lit(',"unit":') + quoted(own.struct.field("unit"))
        amount = number(own.struct.field("value"), whole)
        return pl.concat_str(pl.lit('{"value":'), amount, unit.fill_null(""), pl.lit("}"))
    return scalar(own, kind, whole)


def scalar(own: pl.Expr, kind: DataType, whole: pl.Expr | None) -> pl.Expr:
    """The text of a value that is neither a list nor a measure; in JSON without quotes."""
    if kind == pl.Datetime:
        return moment_text(own)
    return own.dt.to_string("%Y-%m-%d") if kind == pl.Date else number(own, whole)


def number(own: pl.Expr, whole: pl.Expr | None) -> pl.Expr:
    """The text of a number, the same in JSON and in a cell."""
    text = own.cast(pl.String)
    return text if whole is None else pl.coalesce(whole.cast(pl.String), text)


def joined(lines: pl.Series) -> bytes:
    """Texts one after the other. Line feeds belong into the texts: appending one copies all."""
    blob: bytes = lines.str.join("").cast(pl.Binary).item()
    return blob


def _line(tokens: pl.DataFrame, names: Sequence[str], in_quotes: Sequence[bool]) -> pl.Expr:
    """Keys and tokens in one concatenation. A field that is never null goes in as it is; one that
    may be must first be joined with its key, so that both vanish together. The comma belongs to
    the later of two fields, or to the earlier one before the first field that is never null.
    The cost is the number of pieces: literals that meet are merged."""
    never_null = [tokens[str(at)].null_count() == 0 for at in range(len(names))]
    marks = ['"' if quotes else "" for quotes in in_quotes]
    if True not in never_null:
        pieces = [_optional(at, name, marks[at], ",", "") for at, name in enumerate(names)]
        return pl.concat_str(pl.lit("{"), pl.concat_str(pieces).str.slice(1), pl.lit("}\n"))
    pivot = never_null.index(True)
    parts: list[pl.Expr] = []
    literal = "{"
    for at, (name, mark) in enumerate(zip(names, marks, strict=True)):
        before, after = ("", ",") if at < pivot else (",", "") if at > pivot else ("", "")
        if never_null[at]:
            parts += [pl.lit(f"{literal}{before}{json_text(name)}:{mark}"), pl.col(str(at))]
            literal = mark + after
        else:
            parts += [pl.lit(literal)] if literal else []
            parts.append(_optional(at, name, mark, before, after))
            literal = ""
    return pl.concat_str([*parts, pl.lit(literal + "}\n")])


def _optional(at: int, name: str, mark: str, before: str, after: str) -> pl.Expr:
    lead = pl.lit(f"{before}{json_text(name)}:{mark}")
    return pl.concat_str(lead, pl.col(str(at)), pl.lit(f"{mark}{after}")).fill_null("")
