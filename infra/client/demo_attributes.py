"""The attributes of the demo, required only while it runs: a file that a user imports afterwards
must not fail for want of the demo's columns."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from infra.client.importing import differences
from infra.client.rest import Rest


@contextmanager
def required_for_the_demo(rest: Rest, file: Path) -> Iterator[None]:
    """Inside, what `file` calls required is; behind it, what is not a user's own is optional."""
    required = {
        body["name"]: body
        for body in json.loads(file.read_text(encoding="utf-8"))
        if body.get("isRequired")
    }
    existing = {attribute["name"]: attribute for attribute in rest.attributes()}
    optional = [
        attribute
        for name, body in required.items()
        if (attribute := existing.get(name)) is not None
        and not attribute["isRequired"]
        and not differences({**body, "isRequired": False}, attribute)
    ]
    for attribute in optional:
        _set(rest, attribute["_id"], is_required=True)
    ours = {*(required.keys() - existing.keys()), *(each["name"] for each in optional)}
    try:
        yield
    finally:
        for attribute in rest.attributes():
            if attribute["name"] in ours:
                _set(rest, attribute["_id"], is_required=False)


def _set(rest: Rest, attribute_id: str, *, is_required: bool) -> None:
    path = f"/attributes/{quote(attribute_id, safe='')}"
    rest.call("PUT", path, {"isRequired": is_required})
