"""`GET /products`: reads its query parameters, and builds the page of the response.

Every parameter that is not reserved is a filter. `page` and `limit` work as in every list
(`core/query_parameters.py`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from core.cursors import CursorSigner, Position, encoded_value
from core.products.answer_sizes import fitting
from core.products.documents import Document, shown
from core.products.fields import ID, SYSTEM_FIELDS, Catalogue
from core.products.queries.conditions import Term
from core.products.queries.filtering import filters_of, read_filters, read_search
from core.products.queries.sorting import Order, phases_after, read_order, without_fixed
from core.products.repository import ProductRepository
from core.query_parameters import (
    Page,
    ParameterFault,
    Parameters,
    pagination,
    read_page,
    refuse_query,
)

RESERVED_PARAMETERS = frozenset({"page", "limit", "sortBy", "sortOrder", "cursor", "fields", "q"})


@dataclass(frozen=True, slots=True)
class ListRequest:
    terms: tuple[Term, ...]
    order: Order
    page: Page
    cursor: str | None
    only: frozenset[str] | None
    """Fields to show; None for all."""

    @property
    def fingerprint(self) -> str:
        """Equal for equal filters and order."""
        query = msgspec.json.encode((self.terms, self.order))
        return hashlib.sha256(query).hexdigest()[:16]


def read_list_request(parameters: Parameters, catalogue: Catalogue) -> ListRequest:
    """Raises InvalidRequest `INVALID_QUERY`, which names every parameter at fault."""
    filters = filters_of(parameters, RESERVED_PARAMETERS, catalogue)
    terms, faults = read_filters(filters, catalogue)
    order, sentences = read_order(
        parameters.get("sortBy", ()), parameters.get("sortOrder", ()), catalogue
    )
    faults += [
        ParameterFault("sortOrder" if sentence.startswith("“sortOrder”") else "sortBy", sentence)
        for sentence in sentences
    ]
    page = read_page(parameters, faults)
    only = _selection(parameters.get("fields", ()), catalogue, faults)
    try:
        search = read_search(" ".join(parameters.get("q", ())), catalogue)
    except ValueError as error:
        faults.append(ParameterFault("q", str(error)))
        search = []
    refuse_query(faults)
    return ListRequest(
        terms=(*terms, *search),
        order=without_fixed(order, terms),
        page=page,
        cursor=next((text for text in parameters.get("cursor", ()) if text), None),
        only=only,
    )


def list_products(
    request: ListRequest,
    catalogue: Catalogue,
    products: ProductRepository,
    signer: CursorSigner,
) -> dict[str, Any]:
    """`{message, data, pagination}` of the contract. `pagination.nextCursor` continues the list at
    the same cost at any depth, and is null at its end. Raises InvalidRequest `INVALID_CURSOR`.

    A page whose products do not fit into one response `endsEarly`; the cursor continues after its
    last product. Values that no response can hold are named in `omittedValues`.

    With a cursor the total is that of the first page: a list is counted once, not once per page.
    """
    position: Position | None = None
    if request.cursor is not None:
        position = signer.read(request.cursor, request.fingerprint)
        page, total = Page(position.page, request.page.limit), position.total
        found = _continued(request, products, position)
    else:
        page, total = request.page, products.count(request.terms)
        found = (
            products.find(request.terms, request.order, skip=page.skip, limit=page.limit + 1)
            if page.number == 1 or page.skip < total
            else []
        )
    documents = (shown(d, catalogue.names, request.only) for d in found[: page.limit])
    fits = fitting(list(documents))
    here = found[: len(fits.products)]
    cut = len(here) < min(len(found), page.limit)
    has_next = len(found) > len(here)
    following = None
    if has_next:
        values = tuple(
            encoded_value(value_at(here[-1], key.path)) for key in request.order.all_keys
        )
        following = signer.write(
            Position(
                fingerprint=request.fingerprint, values=values, page=page.number + 1, total=total
            )
        )
    message = "1 product." if total == 1 else f"{total:,} products."
    if cut:
        message += " This page ends early, since more would not fit into one answer; go on by its"
        message += " nextCursor."
    return {
        "message": message,
        "data": fits.products,
        **({"omittedValues": fits.omitted} if fits.omitted else {}),
        "pagination": {
            **pagination(page.number, page.limit, total, has_next=has_next),
            "nextCursor": following,
            **({"endsEarly": True} if cut else {}),
        },
    }


def _continued(
    request: ListRequest, products: ProductRepository, position: Position
) -> list[Document]:
    found: list[Document] = []
    for phase in phases_after(request.order, position.key_values, request.terms):
        missing = request.page.limit + 1 - len(found)
        found += products.find(request.terms, request.order, phase=phase, limit=missing)
        if len(found) > request.page.limit:
            break
    return found


def value_at(document: Document, path: str) -> Any:
    """The value at a path such as `Weight.value`; None if there is none."""
    value: Any = document
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _selection(
    texts: Sequence[str], catalogue: Catalogue, faults: list[ParameterFault]
) -> frozenset[str] | None:
    names = [part.strip() for text in texts for part in text.split(",") if part.strip()]
    known = {*catalogue.names, *SYSTEM_FIELDS, ID}
    for name in names:
        if name not in known:
            near = catalogue.nearest(name)
            hint = f"; did you mean “{near}”?" if near else "."
            faults.append(
                ParameterFault(
                    "fields", f"“fields” names “{name[:80]}”, which no product has{hint}"
                )
            )
    return frozenset(names) if names else None
