"""The login of a database that a secret holds: read when it is needed, and again when it changes.

The secret is a connection string, or JSON as DocumentDB and Secrets Manager write it:
`{"username": …, "password": …, "host": …, "port": …, "ssl": true}`. A secret that DocumentDB
manages names no host; then the setting `mongodb_host` does.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import msgspec
from pymongo.database import Database
from pymongo.errors import OperationFailure, PyMongoError, ServerSelectionTimeoutError

SECRET_SECONDS = 300
"""So long a secret is taken as read."""
LOGIN_SECONDS = 60
"""So long a login is taken as good: less than an idle connection is kept (`MAX_IDLE_MS`)."""

_LOGIN_REFUSED = 18
_DEFAULT_PORT = 27017


class _Login(msgspec.Struct, frozen=True):
    username: str
    password: str
    host: str = ""
    port: int | str = _DEFAULT_PORT
    ssl: bool | str = False


def uri_of(secret: str, host: str = "") -> str:
    """The connection string of a secret's value. `host` (`name` or `name:port`) is for a login that
    does not name one. Raises ValueError, which never quotes the secret."""
    secret = secret.strip()
    if secret.startswith(("mongodb://", "mongodb+srv://")):
        return secret
    try:
        login = msgspec.json.decode(secret, type=_Login)
    except msgspec.DecodeError:
        raise ValueError(
            "the database's secret is neither a connection string (mongodb://…) nor JSON with "
            "“username” and “password”"
        ) from None
    address = f"{login.host}:{login.port}" if login.host else host
    if not address:
        raise ValueError(
            "the database's secret names no host; set MONGODB_HOST (parameter MongodbHost)"
        )
    user = f"{quote(login.username, safe='')}:{quote(login.password, safe='')}"
    encryption = "?tls=true" if str(login.ssl).lower() == "true" else ""
    return f"mongodb://{user}@{address}/{encryption}"


class DatabaseBySecret:
    """The database of a login that may change while the process lives.

    `read_uri` reads the secret, `connect` connects with a URI. A database that was returned earlier
    remains usable: the client of a former login is only closed when the next one is replaced.
    """

    def __init__(
        self,
        read_uri: Callable[[], str],
        connect: Callable[[str], Database[dict[str, Any]]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._read_uri = read_uri
        self._connect = connect
        self._clock = clock
        self._lock = threading.Lock()
        self._uri = ""
        self._database: Database[dict[str, Any]] | None = None
        self._former: Database[dict[str, Any]] | None = None
        self._read_at = self._logged_in_at = -float("inf")

    @property
    def uri(self) -> str:
        """The connection string, as read at most `SECRET_SECONDS` ago."""
        with self._lock:
            self._current()
            return self._uri

    def get(self) -> Database[dict[str, Any]]:
        """A database that accepts the login. A refused login reads the secret again, once.

        Raises what reading the secret raises, and pymongo's errors: OperationFailure for a login
        that is refused although it was read again.
        """
        with self._lock:
            database = self._current()
            if self._clock() - self._logged_in_at >= LOGIN_SECONDS:
                try:
                    database.command("ping")
                except (OperationFailure, ServerSelectionTimeoutError) as error:
                    if not _is_refused(error, database):
                        raise
                    database = self._renewed()
                    database.command("ping")
                self._logged_in_at = self._clock()
            return database

    def _current(self) -> Database[dict[str, Any]]:
        if self._database is None or self._clock() - self._read_at >= SECRET_SECONDS:
            return self._renewed()
        return self._database

    def _renewed(self) -> Database[dict[str, Any]]:
        uri = self._read_uri()
        self._read_at = self._clock()
        if self._database is None or uri != self._uri:
            if self._former is not None:
                self._former.client.close()
            self._former, self._database, self._uri = self._database, self._connect(uri), uri
            self._logged_in_at = -float("inf")
        return self._database


def _is_refused(error: PyMongoError, database: Database[dict[str, Any]]) -> bool:
    """The driver marks a server that refused a login as unknown: from the second command on it
    finds no server, and only the description of that server has the reason."""
    errors: list[Exception | None] = [error]
    if isinstance(error, ServerSelectionTimeoutError):
        servers = database.client.topology_description.server_descriptions()
        errors = [server.error for server in servers.values()]
    return any(isinstance(e, OperationFailure) and e.code == _LOGIN_REFUSED for e in errors)
