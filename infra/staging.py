"""Copies the functions' code, to which the template's relative paths point, into a folder."""

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
    """Copy the content of a function: core/, handlers/ and schemas/, without caches, and the CA
    bundles of the user's database."""
    for name in CODE_FOLDERS:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for bundle in sorted((ROOT / "infra" / "certificates").glob("*.pem")):
        (folder / "certificates").mkdir(exist_ok=True)
        shutil.copy(bundle, folder / "certificates" / bundle.name)
    fix_times(folder)


def mark_release(code: Path, released: str) -> None:
    """Write a file that identifies everything a function depends on besides its code. SAM only
    publishes a version of a function if its package changes."""
    (code / "release").write_text(f"{hashlib.sha256(released.encode()).hexdigest()}\n")
    fix_times(code)


def fix_times(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        os.utime(path, (FIXED_TIME, FIXED_TIME))
