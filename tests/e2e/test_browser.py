"""A real browser, on a page of another origin, goes the front end's whole way.

The page (`browser_page.html`) does the work with `fetch` alone and reports what it saw to the
server that it came from. What a browser withholds from a page, no answer of ours gets past.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import shutil
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from infra.client.rest import Rest

pytestmark = pytest.mark.e2e

PATIENCE_SECONDS = 150
PAGES = Path(__file__).parent
WAY, TRIAL = "browser_page.html", "browser_trial.html"
FLAGS = (
    *("--headless", "--disable-gpu", "--no-first-run", "--no-default-browser-check"),
    *("--disable-quic", "--disable-background-networking", "--disable-component-update"),
    *("--disable-sync", "--disable-default-apps", "--disable-dev-shm-usage"),
)


@pytest.fixture(scope="module")
def chromium() -> str:
    for name in ("chromium", "chromium-browser", "google-chrome"):
        found = shutil.which(name)
        if found:
            return found
    pytest.skip("Chromium is not installed (Debian: apt install chromium)")


@dataclass(frozen=True, slots=True)
class Browser:
    program: str
    profile: Path

    @contextlib.contextmanager
    def opened(self, url: str, *more: str) -> Iterator[subprocess.Popen[bytes]]:
        """Open the page; the whole browser ends with the block."""
        # Chromium's sandbox cannot be set up by root, as in a container.
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        with (self.profile.parent / "browser.log").open("wb") as log:
            process = subprocess.Popen(
                [self.program, *FLAGS, *sandbox, f"--user-data-dir={self.profile}", *more, url],
                stdout=subprocess.PIPE,
                stderr=log,
            )
            try:
                yield process
            finally:
                process.terminate()
                try:
                    process.wait(10)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
                assert process.stdout
                process.stdout.close()


@pytest.fixture
def browser(chromium: str, tmp_path: Path) -> Browser:
    return Browser(chromium, tmp_path / "profile")


@dataclass(frozen=True, slots=True)
class Site:
    """The page's own origin, and what the page reports to it."""

    origin: str
    reports: queue.Queue[Any]


@pytest.fixture
def site() -> Iterator[Site]:
    reports: queue.Queue[Any] = queue.Queue()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = self.path.partition("?")[0].removeprefix("/")
            self._answer((PAGES / name).read_bytes() if name in (WAY, TRIAL) else b"")

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            reports.put(json.loads(self.rfile.read(length)))
            self._answer(b"{}")

        def _answer(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Silence."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield Site(f"http://127.0.0.1:{server.server_port}", reports)
        server.shutdown()
        thread.join()


def reported(browser: Browser, site: Site, page: str, stack: dict[str, Any]) -> Any:
    """What the page says when it is done."""
    api = quote(stack["apiUrl"].rstrip("/"), safe="")
    with browser.opened(f"{site.origin}/{page}?api={api}"):
        return site.reports.get(timeout=PATIENCE_SECONDS)


@pytest.fixture
def report(stack: dict[str, Any], browser: Browser, site: Site) -> list[dict[str, Any]]:
    """What the page saw, step by step."""
    rest = Rest(stack["apiUrl"])
    empty(rest)
    steps: list[dict[str, Any]] = reported(browser, site, WAY, stack)
    empty(rest)
    return steps


def empty(rest: Rest) -> None:
    """Leave neither product nor attribute, as the other tests on the same stack expect."""
    while products := rest.call("GET", "/products?limit=100")["data"]:
        for product in products:
            rest.call("DELETE", f"/products/{quote(product['_id'], safe='')}")
    for attribute in rest.attributes():
        rest.call("DELETE", f"/attributes/{quote(attribute['_id'], safe='')}")


def test_the_front_ends_way_from_another_origin(report: list[dict[str, Any]]) -> None:
    steps = iter(report)

    def seen(name: str) -> dict[str, Any]:
        step = next(steps)
        assert step.pop("name") == name, report
        return step

    ids = ["productsku", "prix_", "brand", "weight"]
    assert [seen("create attribute")["status"] for _ in ids] == [201] * 4
    assert seen("refused attribute") == {"status": 409, "code": "ATTRIBUTE_EXISTS"}

    presigned = seen("presigned url")
    assert presigned["status"] == 200
    assert presigned["key"].endswith("/produits__t_.csv")
    assert seen("upload") == {"status": 200}
    assert seen("process file") == {"status": 202}
    assert seen("poll") == {"status": "COMPLETED"}

    result = seen("result")
    assert result["headers"] == ["ProductSKU", "Prix (€)", "Brand", "Weight"]
    assert result["products"] == [
        {"ProductSKU": "0012345", "Prix (€)": 10.5, "Brand": "Acme", "Weight": "2.5 kg"},
        {"ProductSKU": "50% / ñ", "Prix (€)": 3, "Brand": "Öko", "Weight": "3 lb"},
        {"ProductSKU": "קיר 🧱", "Prix (€)": 7, "Brand": "Acme"},
    ]
    assert seen("approve") == {"status": 200, "saved": 3}
    assert seen("sort") == {"status": 200, "ids": ["0012345", "קיר 🧱", "50% / ñ"]}

    filtered = seen("filter and sort")
    assert filtered["products"] == [
        {"_id": "0012345", "ProductSKU": "0012345", "Weight": {"value": 2.5, "unit": "kg"}},
        {"_id": "קיר 🧱", "ProductSKU": "קיר 🧱"},
    ]
    assert filtered["pagination"]["totalItems"] == 2
    assert seen("refused filter") == {"status": 400, "code": "INVALID_QUERY"}

    deleted = [seen("delete") for _ in range(3)]
    assert [step["status"] for step in deleted] == [200, 200, 404]
    assert seen("left") == {"ids": ["0012345"]}
    assert next(steps, None) is None


def test_swagger_ui_shows_every_operation_without_any_other_host(
    stack: dict[str, Any], browser: Browser
) -> None:
    url = f"{stack['apiUrl'].rstrip('/')}/docs"
    # Names of other hosts do not resolve: a page that needed one would stay empty.
    alone = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1"
    # The page fetches its document after it is loaded; virtual time waits for requests under way.
    with browser.opened(url, alone, "--virtual-time-budget=30000", "--dump-dom") as process:
        page = process.communicate(timeout=PATIENCE_SECONDS)[0].decode("utf-8")

    assert "Product portal" in page
    for operation in ("createAttribute", "processFile", "cancelJob", "bulkUpdateProducts"):
        assert f"-{operation}" in page, "Swagger UI did not show the operation"


def test_an_operation_tried_in_swagger_ui_reaches_the_api(
    stack: dict[str, Any], browser: Browser, site: Site
) -> None:
    seen = reported(browser, site, TRIAL, stack)

    assert seen["url"] == f"{stack['apiUrl'].rstrip('/')}/attributes"
    assert seen["status"] == "200"
