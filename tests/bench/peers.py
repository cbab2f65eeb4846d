"""Other ways to read the benchmark's file by type and to find its faults, in turns with ours.

`python -m tests.bench.peers [--rows 200000] [--publish]` prints a table; with `--publish` it also
writes it into docs/benchmarks.md. pandera and dataframely are left out where they are not
installed (`pip install pandera dataframely`).
"""

from __future__ import annotations

import argparse
import importlib
import importlib.metadata
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from core.attributes.definitions import AttributeDefinition, AttributeType
from tests.bench.core_work import Steps, floor
from tests.bench.generate import Shape, write
from tests.bench.inputs import definitions_of
from tests.bench.loop import loop_over
from tests.bench.measuring import REST_SECONDS

PAGE = Path(__file__).parents[2] / "docs" / "benchmarks.md"
BEGIN, END = "<!-- measured: python -m tests.bench.peers --publish -->", "<!-- end of peers -->"
NUMBER, DATE = r"^[+-]?[0-9]+(\.[0-9]+)?$", r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
PATTERNS = {AttributeType.NUMBER: NUMBER, AttributeType.DATE: DATE}
DUCKDB_TYPES = {AttributeType.NUMBER: "DOUBLE", AttributeType.DATE: "DATE"}

Definitions = list[AttributeDefinition]


@dataclass(frozen=True, slots=True)
class Peer:
    name: str
    what: str
    run: Callable[[Path, Definitions], int | None]
    """Returns the faults that it finds; None if it looks for none."""
    package: str = "polars"

    @property
    def is_installed(self) -> bool:
        try:
            importlib.metadata.version(self.package)
        except importlib.metadata.PackageNotFoundError:
            return False
        return True


def with_floor(file: Path, _: Definitions) -> None:
    floor(file)


def with_polars(file: Path, definitions: Definitions) -> int:
    """A typed read that loses what is wrong, unless it is compared with the texts as here."""
    texts = pl.read_csv(file, infer_schema=False)
    lost = []
    for definition in definitions:
        own = pl.col(definition.name)
        if definition.type is AttributeType.NUMBER:
            fits = own.cast(pl.Float64, strict=False).is_not_null()
        elif definition.type is AttributeType.DATE:
            fits = own.str.to_date("%Y-%m-%d", strict=False).is_not_null()
        elif definition.type is AttributeType.SINGLE_SELECT:
            fits = own.is_in(definition.options)
        else:
            fits = pl.lit(value=True)
        wrong = (own.is_not_null() & ~fits).sum()
        missing = own.is_null().sum() if definition.is_required else pl.lit(0)
        lost.append((wrong + missing).alias(definition.name))
    return sum(texts.select(lost).row(0))


def with_duckdb(file: Path, definitions: Definitions) -> int:
    types = {d.name: DUCKDB_TYPES.get(d.type, "VARCHAR") for d in definitions}
    with duckdb.connect() as database:
        columns = ", ".join(f"'{name}': '{kind}'" for name, kind in types.items())
        database.execute(
            f"CREATE TABLE products AS FROM read_csv('{file}', header=true, delim=',', quote='\"', "
            f"escape='\"', columns={{{columns}}}, store_rejects=true, rejects_limit=0)"
        )
        found = database.execute("SELECT count(*) FROM reject_errors").fetchone()
    return int(found[0]) if found else 0


def with_pandera(file: Path, definitions: Definitions) -> int:
    pandera: Any = importlib.import_module("pandera.polars")
    errors: Any = importlib.import_module("pandera.errors")

    def checks(definition: AttributeDefinition) -> list[Any]:
        if definition.type is AttributeType.SINGLE_SELECT:
            return [pandera.Check.isin(definition.options)]
        pattern = PATTERNS.get(definition.type)
        return [pandera.Check.str_matches(pattern)] if pattern else []

    schema = pandera.DataFrameSchema(
        {
            d.name: pandera.Column(pl.String, checks(d), nullable=not d.is_required)
            for d in definitions
        }
    )
    try:
        schema.validate(pl.read_csv(file, infer_schema=False), lazy=True)
    except errors.SchemaErrors as found:
        return int(found.failure_cases.height)
    return 0


def with_dataframely(file: Path, definitions: Definitions) -> int:
    dataframely: Any = importlib.import_module("dataframely")

    def column(definition: AttributeDefinition) -> Any:
        nullable = not definition.is_required
        if definition.type is AttributeType.SINGLE_SELECT:
            options = list(definition.options)
            return dataframely.String(nullable=nullable, check=lambda own: own.is_in(options))
        return dataframely.String(nullable=nullable, regex=PATTERNS.get(definition.type))

    schema: Any = type("Products", (dataframely.Schema,), {d.name: column(d) for d in definitions})
    _, failures = schema.filter(pl.read_csv(file, infer_schema=False))
    return sum(failures.counts().values())


def with_loop(file: Path, definitions: Definitions) -> int:
    return sum(loop_over(file, definitions).values())


PEERS = (
    Peer("polars, all as strings", "the floor", with_floor),
    Peer("polars, cast and compared", "numbers, dates, options, required", with_polars),
    Peer("DuckDB, `store_rejects`", "numbers, dates", with_duckdb, "duckdb"),
    Peer("pandera", "numbers, dates, options, required", with_pandera, "pandera"),
    Peer("dataframely", "numbers, dates, options, required", with_dataframely, "dataframely"),
    Peer("csv.DictReader loop", "all rules, a sentence for each fault", with_loop),
)


def measured(file: Path, repeats: int) -> list[str]:
    """The lines of the table; everybody's turn comes once in each of the repeats."""
    definitions = definitions_of(file)
    with tempfile.TemporaryDirectory() as folder:
        steps = Steps(file, Path(folder))
        _ = steps.planned
        ours = Peer("ours", "all rules, a sentence for each fault", lambda *_: _total(steps))
        all_of_them = [*(peer for peer in PEERS if peer.is_installed), ours]
        times: dict[str, list[tuple[float, float]]] = {peer.name: [] for peer in all_of_them}
        found: dict[str, int | None] = {}
        for _ in range(repeats):
            for peer in all_of_them:
                time.sleep(REST_SECONDS)
                wall, cpu = time.perf_counter(), time.process_time()
                found[peer.name] = peer.run(file, definitions)
                spent = time.perf_counter() - wall, time.process_time() - cpu
                times[peer.name].append(spent)
    lines = ["| | finds | seconds | processor seconds | faults |", "|---|---|---|---|---|"]
    for peer in all_of_them:
        wall, cpu = (statistics.median(column) for column in zip(*times[peer.name], strict=True))
        faults = found[peer.name]
        version = importlib.metadata.version(peer.package) if peer is not ours else ""
        name = f"{peer.name} ({version})" if peer.package != "polars" else peer.name
        shown = "" if faults is None else f"{faults:,}"
        lines.append(f"| {name} | {peer.what} | {wall:.2f} | {cpu:.2f} | {shown} |")
    return lines


def _total(steps: Steps) -> int:
    return sum(steps.check().values())


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.peers", description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--publish", action="store_true", help="write docs/benchmarks.md too")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "products.csv"
        write(Shape(rows=given.rows), file)
        size = f"{given.rows:,} rows × 15, {file.stat().st_size / 1e6:.0f} MB"
        lines = [f"{size}; medians of {given.repeats} turns:", "", *measured(file, given.repeats)]
    print("\n".join(lines))
    if given.publish:
        before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
        after = rest.partition(END)[2]
        body = "\n".join(lines)
        PAGE.write_text(f"{before}{BEGIN}\n\n{body}\n\n{END}{after}", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
