"""What is counted once, however many threads come upon it."""

from __future__ import annotations

import threading


class CountedOnce:
    """Safe for several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: set[str] = set()

    def is_first(self, key: str) -> bool:
        """Has nobody asked for this key before?"""
        with self._lock:
            if key in self._seen:
                return False
            self._seen.add(key)
            return True
