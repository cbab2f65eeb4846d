"""Conditions on paths of a document, and their conversion to a query of the database.

Only this module combines operators of the database. Paths come from `ListField`, operators from
this code, and values are typed: no text of a client becomes a path or an operator.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Query = dict[str, Any]

TEXT_END = "\U0010ffff"
"""Sorts after every text that people write."""


@dataclass(frozen=True, slots=True)
class Condition:
    """`test` is an operator document, e.g. `{"$gte": 5}`, on the values at `path`."""

    path: str
    test: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Term:
    """One filter of a request: all its conditions must hold.

    `is_indexed`: an index on the first condition's path finds the products, so the database may use
    it. False if every product has to be scanned.
    """

    conditions: tuple[Condition, ...]
    is_indexed: bool
    alternatives: tuple[Condition, ...] = ()
    """At least one of these must hold, if there are any."""


def equals(path: str, value: Any) -> Condition:
    return Condition(path, {"$eq": value})


def any_of(path: str, values: Iterable[Any]) -> Condition:
    distinct = list(dict.fromkeys(values))
    return equals(path, distinct[0]) if len(distinct) == 1 else Condition(path, {"$in": distinct})


def starts_with(path: str, prefix: str) -> Condition:
    """A range, since DocumentDB uses an index for a range, but not for a regular expression."""
    return Condition(path, {"$gte": prefix, "$lt": prefix + TEXT_END})


def query_of(terms: Iterable[Term], phase: Iterable[Condition] = ()) -> Query:
    """The query in which all terms hold. Conditions on one path share one operator document unless
    an operator repeats, since in this form every engine recognises a range.

    `phase` are conditions for the products after a position in the list. If it fixes a path to one
    value, that value comes from a product that passed the filters, so the filters on that path are
    left out.
    """
    terms, phase = list(terms), list(phase)
    fixed = {condition.path for condition in phase if set(condition.test) == {"$eq"}}
    filters = [c for term in terms for c in term.conditions if c.path not in fixed]
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
