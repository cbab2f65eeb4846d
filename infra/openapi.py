"""Writes `openapi.yaml`: `python -m infra.openapi`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from core.api_description.document import describe

FILE = Path(__file__).resolve().parents[1] / "openapi.yaml"
HEADER = "# Written by `make openapi` from schemas/ and core/api_description/; do not edit.\n"


class _Plain(yaml.SafeDumper):
    """Never anchors: equal examples are repeated."""

    def ignore_aliases(self, _data: Any) -> bool:
        return True


def rendered() -> str:
    """The file's content."""
    return HEADER + yaml.dump(
        describe(), Dumper=_Plain, sort_keys=False, allow_unicode=True, width=100
    )


if __name__ == "__main__":
    FILE.write_text(rendered(), encoding="utf-8")
    print(FILE.name)
