"""Which lines of an import can still be stored, now that attributes may have changed since.

The values were validated by the import, and are not validated again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.approvals.lines import Line, fields_of
from core.approvals.model import CommitPlan, Rejection, RejectionCode
from core.attributes.definitions import TRAITS, AttributeType, StoredAs
from core.attributes.identity import product_id_of
from core.products.changes import ProductChange

_SHAPES: Mapping[StoredAs, frozenset[type]] = {
    StoredAs.TEXT: frozenset({str}),
    StoredAs.NUMBER: frozenset({int, float}),
    StoredAs.BOOLEAN: frozenset({bool}),
    StoredAs.DAY: frozenset({str}),
    StoredAs.MOMENT: frozenset({str}),
    StoredAs.LIST: frozenset({list}),
    StoredAs.MEASURE: frozenset({dict}),
}
SHAPES: Mapping[AttributeType, frozenset[type]] = {
    kind: _SHAPES[traits.stored_as] for kind, traits in TRAITS.items()
}
"""The types in which decoded values of an attribute's type are stored."""


@dataclass(frozen=True, slots=True)
class ValidatedBatch:
    changes: Mapping[int, ProductChange]
    """By the number of their line."""
    unfit: Sequence[Rejection]


class LineValidator:
    """Validates by the attributes that the plan froze."""

    def __init__(self, plan: CommitPlan) -> None:
        self._attributes = plan.attributes
        self._identifier = plan.identifier
        self._shapes = {name: SHAPES[type_] for name, type_ in plan.attributes.items()}

    def validate(self, lines: Sequence[tuple[int, Line]]) -> ValidatedBatch:
        """The changes that the lines ask for, and the lines that cannot be stored."""
        unfit: list[Rejection] = []
        changes: dict[int, ProductChange] = {}
        for number, line in lines:
            values = {n: v for n, v in fields_of(line).items() if n in self._shapes}
            product_id = product_id_of(values, self._identifier) if values else None
            reason = self._unfit(values)
            if reason is not None or product_id is None:
                code, message = reason or _empty()
                unfit.append(Rejection(line=number, id=product_id, code=code, message=message))
            else:
                changes[number] = ProductChange(product_id=product_id, values=values, row=number)
        return ValidatedBatch(changes, unfit)

    def _unfit(self, values: Mapping[str, Any]) -> tuple[RejectionCode, str] | None:
        """Why these values cannot be stored, if they cannot."""
        if not values:
            return _empty()
        for name, value in values.items():
            if type(value) not in self._shapes[name]:
                return RejectionCode.TYPE_CHANGED, (
                    f"Attribute “{name}” is now of type {self._attributes[name].value}, which this "
                    "value does not fit; import the file again."
                )
        return None


def _empty() -> tuple[RejectionCode, str]:
    return RejectionCode.EMPTY_PRODUCT, (
        "The product is empty: none of its fields is an attribute any more."
    )
