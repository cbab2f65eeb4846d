"""Planning a workbook, its rows written for the chunks, against fastexcel reading it as strings."""

from __future__ import annotations

from pathlib import Path

import fastexcel

from tests.bench.core_work import Steps
from tests.bench.measuring import REST_SECONDS, Measured, take_turns
from tests.bench.workroom import Workroom, size_of


def read_strings(file: Path) -> int:
    sheet = fastexcel.read_excel(file).load_sheet(0, dtypes="string")
    return sheet.to_polars().height


def measure(room: Workroom) -> Measured:
    file = room.workbook(room.scale.workbook_rows)
    steps = Steps(file, room.scratch("planned-workbook"))
    turns = take_turns(
        lambda: read_strings(file),
        steps.plan,
        room.scale.heavy_repeats,
        rest_seconds=REST_SECONDS,
    )
    return Measured(
        value=turns.ratio,
        size=size_of(file, room.scale.workbook_rows),
        details=turns.as_details(),
    )
