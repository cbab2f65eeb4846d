"""Rows of a frame as JSON objects, one per line, by expressions instead of a loop.

A line has the keys in the order of the fields, omits nulls, keeps UTF-8 unchanged and equals the
result of `json.dumps(…, ensure_ascii=False, separators=(",", ":"))` for the same object.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from core.attributes.rules.text_scan import special_characters

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
class Field:
    """One key of the objects. `token` gives the JSON text of the value, null if the key is omitted.
    With `in_quotes` the token is the inside of a JSON string without its quotes: adding them when
    the line is assembled saves a copy of the column."""

    key: str
    token: pl.Expr
    in_quotes: bool = False
    text: pl.Expr | None = None
    """The value as a person writes it into a cell; None: the token is just that."""
    value: pl.Expr | None = None
    """The value typed for analysts; None: the text is just that."""


def escape_where_needed(text: pl.Expr, column: pl.Series) -> pl.Expr:
    """`text`, which gives the column, escaped for use between quotes; unchanged if no text needs an
    escape."""
    return escaped(text, special_characters(column))


def object_lines(cells: pl.DataFrame, fields: Sequence[Field], keep: pl.Series) -> bytes:
    """The rows where `keep` (booleans) is true, as lines of JSON, each ended by a line feed."""
    if not fields:
        return b"{}\n" * int(keep.sum())
    return token_lines(tokens_of(cells if keep.all() else cells.filter(keep), fields), fields)


def tokens_of(cells: pl.DataFrame, fields: Sequence[Field]) -> pl.DataFrame:
    """The JSON of each field (at least one), columns "0", "1", …"""
    return cells.select(field.token.alias(str(at)) for at, field in enumerate(fields))


def token_lines(tokens: pl.DataFrame, fields: Sequence[Field]) -> bytes:
    """What `tokens_of` these fields gave, as lines of JSON."""
    if tokens.height == 0:
        return b""
    # the streaming engine works in pieces that stay in the cache, and on all processors
    lines = tokens.lazy().select(_line(tokens, fields)).collect(engine="streaming").to_series()
    return joined(lines)


def joined(lines: pl.Series) -> bytes:
    """Texts one after the other. Line feeds belong into the texts: appending one copies all."""
    blob: bytes = lines.str.join("").cast(pl.Binary).item()
    return blob


def _line(tokens: pl.DataFrame, fields: Sequence[Field]) -> pl.Expr:
    """Keys and tokens in one concatenation. A field that is never null goes in as it is; one that
    may be must first be joined with its key, so that both vanish together. The comma belongs to
    the later of two fields, or to the earlier one before the first field that is never null.
    The cost is the number of pieces: literals that meet are merged."""
    never_null = [tokens[str(at)].null_count() == 0 for at in range(len(fields))]
    if True not in never_null:
        pieces = [_optional(at, field, ",", "") for at, field in enumerate(fields)]
        return pl.concat_str(pl.lit("{"), pl.concat_str(pieces).str.slice(1), pl.lit("}\n"))
    pivot = never_null.index(True)
    parts: list[pl.Expr] = []
    literal = "{"
    for at, field in enumerate(fields):
        before, after = ("", ",") if at < pivot else (",", "") if at > pivot else ("", "")
        if never_null[at]:
            mark = '"' if field.in_quotes else ""
            parts += [pl.lit(f"{literal}{before}{json_text(field.key)}:{mark}"), pl.col(str(at))]
            literal = mark + after
        else:
            parts += [pl.lit(literal)] if literal else []
            parts.append(_optional(at, field, before, after))
            literal = ""
    return pl.concat_str([*parts, pl.lit(literal + "}\n")])


def _optional(at: int, field: Field, before: str, after: str) -> pl.Expr:
    mark = '"' if field.in_quotes else ""
    lead = pl.lit(f"{before}{json_text(field.key)}:{mark}")
    return pl.concat_str(lead, pl.col(str(at)), pl.lit(f"{mark}{after}")).fill_null("")
