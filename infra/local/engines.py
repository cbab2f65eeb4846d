"""The two engines: how each is started, and its health check."""

from __future__ import annotations

import os
import shutil
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from infra.errors import LauncherError
from infra.local.configuration import HOST, REGION, Port
from infra.local.processes import Daemon

EMULATOR = "ministack"
DATABASE = "mongodb"
START_SECONDS = 60.0
POLL_SECONDS = 0.1
PORTS_TO_TRY = 50

LAMBDA_IDLE_SECONDS = 10
"""A worker without work ends after this; the first of each function stays warm."""

OPLOG_MAX_ENTRIES = 1_000_000
"""With the default, bulk upserts fall from 1,700/s to 300/s after 100,000 writes."""

INHERITED = ("PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "LC_CTYPE", "TZ")
INHERITED_PREFIXES = ("OPENBLAS_", "OMP_", "POLARS_")

# Straight to the loopback, whatever proxy the user's environment names.
_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def clean_environment(state: Path) -> dict[str, str]:
    """What every process of the stack gets, and nothing else of the user's environment.

    Credentials are dummies and the user's AWS files are out of sight, so that neither a setting
    of theirs can change the stack nor the stack can reach their account.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in INHERITED or name.startswith(INHERITED_PREFIXES)
    }
    return {
        **kept,
        "TMPDIR": str(temporary_folder(state)),
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": "127.0.0.1,localhost",
        "PYTHONUNBUFFERED": "1",
    }


def temporary_folder(state: Path) -> Path:
    """Of the engines and the Lambda workers. Their command lines name it, see processes.py."""
    folder = state / "tmp"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def endpoint(port: int) -> str:
    return f"http://{HOST}:{port}"


def embedded_uri(port: int) -> str:
    return f"mongodb://{HOST}:{port}/?directConnection=true&retryWrites=false"


def files_folder(state: Path) -> Path:
    """Where the emulator keeps objects with KEEP=true."""
    return state / "s3"


def saved_stack(state: Path) -> Path:
    """Written when the emulator ends normally, with KEEP=true; then it knows what was deployed."""
    return state / "services" / "cloudformation.json"


def start_emulator(
    state: Path, port: int, *, auth: bool, keep: bool, more: Mapping[str, str] | None = None
) -> Daemon:
    """`more` are settings of the emulator besides ours. `AWS_ENDPOINT_URL` among them is what every
    function inherits; without it they get the emulator's own address."""
    kept = {
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(files_folder(state)),
        "PERSIST_STATE": "1",
    }
    environment = {
        **clean_environment(state),
        **(kept if keep else {}),
        # by default a folder that all emulators of a machine share
        "STATE_DIR": str(saved_stack(state).parent),
        "GATEWAY_PORT": str(port),
        "BIND_HOST": HOST,
        "MINISTACK_HOST": HOST,
        "MINISTACK_REGION": REGION,
        "LAMBDA_EXECUTOR": "local",
        "LAMBDA_WARM_TTL_SECONDS": str(LAMBDA_IDLE_SECONDS),
        "AUTH": "true" if auth else "false",  # whether roles of functions are enforced
        "IOT_MTLS_ENABLED": "0",  # it would listen on 8883
        "SFTP_ENABLED": "0",
        # At its start and end it removes containers of other emulators. It needs no Docker.
        "DOCKER_HOST": f"unix://{state}/no-docker.sock",
        **(more or {}),
    }
    daemon = Daemon(EMULATOR, state)
    daemon.start([sys.executable, "-m", "ministack"], environment)
    return daemon


def start_database(state: Path, port: int) -> Daemon:
    """SecantusDB, the faster of its two servers that is there. It is GPL: run, never imported."""
    data = state / "mongodb"
    data.mkdir(parents=True, exist_ok=True)
    rust = shutil.which("secantusd-rs")
    python = Path(sys.executable).with_name("secantusd-py")
    if rust is None and not python.exists():
        raise LauncherError(f"The database server {python} is missing; run `make up`.")
    # Its first line names the interpreter by a path, which must not hold blanks: name it here.
    server = [rust] if rust else [sys.executable, str(python)]
    daemon = Daemon(DATABASE, state)
    daemon.start(
        [
            *server,
            *("--host", HOST, "--port", str(port)),
            *("--storage-path", str(data)),
            "--sync-on-commit",  # without it, kill -9 loses acknowledged writes
            *("--oplog-max-entries", str(OPLOG_MAX_ENTRIES)),
        ],
        clean_environment(state),
    )
    return daemon


def emulator_is_well(port: int) -> bool:
    try:
        with _direct.open(f"{endpoint(port)}/_ministack/health", timeout=3) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def database_fault(uri: str, timeout_seconds: float = 2.0) -> str | None:
    """None if the server responds; otherwise the driver's message, which contains no password."""
    milliseconds = int(timeout_seconds * 1000)
    try:
        client: MongoClient[Mapping[str, Any]] = MongoClient(
            uri,
            serverSelectionTimeoutMS=milliseconds,
            connectTimeoutMS=milliseconds,
            retryWrites=False,
        )
        with client:
            client.admin.command("ping")
    except (PyMongoError, ValueError) as error:
        return str(error).split(", Timeout:")[0]
    return None


def wait_until_well(daemon: Daemon, is_well: Callable[[], bool], address: str) -> None:
    """Raises LauncherError with the end of its log if it is not healthy in time."""
    deadline = time.monotonic() + START_SECONDS
    while not is_well():
        gone = daemon.pid() is None
        if gone or time.monotonic() > deadline:
            what = "stopped at once" if gone else f"does not answer after {START_SECONDS:.0f} s"
            raise LauncherError(
                f"{daemon.name} {what} (at {address}). The end of {daemon.log_file}:\n"
                f"{daemon.log_tail()}"
            )
        time.sleep(POLL_SECONDS)


def is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As a server does: an old connection in TIME_WAIT does not make a port taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def choose_port(port: Port) -> int:
    """The port itself, or a free one near it when it is only our default.

    Raises LauncherError when the user named it and it is taken.
    """
    if port.number == 0:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.bind((HOST, 0))
            return int(probe.getsockname()[1])
    if is_free(port.number):
        return port.number
    if port.named:
        raise LauncherError(
            f"{port.setting}={port.number}: another process listens on that port, or it may not "
            f"be used. Name another one, or leave {port.setting} out to have a free one chosen."
        )
    for candidate in range(port.number + 1, port.number + PORTS_TO_TRY):
        if is_free(candidate):
            return candidate
    raise LauncherError(
        f"No free port from {port.number} to {port.number + PORTS_TO_TRY}; name one: "
        f"make up {port.setting}=…"
    )
