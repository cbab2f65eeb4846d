"""A profile as it is stored in `import_profiles`, and as REST shows it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from core import clock
from core.file_format import ReadingOptions


class ProfileDraft(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a caller decides about a profile."""

    name: str
    options: ReadingOptions
    """Complete: also what was left out and has a default."""
    match_headers: tuple[str, ...] = ()
    """The headers of the files that the profile reads unasked, in any order; empty: of none."""


class Profile(ProfileDraft, frozen=True, kw_only=True, rename="camel"):
    fingerprint: str | None = None
    """Of `match_headers`, if there are any."""
    revision: int
    """Counts from 1 with every replacement."""
    created_at: datetime
    updated_at: datetime
    created_by: str
    updated_by: str

    def to_json(self) -> dict[str, Any]:
        return {
            "_id": self.name,
            **self.decided(),
            "revision": self.revision,
            "createdAt": clock.iso(self.created_at),
            "updatedAt": clock.iso(self.updated_at),
            "createdBy": self.created_by,
            "updatedBy": self.updated_by,
        }

    def decided(self) -> dict[str, Any]:
        """What a caller decided, in JSON; options that are detected are absent."""
        options: dict[str, Any] = msgspec.to_builtins(self.options)
        shown: dict[str, Any] = {
            "name": self.name,
            "options": {name: value for name, value in options.items() if value is not None},
        }
        if self.match_headers:
            shown["matchHeaders"] = list(self.match_headers)
        return shown
