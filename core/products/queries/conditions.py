"""Conditions on paths of a document, and how they become a query of the database.

The only place where an operator of the database is put together. Paths come from `ListField`,
operators from our own code, values are typed: no text of a client becomes either of the former.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Query = dict[str, Any]

TEXT_END = "\U0010ffff"
"""Sorts behind every text that a person writes."""


@dataclass(frozen=True, slots=True)
class Condition:
    """`test` is an operator document, e.g. `{"$gte": 5}`, on the values at `path`."""

    path: str
    test: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Term:
    """One filter of a request: all of its conditions hold.

    `is_indexed` says that an index on the first condition's path finds the products, so that the
    database may choose it; false for what must look at every product in turn.
    """

    conditions: tuple[Condition, ...]
    is_indexed: bool
    alternatives: tuple[Condition, ...] = ()
    """Of these at least one holds, where there are any."""


def equals(path: str, value: Any) -> Condition:
    return Condition(path, {"$eq": value})


def any_of(path: str, values: Iterable[Any]) -> Condition:
    distinct = list(dict.fromkeys(values))
    return equals(path, distinct[0]) if len(distinct) == 1 else Condition(path, {"$in": distinct})


def starts_with(path: str, prefix: str) -> Condition:
    """As a range: DocumentDB uses an index for it, which it does for no regular expression."""
    return Condition(path, {"$gte": prefix, "$lt": prefix + TEXT_END})


def query_of(terms: Iterable[Term], phase: Iterable[Condition] = ()) -> Query:
    """The database's query: everything holds. Conditions on one path share one operator document
    as long as no operator repeats, since that is the form in which every engine sees one range.

    `phase` says what stands behind a position in the list. Where it holds a path at one value, that
    value comes from a product that passed the filters, and nothing more need be asked of it.
    """
    terms, phase = list(terms), list(phase)
    held = {condition.path for condition in phase if set(condition.test) == {"$eq"}}
    filters = [c for term in terms for c in term.conditions if c.path not in held]
    conditions = [*filters, *phase]
    by_path: dict[str, list[dict[str, Any]]] = {}
    for condition in conditions:
        tests = by_path.setdefault(condition.path, [{}])
        fitting = next((t for t in tests if not t.keys() & condition.test.keys()), None)
        if fitting is None:
            tests.append(dict(condition.test))
        else:
            fitting.update(condition.test)
    query: Query = {path: _plain(tests[0]) for path, tests in by_path.items()}
    rest: list[Query] = [
        {path: _plain(test)} for path, tests in by_path.items() for test in tests[1:]
    ]
    rest += [
        {"$or": [{c.path: _plain(c.test)} for c in term.alternatives]}
        for term in terms
        if term.alternatives
    ]
    if rest:
        query["$and"] = rest
    return query


def _plain(test: Mapping[str, Any]) -> Any:
    return test["$eq"] if set(test) == {"$eq"} else dict(test)
