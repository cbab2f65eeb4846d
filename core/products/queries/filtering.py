"""Converts the filters of `GET /products` from query parameters to typed conditions.

Brand=Acme               equal
Color=Red,Blue           any of; also Color=Red&Color=Blue, and Color[in]=Red,Blue
Name[eq]=Lamp, black     equal, including the comma
Color[ne]=Red,Blue       none of; also products without a value
Price[gte]=10            gt, gte, lt, lte; a measure compares its number
Name[contains]=oak       case-insensitive
Name[startswith]=Oa      case-sensitive
Color[exists]=false      without a value
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

from core.products.fields import SEARCHED_KINDS, Catalogue, ListField
from core.products.queries.conditions import Condition, Term
from core.products.queries.filter_terms import Operator, containing, read_value, term_of
from core.query_parameters import ParameterFault, shown
from core.query_values import text_value

SEARCH_MAX_WORDS = 8
"""Every text field of every product is searched for each word of `q`."""

_PARAMETER = re.compile(r"(.*)\[([^\[\]]*)\]", re.DOTALL)


_WRAPPED = re.compile(r"filters\[(.+)\]", re.DOTALL)
"""How clients made from `openapi.yaml`, such as openapi-fetch, write the object `filters`."""


def filters_of(
    parameters: Mapping[str, Sequence[str]], reserved: Collection[str], catalogue: Catalogue
) -> dict[str, list[str]]:
    """The filters by name: all parameters but the reserved ones. `filters[Price[gte]]=10` is
    `Price[gte]=10`, unless an attribute is really called so."""
    filters: dict[str, list[str]] = {}
    for name, values in parameters.items():
        if name in reserved:
            continue
        wrapped = _WRAPPED.fullmatch(name)
        own = name if wrapped is None or name in catalogue.fields else wrapped[1]
        filters.setdefault(own, []).extend(values)
    return filters


def read_filters(
    parameters: Mapping[str, Sequence[str]], catalogue: Catalogue
) -> tuple[list[Term], list[ParameterFault]]:
    """The terms of all parameters, which must all be filters, and the faults."""
    terms: list[Term] = []
    faults: list[ParameterFault] = []
    for parameter, values in parameters.items():
        try:
            term = _read(parameter, values, catalogue)
        except ValueError as error:
            faults.append(ParameterFault(shown(parameter), str(error)))
        else:
            if term is not None:
                terms.append(term)
    return terms, faults


def read_search(text: str, catalogue: Catalogue) -> list[Term]:
    """`q`: every word must occur in some text of the product or in its id, case-insensitive.
    Raises ValueError with a sentence."""
    words = read_value("q", text, text_value).split()
    if len(words) > SEARCH_MAX_WORDS:
        raise ValueError(f"“q” may hold at most {SEARCH_MAX_WORDS} words.")
    fields = [field for field in catalogue.fields.values() if field.kind in SEARCHED_KINDS]
    return [
        Term((), False, tuple(Condition(field.name, containing(word)) for field in fields))
        for word in words
    ]


def _field_of(name: str, catalogue: Catalogue) -> ListField:
    """Raises ValueError with a sentence if no field has this name."""
    field = catalogue.fields.get(name)
    if field is not None:
        return field
    near = catalogue.nearest(name)
    hint = f"; did you mean “{near}”?" if near else "."
    raise ValueError(f"There is no attribute “{shown(name)}” to filter by{hint}")


def _read(parameter: str, values: Sequence[str], catalogue: Catalogue) -> Term | None:
    if "$" in parameter:
        raise ValueError(f"“{shown(parameter)}” holds a $, which is not allowed in a filter.")
    name, operator = parameter, None
    match = _PARAMETER.fullmatch(parameter)
    # an attribute may be named "Size [cm]": a name takes precedence over an operator
    if match and parameter not in catalogue.fields:
        name = match.group(1)
        _field_of(name, catalogue)
        operator = _operator(parameter, match.group(2))
    field = _field_of(name, catalogue)
    if not field.is_filterable:
        raise ValueError(f"Products cannot be filtered by “{name}”: it is not marked filterable.")
    if operator is None and not any(value.strip() for value in values):
        return None  # `Brand=`: forms send empty fields like this
    return term_of(parameter, field, operator, values)


def _operator(parameter: str, word: str) -> Operator:
    try:
        return Operator(word)
    except ValueError:
        known = ", ".join(Operator)
        raise ValueError(
            f"“{shown(parameter)}” has no known operator; use one of {known}."
        ) from None
