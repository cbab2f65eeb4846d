"""All results that an import keeps, over the size of the upload."""

from __future__ import annotations

from tests.bench.core_work import import_whole
from tests.bench.inputs import KEYS, RESULTS
from tests.bench.measuring import Measured
from tests.bench.workroom import Workroom, size_of


def measure(room: Workroom) -> Measured:
    file, folder = room.csv(room.scale.rows), room.scratch("kept")
    import_whole(str(file), str(folder))
    sizes = {}
    for kind, prefix in {"validRows": KEYS.all_valid_rows, "results": KEYS.results}.items():
        files = (folder / RESULTS / prefix).rglob("*")
        sizes[f"{kind}Mb"] = sum(path.stat().st_size for path in files if path.is_file()) / 1e6
    return Measured(
        value=sum(sizes.values()) * 1e6 / file.stat().st_size,
        size=size_of(file, room.scale.rows),
        details={kind: round(size, 1) for kind, size in sizes.items()},
    )
