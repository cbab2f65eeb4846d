"""The REST API in OpenAPI 3.1: one document, in `openapi.yaml` and at `/openapi.json`.

The tables of operations are in `…_calls.py`, the URL parameters in `parameters.py`. `document.py`
combines them with the JSON Schemas of `schemas/` and the recorded responses of `schemas/examples/`.
No other call uses this package. Tests compare the tables with the routes of the handlers and of the
template.
"""
