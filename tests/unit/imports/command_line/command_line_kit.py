"""The command in a folder of its own: what a test gives it, and what comes of it."""

import json
from pathlib import Path
from typing import Any

import pytest

from core.imports.command_line.main import main
from tests.sources import ROOT

SAMPLES = ROOT / "samples"
NAMED: list[dict[str, Any]] = [
    {"name": "Name", "type": "short_text", "isRequired": True},
    {"name": "Price", "type": "number", "min": 0},
]
CLEAN = "Name,Price\nChair,10\nTable,20.5\n"
FAULTY = "Name,Price\nChair,10\nTable,cheap\n,5\n"


class Run:
    """The command in a folder of its own, and what came of it."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.out, self._capsys = folder, folder / "out", capsys
        self.attributes = folder / "attributes.json"
        self.attributes.write_text(json.dumps(NAMED))
        self.said = self.complained = ""

    def __call__(self, content: str | bytes | Path, *options: str) -> int:
        file = content if isinstance(content, Path) else self.folder / "products.csv"
        if not isinstance(content, Path):
            file.write_bytes(content.encode() if isinstance(content, str) else content)
        given = [str(file), "--attributes", str(self.attributes), "--out", str(self.out), *options]
        code = main(["validate", *given])
        self.said, self.complained = self._capsys.readouterr()
        return code

    @property
    def files(self) -> dict[str, bytes]:
        """Those that a listing shows."""
        return {path.name: path.read_bytes() for path in self.out.glob("[!.]*")}
