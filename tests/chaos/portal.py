"""The whole product on a local stack whose engines are reached through proxies."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.database import Database

from infra.client.rest import Rest
from infra.local import deployment, engines
from infra.local import stack as local_stack
from infra.local.configuration import LOCAL_DEFAULTS, Configuration, Port
from infra.local.keeping import database_settings
from infra.local.processes import PROC, Daemon, Running, process_table
from infra.local.running import Stack
from tests.chaos.proxy import Proxy
from tests.memory import memory_of_groups

SMALL_CHUNKS: Mapping[str, str] = {
    # files of some kilobytes reach both Maps
    "ChunkTargetBytes": "20000",
    "ChunkTargetRows": "500",
    "CommitChunkBytes": "20000",
    "InlineMapMaxChunks": "6",
    "StalledAfterSeconds": "60",
}
SETTINGS: Mapping[str, str] = {**LOCAL_DEFAULTS, **SMALL_CHUNKS}


@dataclass
class Portal:
    """A running stack. What a client does goes to the emulator itself; what the functions do goes
    through `aws` and `mongodb`."""

    configuration: Configuration
    stack: Stack
    aws: Proxy
    mongodb: Proxy
    database_folder: Path
    database_port: int

    @property
    def rest(self) -> Rest:
        return Rest(self.stack.api_url)

    @cached_property
    def database(self) -> Database[dict[str, Any]]:
        """For those who look, past the proxy."""
        uri = engines.embedded_uri(self.database_port)
        name = database_settings(uri, self.stack.parameters).mongodb_database
        client: MongoClient[dict[str, Any]] = MongoClient(uri, tz_aware=True)
        return client[name]

    def client(self, service: str) -> Any:
        return deployment.client(service, self.stack.aws_port)

    def workers(self) -> list[tuple[Running, str]]:
        """The processes that run functions, and the name of the function."""
        emulator = self.stack.pids[engines.EMULATOR]
        return [
            (process, function)
            for process in process_table()
            if process.group == emulator and (function := _function_of(process.pid))
        ]

    def sweep(self) -> None:
        """As every minute, without the wait for it."""
        self.client("lambda").invoke(
            FunctionName="product-portal-sweep-jobs", InvocationType="Event", Payload=b"{}"
        )

    def memory_bytes(self) -> int:
        """Of the emulator, its workers and the database."""
        database = Daemon(engines.DATABASE, self.database_folder).pid()
        return memory_of_groups({self.stack.pids[engines.EMULATOR], database or 0})

    def kill_emulator(self) -> None:
        os.kill(self.stack.pids[engines.EMULATOR], signal.SIGKILL)
        self.stack = local_stack.up(self.configuration, _silent)

    def kill_database(self) -> None:
        """Its writes in flight end where they are."""
        daemon = Daemon(engines.DATABASE, self.database_folder)
        pid = daemon.pid()
        if pid is not None:
            os.kill(pid, signal.SIGKILL)
        start_database(self.database_folder, self.database_port)


@contextlib.contextmanager
def portal(
    folder: Path, parameters: Mapping[str, str] = SETTINGS, *, keep: bool = False
) -> Iterator[Portal]:
    database_folder = folder / "database"
    database_port, aws_port = (engines.choose_port(Port(name, 0, named=False)) for name in "ab")
    aws, mongodb = Proxy(aws_port, seed=1).start(), Proxy(database_port, seed=2).start()
    configuration = Configuration(
        state=folder / "stack",
        aws_port=Port("AWS_PORT", aws_port, named=True),
        mongodb_port=Port("MONGODB_PORT", 0, named=False),
        mongodb_uri=engines.embedded_uri(mongodb.port),
        parameters=parameters,
        keep=keep,
        functions_endpoint=engines.endpoint(aws.port),
    )
    running = None
    try:
        start_database(database_folder, database_port)
        stack = local_stack.up(configuration, _silent)
        running = Portal(configuration, stack, aws, mongodb, database_folder, database_port)
        yield running
    finally:
        if running is not None:
            running.database.client.close()
        local_stack.down(configuration, _silent)
        Daemon(engines.DATABASE, database_folder).stop()
        aws.stop()
        mongodb.stop()


def start_database(folder: Path, port: int) -> None:
    daemon = engines.start_database(folder, port)
    uri = engines.embedded_uri(port)
    engines.wait_until_well(daemon, lambda: engines.database_fault(uri, 1.0) is None, uri)


def _function_of(pid: int) -> str | None:
    """Linux only: elsewhere no worker is found."""
    try:
        variables = (PROC / str(pid) / "environ").read_bytes().split(b"\0")
    except OSError:
        return None  # it ended while we looked
    prefix = b"AWS_LAMBDA_FUNCTION_NAME=product-portal-"
    found = [v.removeprefix(prefix).decode() for v in variables if v.startswith(prefix)]
    return found[0] if found else None


def _silent(_: str) -> None:
    return
