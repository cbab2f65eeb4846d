"""The order of a list, and how it continues after a position.

`sortBy=Brand,Price&sortOrder=asc,desc`, or `sortBy=Brand,-Price`. Ties are broken by `_id`, in the
direction of the last key, so that an index over (field, `_id`) gives the order, read from either
end. Products without a value come first, as in the database, and last in descending order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.products.fields import ID, Catalogue
from core.products.queries.conditions import Condition, Term, equals
from core.query_parameters import shown

ASCENDING, DESCENDING = 1, -1
MAX_KEYS = 4

_BRACKETS: tuple[tuple[type | tuple[type, ...], Any], ...] = (
    (type(None), None),
    ((int, float), float("-inf")),
    (str, ""),
    (bool, False),
)
"""The types of values that one field can hold, in the order of BSON, each with its smallest value.
A field has values of more than one type, besides none, only if its attribute was deleted and
created again with another type."""


_OF_ONE_KIND = frozenset({"$eq", "$in", "$gt", "$gte", "$lt", "$lte"})
"""Tests that pass only for values of the same type as their operand."""


@dataclass(frozen=True, slots=True)
class SortKey:
    path: str
    direction: int


@dataclass(frozen=True, slots=True)
class Order:
    """`keys` excludes the `_id` that ends every order; without keys it is the default order."""

    keys: tuple[SortKey, ...] = ()

    @property
    def all_keys(self) -> tuple[SortKey, ...]:
        last = self.keys[-1].direction if self.keys else ASCENDING
        if any(key.path == ID for key in self.keys):
            return self.keys
        return (*self.keys, SortKey(ID, last))

    @property
    def specification(self) -> list[tuple[str, int]]:
        """In the form of the driver."""
        return [(key.path, key.direction) for key in self.all_keys]


def read_order(
    sort_by: Sequence[str], sort_order: Sequence[str], catalogue: Catalogue
) -> tuple[Order, list[str]]:
    """The order, and a sentence for each fault. A name that no field has is not a fault (the
    contract): it is ignored."""
    names = [part.strip() for text in sort_by for part in text.split(",") if part.strip()]
    words = [part.strip().lower() for text in sort_order for part in text.split(",")]
    words = [word for word in words if word]
    faults = [
        f"“sortOrder” must be asc or desc, not “{shown(word)}”."
        for word in words
        if word not in ("asc", "desc")
    ]
    if len(names) > MAX_KEYS:
        faults.append(f"“sortBy” may name at most {MAX_KEYS} fields.")
        return Order(), faults
    keys: dict[str, SortKey] = {}
    for at, written in enumerate(names):
        # a single word applies to all keys
        word = words[min(at, len(words) - 1)] if words else "asc"
        direction = DESCENDING if word == "desc" else ASCENDING
        name = written
        if written.startswith("-") and written not in catalogue.fields:
            name, direction = written[1:].strip(), -direction
        if "$" in name:
            faults.append(f"“sortBy”: “{shown(name)}” holds a $, which is not allowed here.")
            continue
        field = catalogue.fields.get(name)
        if field is None:
            continue
        if not field.is_sortable:
            faults.append(f"Products cannot be sorted by “{name}”: it is not marked sortable.")
            continue
        keys.setdefault(field.sort_path, SortKey(field.sort_path, direction))
    ordered = list(keys.values())
    if ID in keys:  # unique, so keys after it have no effect
        ordered = ordered[: list(keys).index(ID) + 1]
    return Order(tuple(ordered)), faults


def without_fixed(order: Order, terms: Iterable[Term]) -> Order:
    """The order without the keys that the filters fix to one value: they have no effect."""
    fixed = {
        condition.path
        for term in terms
        for condition in term.conditions
        if set(condition.test) == {"$eq"}
    }
    return Order(tuple(key for key in order.keys if key.path not in fixed))


def phases_after(
    order: Order, position: Sequence[Any], terms: Iterable[Term] = ()
) -> Iterator[tuple[Condition, ...]]:
    """The products after a position, as conditions for consecutive queries (phases).

    `position` holds the values at `order.all_keys` of the last product seen; `terms` are the
    filters, which may rule out some phases. Each phase is a range of one index (some keys equal,
    the next one beyond), and the phases are in the order of the list. One query with `$or` would be
    equivalent, but not every engine uses an index for its order.
    """
    keys = order.all_keys
    narrowed = {
        condition.path
        for term in terms
        for condition in term.conditions
        if condition.test.keys() & _OF_ONE_KIND
    }
    for at in reversed(range(len(keys))):
        same = tuple(
            equals(key.path, value) for key, value in zip(keys[:at], position, strict=False)
        )
        for test in _beyond(keys[at], position[at], others=keys[at].path not in narrowed):
            yield (*same, Condition(keys[at].path, test))


def _beyond(key: SortKey, value: Any, *, others: bool) -> Iterator[dict[str, Any]]:
    """Tests for values after this one: of the same type and, with `others`, of other types."""
    if value is not None:
        yield {"$gt" if key.direction == ASCENDING else "$lt": value}
    if not others or key.path == ID or isinstance(value, datetime):
        return  # every product has a value, always of the same type
    brackets = _BRACKETS if key.direction == ASCENDING else _BRACKETS[::-1]
    kinds = [kind for kind, _ in brackets]
    # a bool is an int in Python, but sorts after texts in the database
    own = kinds.index(bool) if isinstance(value, bool) else _bracket_of(value, kinds)
    for _, smallest in brackets[own + 1 :]:
        yield {"$eq": None} if smallest is None else {"$gte": smallest}


def _bracket_of(value: Any, kinds: Sequence[type | tuple[type, ...]]) -> int:
    return next(at for at, kind in enumerate(kinds) if isinstance(value, kind))
