"""Shows the progress of a run on stderr: a bar on a terminal, otherwise nothing."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from core.imports.local_run import Report, Stage


@contextlib.contextmanager
def progress_bar(title: str, *, shown: bool) -> Iterator[Report]:
    """Without `shown`, or if `rich` is not installed, nothing is shown."""
    if not shown:
        yield lambda _stage, _done, _total: None
        return
    try:
        # imported here: it takes a tenth of a second to load, and is optional
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeElapsedColumn,
        )
    except ImportError:
        yield lambda _stage, _done, _total: None
        return
    with Progress(
        TextColumn("{task.description}", markup=False),
        TextColumn("{task.fields[stage]}", style="dim"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("rows", style="dim"),
        TimeElapsedColumn(),
        console=Console(stderr=True, highlight=False),
        transient=True,
    ) as progress:
        bar = progress.add_task(title, total=None, stage=Stage.PLANNING.value)

        def report(stage: Stage, done: int, total: int) -> None:
            progress.update(bar, completed=done, total=total or None, stage=stage.value)

        yield report
