"""Dirty text files as this product and others read them: `python -m tests.bench.dirty_readers`.

Prints, for each reader, the share of cells under their own column, lost, wrong, and wrong without
a word; `--publish` writes the table into docs/reading.md. A word is a refusal, a notice, a fault or
an ignored header; the other readers have only the refusal. A wrong cell is one that was read under
a column in which the clean table has no such cell. polars, which detects no delimiter, is given it.
Ten minutes.
"""

from __future__ import annotations

import argparse
import csv
import io
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import polars as pl

from core.attributes.definitions import AttributeDefinition, AttributeType
from core.file_format import ReadingOptions, SourceFile
from core.imports.local_run import run_import
from core.outcomes import Refusal
from core.settings import Settings
from core.storage import FolderStore, ImportKeys
from tests.bench.dirty_texts import HEADERS, DirtyText, dirty_texts

PAGE = Path(__file__).parents[2] / "docs" / "reading.md"
BEGIN, END = "<!-- measured: python -m tests.bench.dirty_readers --publish -->", "<!-- end -->"
KEYS = ImportKeys("job", 1)

Table = tuple[list[dict[str, str]], bool]
"""Rows by header, and whether the reader said a word."""
Reader = Callable[[Path, str], Table]
"""Of a file and its delimiter, which only polars needs to be given."""


def ours(path: Path, _: str) -> Table:
    store = FolderStore(path.parent)
    key = f"in/{path.name}"
    store.put("up", key, path.read_bytes(), "text/csv")
    outcome = run_import(
        store,
        Settings(uploads_bucket="up", results_bucket="out"),
        job_id=KEYS.job_id,
        attempt=KEYS.attempt,
        source=SourceFile(bucket="up", key=key, size=path.stat().st_size, file_name=path.name),
        options=ReadingOptions(),
        definitions=[AttributeDefinition(name, AttributeType.LONG_TEXT) for name in HEADERS],
        now=datetime(2026, 1, 1, tzinfo=UTC),
    )
    if isinstance(outcome, Refusal):
        return [], True
    rows = store.get("out", KEYS.all_product_rows).decode("utf-8-sig")
    word = bool(outcome.notices or outcome.faults or outcome.ignored_headers)
    return list(csv.DictReader(io.StringIO(rows, newline=""))), word


def by_polars(path: Path, delimiter: str) -> Table:
    try:
        frame = pl.read_csv(path, infer_schema=False, separator=delimiter)
    except (pl.exceptions.PolarsError, ValueError):
        return [], True
    return [{k: v or "" for k, v in row.items()} for row in frame.iter_rows(named=True)], False


def _by_duckdb(path: Path, *, strict: bool) -> Table:
    try:
        found = duckdb.read_csv(str(path), all_varchar=True, strict_mode=strict)
        names, rows = found.columns, found.fetchall()
    except duckdb.Error:
        return [], True
    return [dict(zip(names, (cell or "" for cell in row), strict=True)) for row in rows], False


def by_duckdb(path: Path, _: str) -> Table:
    return _by_duckdb(path, strict=True)


def by_lenient_duckdb(path: Path, _: str) -> Table:
    return _by_duckdb(path, strict=False)


def by_csv(path: Path, _: str) -> Table:
    text = path.read_bytes().decode("utf-8-sig")
    try:
        dialect = csv.Sniffer().sniff(text)
        header, *rows = csv.reader(io.StringIO(text, newline=""), dialect)
    except (csv.Error, ValueError):
        return [], True
    return [dict(zip(header, row, strict=False)) for row in rows], False


READERS: dict[str, Reader] = {
    "this product": ours,
    "polars": by_polars,
    "DuckDB": by_duckdb,
    "DuckDB, `strict_mode=false`": by_lenient_duckdb,
    "`csv.Sniffer` and `csv`": by_csv,
}


def score(file: DirtyText, table: Table) -> Counter[str]:
    """Cells of the clean table under their own column and lost; cells read that are in no such
    place."""
    rows, word = table
    marks = Counter[str]()
    for column, name in enumerate(HEADERS):
        clean = Counter(row[column] for row in file.rows if row[column])
        read = Counter(value.strip() for row in rows if (value := row.get(name)) and value.strip())
        right = (clean & read).total()
        marks["cells"] += clean.total()
        marks["right"] += right
        marks["lost"] += clean.total() - right
        marks["wrong"] += read.total() - right
    if not word:
        marks["silent"] = marks["wrong"]
    return marks


def measure(files: Iterable[DirtyText]) -> tuple[dict[str, Counter[str]], dict[str, Counter[str]]]:
    """By reader; and for this product, by kind."""
    totals = {name: Counter[str]() for name in READERS}
    kinds: dict[str, Counter[str]] = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        for file in files:
            path.write_bytes(file.text.encode())
            for name, reader in READERS.items():
                marks = score(file, reader(path, file.delimiter))
                totals[name] += marks
                totals[name]["files"] += 1
                if reader is ours:
                    kinds.setdefault(file.kind, Counter()).update(marks)
    return totals, kinds


def table_of(totals: dict[str, Counter[str]]) -> Iterator[str]:
    yield "| reader | under their own column | lost | wrong | wrong without a word |"
    yield "|---|---|---|---|---|"
    for name, marks in totals.items():
        shares = (marks[key] / marks["cells"] for key in ("right", "lost", "wrong", "silent"))
        yield f"| {name} | {' | '.join(f'{share:.2%}' for share in shares)} |"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.dirty_readers")
    parser.add_argument("--publish", action="store_true", help="write docs/reading.md too")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="only every Nth file")
    reported = parser.parse_args(arguments)
    totals, kinds = measure(list(dirty_texts())[:: reported.every])
    lines = list(table_of(totals))
    print(f"{totals['this product']['files']:,} files", *lines, sep="\n")
    print("\nthis product, by kind: right, lost, wrong, wrong without a word, of cells")
    for kind, marks in kinds.items():
        print(f"  {kind}: {[marks[k] for k in ('right', 'lost', 'wrong', 'silent', 'cells')]}")
    if reported.publish:
        page = PAGE.read_text(encoding="utf-8")
        before, _, rest = page.partition(BEGIN)
        _, _, after = rest.partition(END)
        text = "\n".join([f"{totals['this product']['files']:,} files:", "", *lines])
        PAGE.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
