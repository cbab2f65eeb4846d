"""REST `/openapi.json` and `/docs`: the description of the API, and a page to read and try it.

The page is Swagger UI as bundled with Powertools, so it loads nothing from other hosts. All its
addresses are relative, so it works under API Gateway's stage, under the local engine's longer path,
and under a custom domain.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from aws_lambda_powertools import event_handler
from aws_lambda_powertools.event_handler import Response

from core.api_description.document import describe
from core.errors import NotFound
from handlers.api.http import RestApi, path_value

app = RestApi(public=True)

_BUNDLE = Path(event_handler.__file__).parent / "openapi" / "swagger_ui"
_SCRIPT, _STYLE, _START = "swagger-ui-bundle.min.js", "swagger-ui.min.css", "start.js"
_TYPES = {_SCRIPT: "text/javascript", _STYLE: "text/css", _START: "text/javascript"}

_PAGE = f"""\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Product portal: REST API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="{{root}}docs/{_STYLE}">
</head>
<body>
<div id="page" data-document="{{root}}openapi.json"></div>
<script src="{{root}}docs/{_SCRIPT}"></script>
<script src="{{root}}docs/{_START}"></script>
</body>
</html>
"""

_START_SCRIPT = """\
const page = document.getElementById("page");
SwaggerUIBundle({
  domNode: page,
  url: new URL(page.dataset.document, location.href).href,
  deepLinking: true,
  validatorUrl: null,
});
"""

# Swagger UI sets inline styles and uses data URLs for icons; it needs only these scripts.
_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)


@app.get("/openapi.json")
def show_document() -> Response[str]:
    return Response(200, content_type="application/json", body=_document())


@app.get("/docs")
def show_page() -> Response[str]:
    root = "../" if app.current_event.path.endswith("/") else ""
    return Response(
        200,
        content_type="text/html; charset=utf-8",
        headers={"Content-Security-Policy": _POLICY},
        body=_PAGE.format(root=root),
    )


@app.get("/docs/<asset>")
def show_asset(asset: str) -> Response[str]:
    name = path_value(asset)
    if name not in _TYPES:
        raise NotFound("ASSET_NOT_FOUND", f"The documentation has no file “{name[:100]}”.")
    return Response(200, content_type=f"{_TYPES[name]}; charset=utf-8", body=_content(name))


@cache
def _document() -> str:
    return json.dumps(describe(), ensure_ascii=False)


@cache
def _content(name: str) -> str:
    return _START_SCRIPT if name == _START else (_BUNDLE / name).read_text(encoding="utf-8")


handler = app.handler
