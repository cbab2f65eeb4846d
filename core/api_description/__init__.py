"""The REST API in OpenAPI 3.1: one document, in `openapi.yaml` and at `/openapi.json`.

The `…_calls.py` are the tables of what can be called, `parameters.py` what is given in URLs, and
`document.py` puts them together with the JSON Schemas of `schemas/` and the recorded answers of
`schemas/examples/`. Nothing here is asked while another call is served; tests hold the tables to
the routes of the handlers and of the template.
"""
