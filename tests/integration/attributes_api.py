"""The attributes handler as a browser calls it, and some attributes."""

from typing import Any

from handlers.api.attributes import handler
from tests.api_calls import Reply, call

BRAND = {"name": "Brand", "type": "short_text"}
COLOUR = {"name": "Colour", "type": "multiple_select", "options": ["red", "blue"]}
WEIGHT = {"name": "Net Weight", "type": "measure", "unit": "kg", "isRequired": True}


def ask(method: str, path: str = "/attributes", body: Any = None) -> Reply:
    reply = call(handler, method, path, body)
    assert reply.headers["access-control-allow-origin"] == "*"
    return reply


def created(body: dict[str, Any]) -> dict[str, Any]:
    reply = ask("POST", body=body)
    assert reply.status == 201, reply.text
    attribute: dict[str, Any] = reply.json["attribute"]
    return attribute
