"""The machine a run took place on, as far as it explains the figures: no names, no paths."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import sys
from pathlib import Path
from typing import Any


def machine() -> dict[str, Any]:
    return {
        "cores": len(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity")
        else os.cpu_count(),
        "cpu": _cpu_model(),
        "memoryGb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        **{name: importlib.metadata.version(name) for name in ("polars", "numpy", "fastexcel")},
        "emulator": f"ministack {importlib.metadata.version('ministack')}",
        "database": f"SecantusDB {importlib.metadata.version('SecantusDB')}",
    }


def load() -> list[float]:
    """The load averages of one, five and fifteen minutes."""
    return [round(average, 2) for average in os.getloadavg()]


def _cpu_model() -> str:
    described = Path("/proc/cpuinfo")
    if described.exists():
        for line in described.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or f"unknown, on {sys.platform}"
