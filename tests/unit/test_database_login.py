"""A login that a secret holds: in which forms, how long it is kept, and what a refusal leads to."""

from __future__ import annotations

from typing import Any

import pytest
from pymongo.database import Database
from pymongo.errors import OperationFailure
from pymongo.uri_parser import parse_uri

from core.database_login import LOGIN_SECONDS, SECRET_SECONDS, DatabaseBySecret, uri_of

PASSWORD = "p@ss:w/ord?%"


def test_a_connection_string_is_taken_as_it_is() -> None:
    assert uri_of(" mongodb://user:word@db:27017/?tls=true\n") == (
        "mongodb://user:word@db:27017/?tls=true"
    )


def test_json_becomes_a_connection_string_whatever_the_password_contains() -> None:
    secret = (
        '{"engine": "mongo", "username": "port al", "password": "p@ss:w/ord?%", '
        '"host": "cluster.docdb.amazonaws.com", "port": 27018, "ssl": true, '
        '"dbClusterIdentifier": "portal"}'
    )

    parsed = parse_uri(uri_of(secret, "other"))

    assert parsed["nodelist"] == [("cluster.docdb.amazonaws.com", 27018)]
    assert (parsed["username"], parsed["password"]) == ("port al", PASSWORD)
    assert parsed["options"]["tls"] is True


@pytest.mark.parametrize(("host", "port"), [("db", 27017), ("db:27018", 27018)])
def test_a_managed_secret_gets_its_host_from_the_setting(host: str, port: int) -> None:
    parsed = parse_uri(uri_of('{"username": "a", "password": "b"}', host))

    assert parsed["nodelist"] == [("db", port)]
    assert "tls" not in parsed["options"]


@pytest.mark.parametrize(
    ("secret", "words"),
    [
        ("hunter2", "neither a connection string"),
        ('{"password": "hunter2"}', "username"),
        ('{"username": "a", "password": "hunter2"}', "MONGODB_HOST"),
    ],
)
def test_what_cannot_be_a_login_is_said_without_telling_the_secret(secret: str, words: str) -> None:
    with pytest.raises(ValueError, match=words) as raised:
        uri_of(secret)

    assert "hunter2" not in str(raised.value)
    assert raised.value.__context__ is None or raised.value.__suppress_context__


class Client:
    def __init__(self) -> None:
        self.closed = False

    def close(self) -> None:
        self.closed = True


class Server:
    """A database server, as far as logins go, and the secret that names its login."""

    def __init__(self) -> None:
        self.secret = self.login = "mongodb://one"
        self.now = 0.0
        self.reads = self.pings = 0
        self.clients: list[Client] = []
        self.failure: OperationFailure | None = None
        self.by_secret = DatabaseBySecret(self.read, self.connect, clock=lambda: self.now)

    def read(self) -> str:
        self.reads += 1
        return self.secret

    def connect(self, uri: str) -> Any:
        server = self

        class Connected:
            client = Client()

            def command(self, name: str) -> None:
                assert name == "ping"
                server.pings += 1
                if server.failure is not None:
                    raise server.failure
                if uri != server.login:
                    raise OperationFailure("Authentication failed.", 18)

        self.clients.append(Connected.client)
        return Connected()

    def get(self, after: float = 0) -> Database[dict[str, Any]]:
        self.now += after
        return self.by_secret.get()


def test_the_secret_is_kept_for_minutes_and_the_login_for_a_minute() -> None:
    server = Server()
    first = server.get()

    assert server.get(after=LOGIN_SECONDS - 1) is first
    assert (server.reads, server.pings) == (1, 1)
    assert server.get(after=1) is first
    assert (server.reads, server.pings) == (1, 2)
    assert server.get(after=SECRET_SECONDS) is first, "an unchanged secret changes nothing"
    assert server.reads == 2


def test_a_refused_login_reads_the_secret_again_and_goes_on() -> None:
    server = Server()
    first = server.get()
    server.secret = server.login = "mongodb://two"

    second = server.get(after=LOGIN_SECONDS)

    assert second is not first
    assert server.by_secret.uri == "mongodb://two"
    assert server.reads == 2
    assert not server.clients[0].closed, "whoever got it before goes on with it"
    server.secret = server.login = "mongodb://three"
    server.get(after=LOGIN_SECONDS)
    assert [client.closed for client in server.clients] == [True, False, False]


def test_a_login_that_is_refused_again_is_an_error_and_is_tried_again_by_the_next_request() -> None:
    server = Server()
    server.login = "mongodb://two"

    with pytest.raises(OperationFailure):
        server.get()
    assert (server.reads, server.pings) == (2, 2)
    server.secret = "mongodb://two"
    server.get()
    assert server.reads == 3


def test_a_changed_secret_is_noticed_without_a_refusal() -> None:
    server = Server()
    server.get()
    server.secret = "mongodb://two"
    server.login = "mongodb://two"

    assert server.by_secret.uri == "mongodb://one"
    server.now += SECRET_SECONDS
    assert server.by_secret.uri == "mongodb://two"


def test_another_failure_of_the_database_is_none_of_the_login() -> None:
    server = Server()
    server.get()

    server.failure = OperationFailure("not primary", 10107)
    with pytest.raises(OperationFailure, match="not primary"):
        server.get(after=LOGIN_SECONDS)
    assert server.reads == 1
