"""How much of a list of products fits into one answer.

Lambda hands an answer on as JSON text, in which the body is a string, and takes 6 MiB of it
(`docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html`). So a page may end early, and a
product that is too large for any page is shown without its largest values.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.products.documents import Document
from core.products.fields import ID, SYSTEM_FIELDS

ANSWER_BYTES = 5 * 1024 * 1024
"""For the products in one response; everything else needs far less than the rest of the 6 MiB."""


@dataclass(frozen=True, slots=True)
class Fitting:
    products: list[Document]
    omitted: list[dict[str, Any]]
    """`{_id, fields}` of products that are shown without some of their values."""


def fitting(products: Sequence[Document], limit: int = ANSWER_BYTES) -> Fitting:
    """The products from the first on that fit, and at least the first."""
    shown: list[Document] = []
    omitted: list[dict[str, Any]] = []
    left = limit
    for whole in products:
        product, size = whole, size_in_answer(whole)
        fields: list[str] = []
        if size > limit:
            product, fields = _without_largest(whole, size - limit)
            size = size_in_answer(product)
        if shown and size > left:
            break
        shown.append(product)
        left -= size
        if fields:
            omitted.append({ID: product[ID], "fields": fields})
    return Fitting(shown, omitted)


def size_in_answer(value: Any) -> int:
    """Bytes of a value in an answer: its JSON, which is a string within JSON."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return len(json.dumps(text, ensure_ascii=False).encode("utf-8", "surrogatepass"))


def _without_largest(product: Mapping[str, Any], excess: int) -> tuple[Document, list[str]]:
    """The product without its largest values, and their names."""
    sizes = {
        name: size_in_answer({name: value})
        for name, value in product.items()
        if name != ID and name not in SYSTEM_FIELDS
    }
    dropped: list[str] = []
    for name in sorted(sizes, key=lambda name: -sizes[name]):
        if excess <= 0:
            break
        dropped.append(name)
        excess -= sizes[name]
    return {n: v for n, v in product.items() if n not in dropped}, dropped
