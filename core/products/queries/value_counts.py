"""`GET /product-facets`: how many products have each value of some attributes.

The most frequent values first, at most `limit` of each attribute; all further ones are counted
together. The database groups only the products that the filters find, and stops in time: where
neither a filter nor the attribute has an index, it reads the whole catalogue.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pymongo.collection import Collection
from pymongo.database import Database

from core.database import PRODUCTS, QUERY_MAX_MS, collection_of
from core.products.answer_sizes import ANSWER_BYTES, size_in_answer
from core.products.fields import ID, Catalogue, FieldKind, ListField
from core.products.queries.conditions import Term, query_of
from core.products.queries.filter_terms import Operator, term_of
from core.products.queries.filtering import filters_of, read_filters, read_search
from core.query_parameters import (
    ParameterFault,
    Parameters,
    read_limit,
    refuse_query,
    shown,
    values_of,
)
from core.wording import counted

ATTRIBUTES = "attributes"
RESERVED_PARAMETERS = frozenset({ATTRIBUTES, "limit", "q"})
MAX_ATTRIBUTES = 10
"""Of one call: each is a query of its own."""
CALL_SECONDS = 20
"""For all queries of a call; API Gateway waits 29 s."""

_COUNTED = frozenset(
    {FieldKind.TEXT, FieldKind.LIST, FieldKind.NUMBER, FieldKind.BOOLEAN, FieldKind.DAY}
)
_Pipeline = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class CountRequest:
    fields: tuple[ListField, ...]
    terms: tuple[Term, ...]
    limit: int
    """Of the values of one attribute."""


def read_count_request(parameters: Parameters, catalogue: Catalogue) -> CountRequest:
    """Raises InvalidRequest `INVALID_QUERY`, which names every parameter at fault."""
    terms, faults = read_filters(filters_of(parameters, RESERVED_PARAMETERS, catalogue), catalogue)
    fields = _fields(parameters, catalogue, faults)
    limit = read_limit(parameters, faults)
    try:
        terms += read_search(" ".join(parameters.get("q", ())), catalogue)
    except ValueError as error:
        faults.append(ParameterFault("q", str(error)))
    refuse_query(faults)
    return CountRequest(fields, tuple(terms), limit)


def count_values(request: CountRequest, database: Database[dict[str, Any]]) -> dict[str, Any]:
    """`{message, data}`; an item of `data` is `{attribute, values: [{value, products}]}`, and has
    `others: {values, products}` where not all values are named."""
    products = collection_of(database, PRODUCTS)
    deadline = time.monotonic() + CALL_SECONDS
    budget = ANSWER_BYTES // len(request.fields)
    return {
        "message": f"Values of {counted(len(request.fields), 'attribute')}, the most frequent "
        "first.",
        "data": [_counts(products, field, request, budget, deadline) for field in request.fields],
    }


def _fields(
    parameters: Parameters, catalogue: Catalogue, faults: list[ParameterFault]
) -> tuple[ListField, ...]:
    named = dict.fromkeys(
        name
        for text in values_of(ATTRIBUTES, parameters)
        for name in ([text] if text in catalogue.fields else map(str.strip, text.split(",")))
        if name
    )
    if not named:
        sentence = "“attributes” must name the attributes whose values are counted: Brand,Color."
        faults.append(ParameterFault(ATTRIBUTES, sentence))
    if len(named) > MAX_ATTRIBUTES:
        sentence = f"“attributes” may name at most {MAX_ATTRIBUTES} attributes."
        faults.append(ParameterFault(ATTRIBUTES, sentence))
        return ()
    fields: list[ListField] = []
    for name in named:
        try:
            fields.append(_countable(name, catalogue))
        except ValueError as error:
            faults.append(ParameterFault(ATTRIBUTES, str(error)))
    return tuple(fields)


def _countable(name: str, catalogue: Catalogue) -> ListField:
    """Raises ValueError with a sentence."""
    field = catalogue.fields.get(name)
    if field is None:
        near = catalogue.nearest(name)
        hint = f"; did you mean “{near}”?" if near else "."
        raise ValueError(f"There is no attribute “{shown(name)}” to count values of{hint}")
    if field.name == ID or field.kind not in _COUNTED:
        raise ValueError(
            f"Values of “{name}” are not counted; those of short texts, options, numbers, "
            "booleans and dates are."
        )
    if not field.is_filterable:
        raise ValueError(f"Values of “{name}” are not counted: it is not marked filterable.")
    return field


def _counts(
    products: Collection[dict[str, Any]],
    field: ListField,
    request: CountRequest,
    budget: int,
    deadline: float,
) -> dict[str, Any]:
    # only values of the attribute's present type; those of an earlier one are not shown either
    has_value = term_of(field.name, field, Operator.EXISTS, ["true"])
    path = f"${field.name}"
    grouped: _Pipeline = [
        {"$match": query_of([*request.terms, has_value])},
        *([{"$unwind": path}] if field.kind is FieldKind.LIST else []),
        {"$group": {ID: path, "products": {"$sum": 1}}},
        {"$sort": {"products": -1, ID: 1}},  # the same order in both queries
    ]
    found = _aggregated(products, [*grouped, {"$limit": request.limit + 1}], deadline)
    values = _fitting(found[: request.limit], budget)
    counts: dict[str, Any] = {"attribute": field.name, "values": values}
    if len(found) > len(values):
        rest: _Pipeline = [
            {"$skip": len(values)},
            {"$group": {ID: None, "values": {"$sum": 1}, "products": {"$sum": "$products"}}},
        ]
        others = _aggregated(products, [*grouped, *rest], deadline)
        if others:  # none, if the products were changed between the two queries
            counts["others"] = {name: others[0][name] for name in ("values", "products")}
    return counts


def _aggregated(
    products: Collection[dict[str, Any]], pipeline: _Pipeline, deadline: float
) -> list[dict[str, Any]]:
    """Raises pymongo's ExecutionTimeout where the time of the call does not suffice."""
    left_ms = int((deadline - time.monotonic()) * 1000)
    return products.aggregate(pipeline, maxTimeMS=max(1, min(QUERY_MAX_MS, left_ms))).to_list()


def _fitting(found: list[dict[str, Any]], budget: int) -> list[Mapping[str, Any]]:
    """The values from the first on that fit into the answer."""
    values: list[Mapping[str, Any]] = []
    for group in found:
        value = {"value": group[ID], "products": group["products"]}
        budget -= size_in_answer(value)
        if budget < 0:
            break
        values.append(value)
    return values
