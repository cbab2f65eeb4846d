"""What was measured so far, on disk: written after every key, so an interruption loses nothing.

`bench.json` holds `{key: number}`; `bench-details.json` beside it says at what size, when and on
what machine, which is what docs/benchmarks.md is made of. Both tell of one scale alone, that of the
last run: what was measured at another is kept in a file of that scale, and comes back with it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.goals import GOALS
from tests.bench.measuring import Measured


@dataclass(frozen=True, slots=True)
class Records:
    folder: Path
    scale: str
    """Its name. Figures of two scales never stand in one file."""

    @property
    def figures_file(self) -> Path:
        return self.folder / "bench.json"

    @property
    def details_file(self) -> Path:
        return self.folder / "bench-details.json"

    @property
    def kept_file(self) -> Path:
        return self.folder / f"bench-details-{self.scale}.json"

    def details(self) -> dict[str, dict[str, Any]]:
        """By key, in the order of the goals; of this scale."""
        try:
            known = json.loads(self.kept_file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return {goal.key: known[goal.key] for goal in GOALS if goal.key in known}

    def add(self, key: str, measured: Measured, circumstances: dict[str, Any]) -> None:
        """`circumstances`: the machine, its load, the day."""
        known = self.details()
        known[key] = {
            "value": measured.value,
            "size": measured.size,
            "scale": self.scale,
            **circumstances,
            "details": dict(measured.details),
        }
        self._save(known)

    def drop(self, key: str) -> None:
        """Forget the figure of a key, if there is one."""
        self._save({known: reported for known, reported in self.details().items() if known != key})

    def clear(self) -> None:
        """Forget all figures."""
        self._save({})

    def _save(self, known: dict[str, dict[str, Any]]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        _write(self.kept_file, known)
        _write(self.details_file, known)
        _write(
            self.figures_file,
            {g.key: round(known[g.key]["value"], 4) for g in GOALS if g.key in known},
        )


def _write(path: Path, content: dict[str, Any]) -> None:
    """Whole or not at all."""
    new = path.with_suffix(".new")
    new.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    new.replace(path)
