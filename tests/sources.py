"""The source files of the product, for tests of its structure."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[1]


def python_files(folder: str, root: Path = ROOT) -> list[Path]:
    files = sorted((root / folder).rglob("*.py"))
    assert files, f"{folder}/ has no Python file: the rule would hold vacuously"
    return files
