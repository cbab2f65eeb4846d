"""What stops the launcher."""

from __future__ import annotations


class LauncherError(Exception):
    """Something a person can mend; the message is all they see."""
