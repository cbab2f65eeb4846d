"""`make chaos`: every scenario on one stack, a table of what was found."""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.database import PRODUCTS
from infra.local.configuration import LOCAL_DEFAULTS
from infra.staging import ROOT
from tests.chaos.carrying import Carried, Client
from tests.chaos.faults import repeatedly
from tests.chaos.files import ATTRIBUTES
from tests.chaos.portal import SETTINGS, Portal, portal
from tests.chaos.reconciling import Reconciled, reconcile
from tests.chaos.scenarios import A_LARGE_LOAD, SCENARIOS, Field
from tests.memory import GIB

PAGE = ROOT / "docs" / "reliability.md"
BEGIN, END = "<!-- chaos: begin -->", "<!-- chaos: end -->"
HEADER = (
    "| scenario | files | rows | faults injected | rows reconciled | calls repeated | "
    "jobs started again | seconds | most memory |\n|---|---|---|---|---|---|---|---|---|"
)


@dataclass(frozen=True, slots=True)
class Run:
    name: str
    carried: list[Carried]
    found: Reconciled
    injected: Counter[str]
    repeated_calls: int
    seconds: float
    most_bytes: int
    """Memory of the emulator, its workers and the database."""

    def line(self) -> str:
        rows = sum(each.file.rows for each in self.carried)
        faults = ", ".join(f"{n:,} {kind}" for kind, n in sorted(self.injected.items()) if n)
        reconciled = f"{self.found.rows:,}" if not self.found.complaints else "**no**"
        again = sum(len(each.failures) for each in self.carried)
        return (
            f"| {self.name} | {len(self.carried)} | {rows:,} | {faults or 'load alone'} | "
            f"{reconciled} | {self.repeated_calls} | {again} | {self.seconds:.0f} | "
            f"{self.most_bytes / GIB:.1f} GiB |"
        )


def main() -> int:
    options = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    options.add_argument("--files", type=int, default=4, help="of a scenario without a load")
    options.add_argument("--rows", type=int, default=3_000, help="of an ordinary file")
    options.add_argument("--big-rows", type=int, default=1_000_000, help="of the large file")
    options.add_argument("--only", default="", help="parts of names, separated by commas")
    options.add_argument("--publish", action="store_true", help=f"into {PAGE.relative_to(ROOT)}")
    given = options.parse_args()
    parts = [part.strip().lower() for part in given.only.split(",")]
    wanted = [name for name in SCENARIOS if any(part in name.lower() for part in parts)]
    runs: list[Run] = []
    for settings, names in (
        (SETTINGS, [name for name in wanted if name != A_LARGE_LOAD]),
        (LOCAL_DEFAULTS, [name for name in wanted if name == A_LARGE_LOAD]),
    ):
        if names:
            runs += _runs(names, settings, given)
    return 1 if any(run.found.complaints for run in runs) else 0


def _runs(
    names: Sequence[str], settings: Mapping[str, str], given: argparse.Namespace
) -> Iterator[Run]:
    """On one stack."""
    with (
        tempfile.TemporaryDirectory(prefix="chaos-") as folder,
        portal(Path(folder), settings, keep=settings is SETTINGS) as running,
    ):
        Client(running).define_attributes(ATTRIBUTES)
        for number, name in enumerate(names):
            run = _run(running, Path(folder), number, name, given)
            print(run.line(), flush=True)
            for complaint in run.found.complaints:
                print(f"  {complaint}", flush=True)
            if given.publish:
                publish([run.line()])
            yield run


def _run(running: Portal, folder: Path, number: int, name: str, given: argparse.Namespace) -> Run:
    client = Client(running)
    proxies = (running.aws, running.mongodb)
    before = running.database[PRODUCTS].estimated_document_count()
    for proxy in proxies:
        proxy.injected.clear()
    began = time.monotonic()
    field = Field(running, client, folder, f"s{number}", given.files, given.rows, given.big_rows)
    seen = [0]
    try:
        with repeatedly(lambda: seen.append(running.memory_bytes()), 1):
            carried = SCENARIOS[name](field)
    finally:
        for proxy in proxies:
            proxy.calm()
    seconds = time.monotonic() - began
    found = reconcile(running, carried, others=before)
    injected: Counter[str] = Counter()
    for proxy in proxies:
        injected += proxy.injected
    return Run(name, carried, found, injected, client.repeated_calls, seconds, max(seen))


def publish(lines: list[str], page: Path = PAGE) -> None:
    """Replace the lines of the scenarios that ran; those of the others stay."""
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    table, _, after = rest.partition(END)
    by_name = {line.split("|")[1].strip(): line for line in [*table.splitlines(), *lines] if line}
    known = [by_name[name] for name in SCENARIOS if name in by_name]
    text = "\n".join([BEGIN, HEADER, *known, END])
    page.write_text(f"{before}{text}{after}", encoding="utf-8")


if __name__ == "__main__":
    raise SystemExit(main())
