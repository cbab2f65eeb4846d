"""`/openapi.json` and `/docs`: complete in themselves, whatever path they are served under."""

from __future__ import annotations

import re
from urllib.parse import urljoin

import pytest

from core.api_description.document import describe
from handlers.api.documentation import handler
from tests.api_calls import call

BASES = (
    "https://abc.execute-api.eu-central-1.amazonaws.com/dev",
    "http://localhost:24566/restapis/abc/local/_user_request_",
    "https://api.example.test",
)


def test_the_document_is_served_to_pages_of_other_origins() -> None:
    reply = call(handler, "GET", "/openapi.json", headers={"Origin": "https://elsewhere.test"})

    assert reply.status == 200
    assert reply.headers["access-control-allow-origin"] == "*"
    assert reply.json == describe()


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("path", ["/docs", "/docs/"])
def test_the_page_finds_its_files_and_the_document_under_any_base(base: str, path: str) -> None:
    page = call(handler, "GET", path)
    assert page.headers["content-type"].startswith("text/html")

    links = re.findall(r'(?:href|src|data-document)="((?!data:)[^"]+)"', page.text)
    assert len(links) == 4
    for link in links:
        address = urljoin(base + path, link)
        assert address.startswith(base + "/"), address
        reply = call(handler, "GET", address.removeprefix(base))
        assert reply.status == 200, address


def test_the_page_fetches_nothing_from_elsewhere() -> None:
    page = call(handler, "GET", "/docs")

    assert "//" not in page.text
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "http" not in policy


def test_assets_have_the_types_that_browsers_insist_on() -> None:
    script = call(handler, "GET", "/docs/swagger-ui-bundle.min.js")
    style = call(handler, "GET", "/docs/swagger-ui.min.css")

    assert script.headers["content-type"].startswith("text/javascript")
    assert style.headers["content-type"].startswith("text/css")
    assert len(script.text.encode()) < 5_000_000  # Lambda's answers end at 6 MB


@pytest.mark.parametrize("name", ["index.html", "..%2Fhtml.py", "html.py"])
def test_nothing_else_is_handed_out(name: str) -> None:
    reply = call(handler, "GET", f"/docs/{name}")

    assert (reply.status, reply.json["code"]) == (404, "ASSET_NOT_FOUND")
