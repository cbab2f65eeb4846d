"""How large a product may be: the limit of the database, and the configured one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import bson

from core.settings import Settings
from core.wording import can_be_raised, size_in_words

_BSON_OVER_JSON = 4
"""A list of one-character texts, the worst case, takes no more than so many times its JSON."""

_DEFAULTS = Settings()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductLimits:
    size_bytes: int = _DEFAULTS.max_product_bytes
    attributes: int = _DEFAULTS.max_attributes_per_product

    @classmethod
    def of(cls, settings: Settings) -> ProductLimits:
        return cls(
            size_bytes=settings.max_product_bytes, attributes=settings.max_attributes_per_product
        )

    @property
    def sentences(self) -> Mapping[str, str]:
        """The sentences for a product over a limit, by the code of the fault."""
        return {
            "PRODUCT_TOO_LARGE": f"The product would be larger than "
            f"{size_in_words(self.size_bytes)}, the limit for one product; shorten its texts or "
            "lists. "
            f"{can_be_raised('max_product_bytes')}",
            "TOO_MANY_ATTRIBUTES": f"The product would have values for more than "
            f"{self.attributes:,} attributes, the limit for one product. "
            f"{can_be_raised('max_attributes_per_product')}",
        }

    def too_large(self, values: Mapping[str, Any], canonical: bytes) -> bool:
        """`canonical` is their JSON; only where that is long are they measured as they are
        stored."""
        if len(canonical) * _BSON_OVER_JSON <= self.size_bytes:
            return False
        return len(bson.encode(values)) > self.size_bytes
