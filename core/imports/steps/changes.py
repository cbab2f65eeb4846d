"""What value steps changed: a line for each cell, and counts for the job."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import msgspec
import polars as pl

from core.attributes.comparing import BLANKS
from core.attributes.rules.model import Column
from core.attributes.rules.shown import shown_text
from core.attributes.rules.tables import escaped, joined, json_text
from core.attributes.rules.text_scan import special_characters
from core.imports.model import ChangedCells
from core.imports.steps.applying import SteppedCells
from core.imports.table.phrases import HEADER_SHOWN_CHARACTERS
from core.outcomes import Notice, NoticeCode
from core.wording import counted

COLUMNS_NAMED = 8


def changed_cells(stepped: SteppedCells, raw: pl.DataFrame) -> pl.DataFrame:
    """`row`, `position`, texts `before` (as in the file) and `after`, and `steps`: the elements of
    a JSON array. In the order of rows and columns."""
    found = []
    for index, done in stepped.done.items():
        steps = done[0]
        if len(done) > 1:
            parts = pl.DataFrame([one.alias(str(at)) for at, one in enumerate(done)])
            listed = pl.concat_str(pl.all(), separator=",", ignore_nulls=True)
            steps = parts.select(listed.replace("", None)).to_series()
        rows = steps.is_not_null().arg_true()
        before, after = (
            frame[str(index)].gather(rows).str.strip_chars(BLANKS) for frame in (raw, stepped.frame)
        )
        cells = pl.DataFrame(
            {"row": rows, "before": before, "after": after, "steps": steps.gather(rows)}
        )
        found.append(
            cells.filter(pl.col("before").ne_missing(pl.col("after"))).with_columns(
                pl.lit(index, dtype=pl.Int32).alias("position")
            )
        )
    if not found:
        return pl.DataFrame()
    return pl.concat(found).sort("row", "position")


def change_lines(
    changes: pl.DataFrame,
    columns: Sequence[Column],
    headers: Sequence[str],
    first_row: int,
    limit: int,
) -> bytes:
    """As NDJSON. Texts are cut at `limit`; `first_row` is the row number of the frame's row 0."""
    if not changes.height:
        return b""
    by_index = {column.index: column for column in columns}
    places = {
        index: f',"column":{json_text(headers[index])},'
        f'"attribute":{json_text(by_index[index].attribute or "")},"before":'
        for index in changes["position"].unique()
    }
    texts = changes.with_columns(pl.col("before", "after").str.head(limit))
    before, after = (
        pl.concat_str(
            pl.lit('"'), escaped(pl.col(name), special_characters(texts[name])), pl.lit('"')
        ).fill_null("null")
        for name in ("before", "after")
    )
    lines = texts.select(
        pl.concat_str(
            pl.lit('{"row":'),
            (pl.col("row").cast(pl.Int64) + first_row).cast(pl.String),
            pl.col("position").replace_strict(places, return_dtype=pl.String),
            before,
            pl.lit(',"after":'),
            after,
            pl.lit(',"steps":['),
            pl.col("steps"),
            pl.lit("]}\n"),
        )
    )
    return joined(lines.to_series())


def counts_of(changes: pl.DataFrame) -> tuple[ChangedCells, ...]:
    if not changes.height:
        return ()
    counts = changes.group_by("position", "steps").len()
    found: Counter[tuple[int, str]] = Counter()
    for position, steps, cells in counts.iter_rows():
        for step in dict.fromkeys(msgspec.json.decode(f"[{steps}]", type=list[str])):
            found[position, step] += cells
    return _sorted(found)


def all_counts(found: Iterable[ChangedCells]) -> tuple[ChangedCells, ...]:
    """One per column and step. The order of the arguments does not matter."""
    counts: Counter[tuple[int, str]] = Counter()
    for one in found:
        counts[one.column, one.step] += one.cells
    return _sorted(counts)


def _sorted(counts: Mapping[tuple[int, str], int]) -> tuple[ChangedCells, ...]:
    return tuple(
        ChangedCells(column=column, step=step, cells=cells)
        for (column, step), cells in sorted(counts.items())
    )


def change_notices(found: Iterable[ChangedCells], headers: Sequence[str]) -> list[Notice]:
    by_column: dict[int, list[str]] = {}
    for one in all_counts(found):
        by_column.setdefault(one.column, []).append(f"{one.step} {one.cells:,}")
    if not by_column:
        return []
    named = [
        f'"{shown_text(headers[index], HEADER_SHOWN_CHARACTERS)}" ({", ".join(steps)})'
        for index, steps in list(by_column.items())[:COLUMNS_NAMED]
    ]
    more = len(by_column) - COLUMNS_NAMED
    rest = f"; and {counted(more, 'more column')}" if more > 0 else ""
    return [
        Notice(
            code=NoticeCode.VALUES_CHANGED,
            message=f"Value steps changed cells of {'; '.join(named)}{rest}. The download "
            "“changes” lists each of them.",
        )
    ]
