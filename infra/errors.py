"""The error that ends a command of the Makefile with one sentence."""

from __future__ import annotations


class LauncherError(Exception):
    """An error that a person can correct; only its message is shown."""
