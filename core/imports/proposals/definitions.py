"""The attributes that proposals become."""

from __future__ import annotations

import msgspec

from core.attributes.definitions import AttributeDefinition
from core.imports.proposals.model import Proposals


def definitions_of(proposals: Proposals) -> list[AttributeDefinition]:
    """Sorted by name, as the pipeline freezes them."""
    found = [msgspec.convert(p.attribute, AttributeDefinition) for p in proposals.proposals]
    return sorted(found, key=lambda definition: definition.name)
