"""Filters that a job keeps: as a query string of `GET /products`, read when the job runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlencode

from core.products.fields import Catalogue
from core.products.listing import RESERVED_PARAMETERS
from core.products.queries.conditions import Term
from core.products.queries.filtering import read_filters, read_search
from core.query_parameters import shown

SEARCH = "q"

EMPTY_FILTER = "“filter” names no value; an empty object ({}) means every product."


def filter_terms(query: str, catalogue: Catalogue, if_empty: str = EMPTY_FILTER) -> list[Term]:
    """The conditions of a filter. Raises ValueError with a sentence that lists all its faults;
    `if_empty` where it names no value."""
    parameters = parse_qs(query, keep_blank_values=True)
    search = " ".join(parameters.pop(SEARCH, ()))
    reserved = [name for name in parameters if name in RESERVED_PARAMETERS]
    if reserved:
        raise ValueError(
            f"“{reserved[0]}” is not a filter; name only attributes or “{SEARCH}” here."
        )
    terms, faults = read_filters(parameters, catalogue)
    if faults:
        raise ValueError(" ".join(fault.message for fault in faults))
    found = [*terms, *read_search(search, catalogue)] if search.strip() else terms
    if query and not found:
        raise ValueError(if_empty)
    return found


def filter_string(given: str | Mapping[str, Any], if_empty: str = EMPTY_FILTER) -> str:
    """The filter in canonical form; empty only for an empty object. Raises ValueError."""
    if given == {}:
        return ""
    if isinstance(given, str):
        parameters: Mapping[str, Any] = parse_qs(given.removeprefix("?"), keep_blank_values=True)
        if not given.strip():
            raise ValueError(if_empty)
        if not parameters:
            raise ValueError("“filter” must be a query string: Brand=Acme&Price[gte]=10.")
    else:
        if empty := [name for name, values in given.items() if values == []]:
            raise ValueError(f"“filter” names no value for “{shown(empty[0])}”; leave it out.")
        parameters = {
            name: [_text(value) for value in (values if isinstance(values, list) else [values])]
            for name, values in given.items()
        }
    return urlencode(parameters, doseq=True)


def _text(value: str | float | bool) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
