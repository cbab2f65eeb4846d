"""Attributes of one kind each, without a database."""

from datetime import UTC, datetime
from typing import Any

from core.attributes.definitions import Attribute, AttributeType
from core.products.fields import Catalogue

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def attribute(name: str, kind: str = "short_text", **more: Any) -> Attribute:
    return Attribute(
        id=name.lower().replace(" ", "_"),
        name=name,
        type=AttributeType(kind),
        created_at=NOW,
        updated_at=NOW,
        created_by="me",
        updated_by="me",
        **more,
    )


def one_of_each() -> Catalogue:
    return Catalogue(
        tuple(
            attribute(kind, kind, unit="kg" if kind == "measure" else None)
            for kind in AttributeType
        )
    )
