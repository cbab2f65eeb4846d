"""Keys are kept, found again when the issuer changes them, and no request floods the issuer."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from core.errors import ServiceUnavailable
from core.identity.signing_keys import (
    FETCH_PAUSE_SECONDS,
    MAX_AGE_SECONDS,
    SigningKeys,
    keys_of_issuer,
)
from core.settings import Settings


class Source:
    """An issuer that can change its keys or be away, and a clock."""

    def __init__(self) -> None:
        self.ids = ["old"]
        self.away = False
        self.fetches = 0
        self.time = 1000.0
        self.keys = SigningKeys(self._fetch, lambda: self.time)

    def _fetch(self) -> list[dict[str, Any]]:
        self.fetches += 1
        if self.away:
            raise OSError("no answer")
        return [{"kid": key_id} for key_id in self.ids] + [{"kty": "RSA"}]


def test_keys_are_fetched_once_and_kept_for_an_hour() -> None:
    source = Source()

    for _ in range(3):
        assert source.keys.get("old") == {"kid": "old"}
    assert source.fetches == 1

    source.ids, source.time = [], source.time + MAX_AGE_SECONDS + 1
    assert source.keys.get("old") is None, "a key that was withdrawn"


def test_a_key_that_came_since_is_found_at_once() -> None:
    source = Source()
    source.keys.get("old")
    source.ids, source.time = ["old", "new"], source.time + FETCH_PAUSE_SECONDS + 1

    assert source.keys.get("new") == {"kid": "new"}


def test_invented_key_ids_do_not_flood_the_issuer() -> None:
    source = Source()
    for number in range(50):
        assert source.keys.get(f"invented-{number}") is None
    assert source.keys.get(None) is None

    assert source.fetches == 1


def test_an_issuer_that_is_away_stops_only_those_whose_key_is_not_known() -> None:
    source = Source()
    source.keys.get("old")
    source.away, source.time = True, source.time + FETCH_PAUSE_SECONDS + 1

    assert source.keys.get("new") is None
    assert source.keys.get("old") == {"kid": "old"}

    source.time += MAX_AGE_SECONDS
    for _ in range(2):
        with pytest.raises(ServiceUnavailable) as refused:
            source.keys.get("old")
        assert refused.value.code == "SIGNING_KEYS_UNAVAILABLE"


@pytest.fixture
def issuer_url() -> Iterator[str]:
    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            base = f"http://{self.headers['Host']}"
            answers = {
                "/.well-known/openid-configuration": {"jwks_uri": f"{base}/keys"},
                "/keys": {"keys": [{"kid": "served"}]},
            }
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(answers[self.path]).encode())

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_keys_are_where_the_issuer_or_the_setting_says(issuer_url: str) -> None:
    assert keys_of_issuer(Settings(auth_issuer=issuer_url)) == [{"kid": "served"}]
    assert keys_of_issuer(Settings(auth_keys_url=f"{issuer_url}/keys")) == [{"kid": "served"}]


@pytest.mark.parametrize("url", ["http://issuer.example.test", "file:///etc/passwd"])
def test_keys_come_over_https_but_for_the_local_stack(url: str) -> None:
    with pytest.raises(ValueError, match="https"):
        keys_of_issuer(Settings(auth_keys_url=url, stage="dev"))
