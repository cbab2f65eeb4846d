"""How a machine goes over chunks: by which Map, and where the chunks are named."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class FanOut(StrEnum):
    INLINE = "INLINE"
    DISTRIBUTED = "DISTRIBUTED"
    NONE = "NONE"
    """Only of an import's second pass: no chunk is to be judged again."""


class ManifestLocation(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An object that names every chunk, as a JSON array."""

    bucket: str
    key: str
