"""What the product keeps on this machine's disk: `make disk` shows it, `make free` removes it.

Without WHAT only that goes which is made again when it is needed; a copy of a result file that was
edited since stays. Data goes when it is named, and only while no stack runs.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from infra.client import downloads, summary
from infra.errors import LauncherError
from infra.local.configuration import Configuration
from infra.local.engines import files_folder, saved_stack
from infra.local.running import read_stack
from infra.staging import ROOT

UNITS = ("bytes", "kB", "MB", "GB", "TB")


@dataclass(frozen=True, slots=True)
class Place:
    name: str
    description: str
    paths: tuple[Path, ...]
    is_data: bool = False
    """Nothing brings it back."""

    @property
    def size(self) -> int:
        return sum(map(size_of, self.paths))


def places(configuration: Configuration, root: Path = ROOT) -> tuple[Place, ...]:
    state = configuration.state
    caches = (".mypy_cache", ".pytest_cache", ".ruff_cache", ".hypothesis")
    return (
        Place("results", "copies of result files, of make import", (configuration.results,)),
        Place("logs", "logs of earlier runs", tuple(state.glob("*.log.1"))),
        Place("build", "what make package staged", (root / "build",)),
        Place("caches", "of the linters and tests", tuple(root / name for name in caches)),
        Place(
            "environments",
            "Python environments besides .venv: model, checks",
            tuple(root.glob(".venv-*")),
        ),
        Place(
            "files",
            "uploads and results of runs with KEEP=true",
            (files_folder(state), saved_stack(state).parent),
            is_data=True,
        ),
        Place("database", "attributes, products, jobs", (state / "mongodb",), is_data=True),
    )


KEPT_SHOWN = 20
DEFAULT = ("results", "logs", "build", "caches")


def show(configuration: Configuration, environment: Mapping[str, str], console: Console) -> int:
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(justify="right", style="bold")
    table.add_column()
    table.add_column(style="dim")
    for place in places(configuration):
        table.add_row(shown(place.size), place.name, place.description)
    console.print(table)
    free = shutil.disk_usage(ROOT).free
    console.print(f"{shown(free)} are free on this disk.")
    console.print(f"[dim]Free {', '.join(DEFAULT)}: make free     Others: make free WHAT=files[/]")
    return 0


def free(configuration: Configuration, environment: Mapping[str, str], console: Console) -> int:
    """Remove what WHAT names, comma-separated. Raises LauncherError, before anything is removed."""
    known = {place.name: place for place in places(configuration)}
    requested = [name.strip() for name in environment.get("WHAT", "").split(",") if name.strip()]
    chosen = [_known(name, known) for name in requested or DEFAULT]
    if any(place.is_data for place in chosen) and read_stack(configuration) is not None:
        raise LauncherError("A stack uses these data. Stop it first: make down")
    total = 0
    has_results = any(configuration.results in place.paths for place in chosen)
    edited = downloads.changed(configuration.results) if has_results else []
    for place in chosen:
        size = place.size
        for path in place.paths:
            _remove(path, edited)
        freed = size - place.size
        total += freed
        console.print(f"{shown(freed):>10}  {escape(place.name)}")
    console.print(f"[green]{shown(total)} freed[/]")
    _name_kept(edited, console)
    return 0


def _name_kept(edited: Sequence[Path], console: Console) -> None:
    if not edited:
        return
    console.print(
        "Kept, since they changed after they were written, or no record of them exists; "
        "delete them yourself:"
    )
    for path in edited[:KEPT_SHOWN]:
        console.print(f"  {escape(summary.shown(path))}", soft_wrap=True)
    if more := len(edited) - min(len(edited), KEPT_SHOWN):
        console.print(f"  and {more:,} more")


def _known(name: str, known: Mapping[str, Place]) -> Place:
    if name not in known:
        raise LauncherError(f"WHAT must be some of {', '.join(known)}, not {name!r}.")
    return known[name]


def _remove(path: Path, edited: Collection[Path]) -> None:
    if path in edited:
        return
    if not path.is_dir() or path.is_symlink():
        path.unlink(missing_ok=True)
    elif not any(each.is_relative_to(path) for each in edited):
        shutil.rmtree(path)
    else:
        for each in path.iterdir():
            _remove(each, edited)


def size_of(path: Path) -> int:
    """Of a file, or of all files below a folder, as stored; links are not followed."""
    return sum(each.lstat().st_blocks * 512 for each in _files(path))


def _files(path: Path) -> Iterator[Path]:
    if path.is_symlink() or path.is_file():
        yield path
    elif path.is_dir():
        yield from (each for each in path.rglob("*") if each.is_symlink() or each.is_file())


def shown(size: float) -> str:
    for unit in UNITS[:-1]:
        if size < 1000:
            return f"{size:.0f} {unit}" if size >= 10 or unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} {UNITS[-1]}"
