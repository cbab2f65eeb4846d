"""Files beside the repository, in `../shared/data`: large, or not ours to publish. Tests that need
them are skipped where they are missing, and the end of the run says so (`skips.py`)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SHARED_DATA = ROOT.parent / "shared" / "data"


def needed(folder: str = ".") -> pytest.MarkDecorator:
    """Skips tests where this folder of the shared data is missing."""
    path = SHARED_DATA / folder
    return pytest.mark.skipif(
        not path.is_dir(), reason=f"{os.path.relpath(path, ROOT)} is not there"
    )
