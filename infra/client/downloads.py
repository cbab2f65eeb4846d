"""Copies of result files below one folder, and which of them a person has changed since."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

RECORD = ".written.json"
"""In the folder of each job: sizes and times of its files as they were written."""


def record(folder: Path, files: Iterable[Path]) -> None:
    """Remember the files of `folder` as they are now."""
    text = json.dumps({file.name: _mark(file) for file in files}, indent=2)
    (folder / RECORD).write_text(text, encoding="utf-8")


def changed(results: Path) -> list[Path]:
    """The files below `results` that are not as `record` found them, or were never recorded: what a
    person edited or put there."""
    return sorted(
        file
        for folder in {file.parent for file in results.rglob("*") if not file.is_dir()}
        for file in _changed_in(folder)
    )


def _changed_in(folder: Path) -> list[Path]:
    try:
        written = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        written = {}
    return [
        file
        for file in folder.iterdir()
        if file.name != RECORD and not file.is_dir() and written.get(file.name) != _mark(file)
    ]


def _mark(file: Path) -> list[int]:
    seen = file.lstat()
    return [seen.st_size, seen.st_mtime_ns]
