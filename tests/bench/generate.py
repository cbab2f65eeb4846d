"""Benchmark files: `python -m tests.bench.generate OUT.csv --rows 1000000 --bad-cells 0.02`.

The same arguments give the same bytes, on any machine and for any size of block. Rows are made in
blocks and written as they come, so memory does not grow with the file. Beside `OUT.csv` stand the
attributes that validate it, `OUT.attributes.json`, in the form of samples/attributes.json.
"""

from __future__ import annotations

import argparse
import codecs
import io
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tests.bench.columns import EMPTY, VALUE, BenchColumn, columns, sku_of
from tests.bench.draws import Draws
from tests.bench.words import multi_line_descriptions

BLOCK_ROWS = 50_000
BAD, LINES, REPEAT, REPEATED = range(10, 14)
"""Streams of draws, beside those that the cells take."""

DISTINCT_TYPES = ("short_text", "long_text", "number", "measure", "date")
DAYS, DAYS_BEFORE_1970 = 2_900_000, 354_285
"""From 1000-01-01 on, up to the year 8939."""

QUOTINGS: dict[str, Literal["necessary", "always"]] = {"minimal": "necessary", "all": "always"}
BYTE_ORDER_MARKS = {
    "utf-8-sig": codecs.BOM_UTF8,
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
    "utf-32-le": codecs.BOM_UTF32_LE,
    "utf-32-be": codecs.BOM_UTF32_BE,
}
LITTLE_ENDIAN = {"utf-16": "utf-16-le", "utf-32": "utf-32-le"}
"""Python's codecs without a byte order write a mark in front of every text that they encode."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What a benchmark file is like. Equal shapes give equal bytes."""

    rows: int
    """Records under the header."""
    columns: int = 15
    bad_cells: float = 0.02
    """Share of all cells that break a rule; they lie where something can be wrong."""
    multi_line: float = 0.02
    """Share of the descriptions that hold line breaks."""
    duplicates: float = 0.0
    """Share of the rows whose SKU an earlier row has already."""
    distinct: bool = False
    """Names, descriptions, numbers, measures and days never come again, nor do mistakes in them:
    nothing is gained by remembering any."""
    identifier: bool = True
    """The SKU identifies its product, so no two rows may share one."""
    delimiter: str = ","
    quoting: str = "minimal"
    """`minimal` (only where a cell needs it) or `all`."""
    line_end: str = "\n"
    encoding: str = "utf-8"
    """A Python codec; `utf-8-sig` and those of UTF-16 and UTF-32 begin with their mark, and are
    little-endian where they say nothing of it."""
    seed: int = 1

    def __post_init__(self) -> None:
        if self.rows < 0:
            raise ValueError(f"rows must not be negative, as {self.rows} is.")
        for name in ("bad_cells", "multi_line", "duplicates"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} is a share from 0 to 1, not {getattr(self, name)}.")
        if self.quoting not in QUOTINGS:
            raise ValueError(f"quoting is minimal or all, not {self.quoting!r}.")
        if len(self.delimiter) != 1 or not self.delimiter.isascii() or self.delimiter in '"\r\n':
            raise ValueError(f"The delimiter is one ASCII character, not {self.delimiter!r}.")
        if self.line_end not in ("\n", "\r\n", "\r"):
            raise ValueError(f"Lines end with LF, CRLF or CR, not {self.line_end!r}.")
        if self.bad_share > 1:
            raise ValueError(f"{self.bad_cells:.0%} of all cells is more than can be wrong.")
        codecs.lookup(self.encoding)

    @property
    def bad_share(self) -> float:
        """Share of bad cells within a column that can have any."""
        able = sum(column.spoil is not None for column in columns(self.columns))
        return self.bad_cells * self.columns / able


@dataclass(frozen=True, slots=True)
class Generated:
    """What was written."""

    rows: int
    bytes: int
    bad_cells: int
    """One fault each; duplicates come on top."""
    duplicates: int


@dataclass(frozen=True, slots=True)
class Block:
    """Consecutive rows as text; null is an empty cell."""

    frame: pl.DataFrame
    bad_cells: int
    duplicates: int


def blocks(shape: Shape, block_rows: int = BLOCK_ROWS) -> Iterator[Block]:
    """The rows of the file, for whoever writes something else than CSV of them."""
    wanted = columns(shape.columns)
    for start in range(0, shape.rows, block_rows):
        rows = np.arange(start, min(start + block_rows, shape.rows), dtype=np.uint64)
        frame, bad, repeats = {}, 0, 0
        for index, column in enumerate(wanted):
            draws = Draws(shape.seed, index, rows)
            texts = _texts(column, draws, shape)
            if shape.distinct:
                texts = _made_distinct(texts, column, rows)
            cells = _some_empty(texts, column, draws)
            if column.name == "SKU" and shape.duplicates:
                cells, repeats = _repeated(cells, draws, shape.duplicates)
            if column.spoil is not None and shape.bad_cells:
                hit = draws.happens(BAD, shape.bad_share)
                spoilt = column.spoil(texts, draws)
                if shape.distinct and column.attribute["type"] in DISTINCT_TYPES:
                    spoilt += " " + pl.Series(rows).cast(pl.String)
                cells = _where(hit, spoilt, cells)
                bad += int(hit.sum())
            frame[column.name] = cells
        yield Block(pl.DataFrame(frame), bad, repeats)


def _where(mask: Any, yes: pl.Series, no: pl.Series) -> pl.Series:
    return yes.zip_with(pl.Series(mask), no)


def _texts(column: BenchColumn, draws: Draws, shape: Shape) -> pl.Series:
    """Right and never empty."""
    cells = column.cells(draws)
    if column.name.startswith("Description") and shape.multi_line:
        texts = pl.Series(multi_line_descriptions(shape.line_end))
        broken = texts.gather(draws.below(VALUE, len(texts)))
        cells = _where(draws.happens(LINES, shape.multi_line), broken, cells)
    return cells


def _made_distinct(texts: pl.Series, column: BenchColumn, rows: NDArray[np.uint64]) -> pl.Series:
    """Right texts that are no other row's, where the attribute's type allows as many."""
    numbers, kind = pl.Series(rows).cast(pl.String), column.attribute["type"]
    if kind in ("number", "measure"):
        return numbers + texts
    if kind == "date":
        days = pl.Series(rows % DAYS).cast(pl.Int32) - DAYS_BEFORE_1970
        return days.cast(pl.Date).dt.to_string("%Y-%m-%d")
    if kind in DISTINCT_TYPES and column.name != "SKU":
        return texts + " #" + numbers
    return texts


def _some_empty(texts: pl.Series, column: BenchColumn, draws: Draws) -> pl.Series:
    if not column.empty:
        return texts
    nothing = pl.repeat(None, len(texts), dtype=pl.String, eager=True)
    return _where(draws.happens(EMPTY, column.empty), nothing, texts)


def _repeated(cells: pl.Series, draws: Draws, share: float) -> tuple[pl.Series, int]:
    """Some rows get the SKU that an earlier row was numbered with."""
    hit = draws.happens(REPEAT, share) & (draws.rows > 0)
    earlier = draws.below(REPEATED, 2**62).astype(np.uint64) % np.maximum(draws.rows, np.uint64(1))
    return _where(hit, sku_of(earlier), cells), int(hit.sum())


def attributes(shape: Shape) -> list[dict[str, Any]]:
    """The definitions that validate the file: bodies of POST /attributes."""
    bodies = [{"name": column.name, **column.attribute} for column in columns(shape.columns)]
    if not shape.identifier:
        bodies[0].pop("isIdentifier", None)
    return bodies


def csv_bytes(shape: Shape, block: Block | None) -> bytes:
    """The lines of a block, or the header (behind the byte order mark) for None."""
    if block is None:
        frame = pl.DataFrame(schema={c.name: pl.String for c in columns(shape.columns)})
    else:
        frame = block.frame
    buffer = io.BytesIO()
    frame.write_csv(
        buffer,
        include_header=block is None,
        separator=shape.delimiter,
        line_terminator=shape.line_end,
        quote_style=QUOTINGS[shape.quoting],
    )
    data = buffer.getvalue()
    name = codecs.lookup(shape.encoding).name  # one name for `UTF16` and `utf_16`
    name = LITTLE_ENDIAN.get(name, name)
    codec = name.removesuffix("-sig")
    if codec != "utf-8":
        data = data.decode().encode(codec)
    return BYTE_ORDER_MARKS.get(name, b"") + data if block is None else data


def write(
    shape: Shape, path: Path, *, block_rows: int = BLOCK_ROWS, at_least_bytes: int = 0
) -> Generated:
    """Write the file, whole or not at all, and the attributes to `attributes_path(path)`. Raises
    ValueError for an encoding that lacks a character of the cells.

    With `at_least_bytes` the rows are written again and again until the file is as large: quick
    to make, but its SKUs repeat, so it is one for planning only.
    """
    unfinished = path.with_name(f"{path.name}.unfinished")
    try:
        made = _write_rows(shape, unfinished, block_rows, at_least_bytes)
        text = json.dumps(attributes(shape), indent=2, ensure_ascii=False)
        attributes_path(path).write_text(text + "\n", encoding="utf-8")
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return made


def _write_rows(shape: Shape, path: Path, block_rows: int, at_least_bytes: int) -> Generated:
    size = count = bad = repeats = 0
    with path.open("wb") as file:
        header = csv_bytes(shape, None)
        size += file.write(header)
        for block in blocks(shape, block_rows):
            size += file.write(csv_bytes(shape, block))
            count += block.frame.height
            bad, repeats = bad + block.bad_cells, repeats + block.duplicates
    times = _repeat_body(path, len(header), at_least_bytes) if at_least_bytes > size else 1
    return Generated(count * times, path.stat().st_size, bad * times, repeats * times)


def _repeat_body(path: Path, header_bytes: int, at_least_bytes: int) -> int:
    """How many times the rows stand in the file in the end."""
    body = path.read_bytes()[header_bytes:]
    if not body:
        raise ValueError("A file without rows does not grow by repeating them.")
    times = -(-(at_least_bytes - header_bytes) // len(body))
    with path.open("ab") as file:
        for _ in range(times - 1):
            file.write(body)
    return times


def attributes_path(path: Path) -> Path:
    return path.with_suffix(".attributes.json")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.generate", description=__doc__.partition("\n\n")[0]
    )
    parser.add_argument("path", type=Path, metavar="OUT.csv")
    parser.add_argument("--rows", type=int, required=True)
    parser.add_argument("--columns", type=int, default=15)
    parser.add_argument("--bad-cells", type=float, default=0.02, help="share of all cells")
    parser.add_argument("--multi-line", type=float, default=0.02, help="share of descriptions")
    parser.add_argument("--duplicates", type=float, default=0.0, help="share of repeated SKUs")
    parser.add_argument("--distinct", action="store_true", help="texts never come again")
    parser.add_argument("--no-identifier", dest="identifier", action="store_false")
    parser.add_argument("--delimiter", default=",")
    parser.add_argument("--quoting", default="minimal", choices=QUOTINGS)
    parser.add_argument("--line-end", default="lf", choices=LINE_ENDS)
    parser.add_argument("--encoding", default="utf-8")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--at-least-bytes", type=int, default=0, help="repeat the rows until then")
    reported = vars(parser.parse_args(arguments))
    path, at_least = reported.pop("path"), reported.pop("at_least_bytes")
    reported["line_end"] = LINE_ENDS[reported["line_end"]]
    try:
        if at_least < 0:
            raise ValueError("--at-least-bytes is a number of bytes, so not below 0.")
        if path.is_dir():
            raise ValueError(f"{path} is a folder; name a file.")
        made = write(Shape(**reported), path, at_least_bytes=at_least)
    except (ValueError, LookupError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{path}: {made.rows:,} rows, {made.bytes:,} bytes, {made.bad_cells:,} bad cells")
    return 0


LINE_ENDS = {"lf": "\n", "crlf": "\r\n", "cr": "\r"}

if __name__ == "__main__":
    sys.exit(main())
