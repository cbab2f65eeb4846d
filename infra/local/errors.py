"""What stops the launcher."""

from __future__ import annotations


class LauncherError(Exception):
    """An error that a person can correct; only its message is shown."""
