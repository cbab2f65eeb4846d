"""`GET /products/{productId}/history`: the newest change first, with values before and after."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from pymongo.database import Database

from core.database import PRODUCTS, collection_of
from core.errors import NotFound
from core.products.answer_sizes import ANSWER_BYTES, size_in_answer
from core.products.deletions import Deletions
from core.products.documents import attribute_values
from core.products.fields import HISTORY, ID
from core.products.history.archive import HistoryArchive
from core.products.history.entries import Entry
from core.query_parameters import ParameterFault, Parameters, read_page, refuse_query


def product_history(
    database: Database[dict[str, Any]],
    archive: HistoryArchive,
    product_id: str,
    parameters: Parameters,
) -> dict[str, Any]:
    """The answer. Raises NotFound `PRODUCT_NOT_FOUND` and InvalidRequest `INVALID_QUERY`.

    The history of a deleted product is available as long as its deletion is recorded.
    """
    faults: list[ParameterFault] = []
    page = read_page(parameters, faults)
    refuse_query(faults)
    document = collection_of(database, PRODUCTS).find_one({ID: product_id})
    found = document or Deletions(database).of([product_id]).get(product_id)
    if found is None:
        raise NotFound(
            "PRODUCT_NOT_FOUND", f"There is no product with the id “{product_id[:200]}”."
        )
    current = attribute_values(document) if document else {}
    changes = _changes(product_id, current, found.get(HISTORY, []), archive)
    data: list[dict[str, Any]] = []
    left, has_more = ANSWER_BYTES, False
    # one at a time: the values of each may be megabytes
    for change in islice(changes, page.skip, page.skip + page.limit + 1):
        has_more = len(data) == page.limit
        if has_more:
            break
        size = size_in_answer(change)
        shown = change
        if size > left:
            shown = _without_values(change)
            size = size_in_answer(shown)
        if size > left:  # one entry of a product with thousands of attributes
            shown = {**shown, "changes": []}
            size = size_in_answer(shown)
        left -= size
        data.append(shown)
    return {
        "message": "1 change." if len(data) == 1 else f"{len(data)} changes.",
        "productId": product_id,
        "data": data,
        "pagination": {
            "currentPage": page.number,
            "itemsPerPage": page.limit,
            "hasNextPage": has_more,
            "hasPrevPage": page.number > 1,
        },
    }


def _changes(
    product_id: str, current: Mapping[str, Any], carried: list[Entry], archive: HistoryArchive
) -> Iterator[dict[str, Any]]:
    """Entries from the newest on. Undoing each change gives the values before it."""
    values = dict(current)
    unknown: set[str] = set()
    for entry in _entries(product_id, carried, archive):
        before = entry.get("before", {})
        is_lost = False
        if name := entry.get("stored"):
            stored = archive.values(product_id, name)
            before, is_lost = stored or {}, stored is None
        shown = {
            "revision": entry["revision"],
            "at": entry["at"],
            "by": entry["by"],
            "action": entry["did"],
        }
        if "job" in entry:
            shown["jobId"] = entry["job"]
        if entry["did"] == "created":
            before = dict.fromkeys(values)
        shown["changes"] = [_change(name, before[name], values, unknown) for name in sorted(before)]
        if is_lost:
            shown["valuesOmitted"] = True
            unknown.update(values)
        yield shown
        unknown -= before.keys()
        for name, value in before.items():
            values.pop(name, None)
            if value is not None:
                values[name] = value


def _change(name: str, before: Any, values: Mapping[str, Any], unknown: set[str]) -> dict[str, Any]:
    change = {"attribute": name}
    if before is not None:
        change["before"] = before
    if name in values and name not in unknown:
        change["after"] = values[name]
    return change


def _entries(product_id: str, carried: list[Entry], archive: HistoryArchive) -> Iterator[Entry]:
    yield from reversed(carried)
    if carried and (carried[0]["revision"], carried[0]["did"]) == (1, "created"):
        return  # nothing is older
    oldest = (carried[0]["revision"], carried[0]["at"]) if carried else None
    for entry in archive.entries(product_id):
        # an update that was lost to another writer may have stored what the product still carries
        if oldest is None or (entry["revision"], entry["at"]) < oldest:
            oldest = (entry["revision"], entry["at"])
            yield entry


def _without_values(change: Mapping[str, Any]) -> dict[str, Any]:
    names = [{"attribute": each["attribute"]} for each in change["changes"]]
    return {**change, "changes": names, "valuesOmitted": True}
