"""A product as stored in the database, and as REST shows it.

The attribute values stand at the top level under the attributes' names; beside them `_id`, the
system fields and the hidden ones, see `fields.py` and `marks.py`. Names of attributes neither
begin with `_` nor equal a system field (`core/attributes/naming.py`), so the three never meet. A
measure is `{"value": 2.5, "unit": "kg"}`, a multiple select a list; an empty value is absent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from core import clock
from core.products.fields import HASH, HISTORY, ID, KEYS, SYSTEM_FIELDS
from core.products.marks import WRITTEN

Document = dict[str, Any]

_OWN = frozenset({ID, HASH, HISTORY, KEYS, WRITTEN, *SYSTEM_FIELDS})

HIDDEN = {HASH: 0, HISTORY: 0, WRITTEN: 0}
"""The projection of reads that only show products."""


def attribute_values(document: Mapping[str, Any]) -> dict[str, Any]:
    """The values alone, also of attributes whose definition was deleted meanwhile."""
    return {name: value for name, value in document.items() if name not in _OWN}


def shown(
    document: Mapping[str, Any], names: Iterable[str], only: frozenset[str] | None = None
) -> Document:
    """As REST shows it: the id, the attributes in the order of `names`, and the system fields. A
    value whose attribute was deleted is not shown. `only` selects fields; the id is always
    there."""
    values = attribute_values(document)
    order = [name for name in names if name in values]
    order += [name for name in SYSTEM_FIELDS if name in document]
    chosen = order if only is None else [name for name in order if name in only]
    return {ID: document[ID]} | {name: _shown_value(document[name]) for name in chosen}


def _shown_value(value: Any) -> Any:
    return clock.iso(value) if isinstance(value, datetime) else value
