"""A function's database, by a login in Secrets Manager that is rotated while the function lives."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import boto3
import pytest
from moto import mock_aws
from pymongo import MongoClient

from core import database, database_login
from handlers import environment

USER = "portal"


@contextmanager
def running_server(folder: Path, port: int, *options: str) -> Iterator[None]:
    program = Path(sys.executable).with_name("secantusd-py")
    with (folder / "log").open("ab") as log:
        server = subprocess.Popen(
            [
                *(sys.executable, str(program), "--host", "127.0.0.1", "--port", str(port)),
                *("--storage-path", str(folder / "data"), *options),
            ],
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=folder,
        )
    try:
        deadline = time.monotonic() + 30
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert time.monotonic() < deadline and server.poll() is None
            time.sleep(0.05)
        yield
    finally:
        server.terminate()
        server.wait(10)


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """Of a server that lets in nobody but `USER`, whose password is `one`."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free: int = probe.getsockname()[1]
    with running_server(tmp_path, free), MongoClient[dict[str, object]](*address(free)) as client:
        client.admin.command("createUser", USER, pwd="one", roles=["root"])
    with running_server(tmp_path, free, "--auth"):
        yield free


def address(port: int) -> tuple[str, int]:
    return "127.0.0.1", port


def secret(port: int, password: str) -> str:
    return json.dumps({"username": USER, "password": password, "host": "127.0.0.1", "port": port})


def test_a_rotated_password_is_read_again_as_soon_as_the_old_one_is_refused(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_login, "LOGIN_SECONDS", 0)
    # every command opens, and logs in on, a connection of its own
    monkeypatch.setattr(database, "MAX_IDLE_MS", 1)
    monkeypatch.setattr(database, "SERVER_SELECTION_TIMEOUT_MS", 1_000)
    environment.forget()
    with mock_aws():
        secrets = boto3.client("secretsmanager")
        arn = secrets.create_secret(Name="login", SecretString=secret(port, "one"))["ARN"]
        monkeypatch.setenv("MONGODB_SECRET_ARN", arn)
        monkeypatch.setenv("MONGODB_URI", "mongodb://not.this.one:1/")
        first = environment.database()
        first["jobs"].insert_one({"_id": "a"})
        environment.cursor_signer()

        first.client.admin.command("updateUser", USER, pwd="two")
        secrets.put_secret_value(SecretId=arn, SecretString=secret(port, "two"))
        time.sleep(0.01)
        second = environment.database()

        assert second["jobs"].count_documents({}) == 1
        assert second is not first
    first.client.close()
    second.client.close()
    environment.forget()
