"""What the template's relative paths point at, laid down under a folder: the functions' code."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CODE_FOLDERS = ("core", "handlers", "schemas")
LAYERS = ("service", "columns", "catalogue", "enrichment", "identity")
"""Folders under build/layers, and locks under requirements/."""

FIXED_TIME = 315_532_800
"""1980-01-01: the same files make the same zip, whenever they were staged."""


def stage_code(folder: Path) -> None:
    """Lay down what a function carries: core/, handlers/ and schemas/, without caches, and the CA
    bundles of the user's database."""
    for name in CODE_FOLDERS:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for bundle in sorted((ROOT / "infra" / "certificates").glob("*.pem")):
        (folder / "certificates").mkdir(exist_ok=True)
        shutil.copy(bundle, folder / "certificates" / bundle.name)
    fix_times(folder)


def mark_release(code: Path, released: str) -> None:
    """Lay down a mark of what the functions run with beside their code. SAM publishes a version of
    a function when its package changes, and for nothing else that makes it another one."""
    (code / "release").write_text(f"{hashlib.sha256(released.encode()).hexdigest()}\n")
    fix_times(code)


def fix_times(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        os.utime(path, (FIXED_TIME, FIXED_TIME))
