"""A TCP proxy on loopback that breaks connections on purpose.

It knows just enough HTTP to answer a request in place of the server. Faults are attributes that may
change at any moment, also for connections that are open.
"""

from __future__ import annotations

import asyncio
import random
import re
import threading
from collections import Counter
from collections.abc import Coroutine
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

HOST = "127.0.0.1"
BLOCK = 1 << 16

SLOW_DOWN = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n'
    b"<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"
)
RATE_EXCEEDED = b'{"__type":"ThrottlingException","message":"Rate exceeded"}'
_SIGNED_FOR = re.compile(rb"/(\w+)/aws4_request")
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@dataclass(slots=True)
class Faults:
    """What the proxy does to the traffic; shares are between 0 and 1."""

    away: bool = False
    """Open connections are cut, new ones are closed at once."""
    delay_seconds: float = 0.0
    """Of each block, in both directions."""
    lost_replies: float = 0.0
    """Share of requests that the server gets, while the client loses the connection."""
    s3_errors: float = 0.0
    """Share of requests to S3 that are answered with 503 SlowDown."""
    throttled: float = 0.0
    """Share of requests to other services of AWS that are answered with ThrottlingException."""
    s3_truncated: float = 0.0
    """Share of downloads from S3 that end in the middle."""


@dataclass(slots=True)
class _Exchange:
    """The request that a connection is busy with."""

    begins: bool = True
    """The next bytes of the client are a new request: it waits for the reply to each."""
    reads_s3: bool = False
    awaits_reply: bool = False


@dataclass(slots=True)
class Proxy:
    """Listens from `start()` to `stop()`. `injected` counts the faults by kind."""

    target_port: int
    seed: int = 0
    faults: Faults = field(default_factory=Faults)
    injected: Counter[str] = field(default_factory=Counter)
    port: int = 0
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    _thread: threading.Thread | None = None
    _random: random.Random = field(default_factory=random.Random)
    _open: set[asyncio.StreamWriter] = field(default_factory=set)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _server: asyncio.Server | None = None

    def start(self) -> Proxy:
        self._random.seed(self.seed)
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._run(self._listen()).result()
        return self

    def stop(self) -> None:
        self._run(self._close()).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        if self._thread is not None:
            self._thread.join()
        self._loop.close()

    def go_away(self) -> None:
        """Until `come_back()` nothing is answered."""
        self.faults.away = True
        self._run(self._cut()).result()

    def come_back(self) -> None:
        self.faults.away = False

    def calm(self) -> None:
        """No more faults."""
        self.faults = Faults()

    def _run(self, what: Coroutine[Any, Any, None]) -> Future[None]:
        return asyncio.run_coroutine_threadsafe(what, self._loop)

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._accept, HOST, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        if self._server is not None:
            self._server.close()
        await self._cut()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _cut(self) -> None:
        if self._open:
            self.injected["connections cut"] += len(self._open) // 2
        for writer in self._open:
            writer.transport.abort()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.faults.away:
            self.injected["connections refused"] += 1
            writer.transport.abort()
            return
        try:
            server_reader, server_writer = await asyncio.open_connection(HOST, self.target_port)
        except OSError:  # the server is not there: neither are we
            writer.transport.abort()
            return
        exchange = _Exchange()
        ends = {writer, server_writer}
        self._open |= ends
        tasks = [
            asyncio.ensure_future(self._requests(exchange, reader, writer, server_writer)),
            asyncio.ensure_future(self._replies(exchange, server_reader, writer)),
        ]
        self._tasks.update(tasks)
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._open -= ends
            for end in ends:
                end.close()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._tasks.difference_update(tasks)

    async def _requests(
        self,
        exchange: _Exchange,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        server: asyncio.StreamWriter,
    ) -> None:
        while data := await reader.read(BLOCK):
            if exchange.begins:
                exchange.begins, exchange.awaits_reply = False, True
                signed = _SIGNED_FOR.search(data)
                service = signed[1] if signed else b""
                exchange.reads_s3 = service == b"s3" and data.startswith(b"GET ")
                if service == b"s3" and self._happens(self.faults.s3_errors):
                    self.injected["S3 errors"] += 1
                    await _refuse(data, reader, writer, _SLOW_DOWN)
                    return
                if service not in (b"", b"s3") and self._happens(self.faults.throttled):
                    self.injected["calls of services throttled"] += 1
                    await _refuse(data, reader, writer, _THROTTLED)
                    return
            await self._pass_on(data, server)

    async def _replies(
        self, exchange: _Exchange, server: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        while data := await server.read(BLOCK):
            if exchange.awaits_reply:
                exchange.awaits_reply = False
                if self._happens(self.faults.lost_replies):
                    self.injected["replies lost"] += 1
                    writer.transport.abort()
                    return
                if exchange.reads_s3 and self._happens(self.faults.s3_truncated):
                    self.injected["downloads truncated"] += 1
                    await self._pass_on(data[: len(data) * 2 // 3], writer)
                    return
            exchange.begins = True
            await self._pass_on(data, writer)

    async def _pass_on(self, data: bytes, to: asyncio.StreamWriter) -> None:
        if self.faults.delay_seconds:
            self.injected["blocks delayed"] += 1
            await asyncio.sleep(self.faults.delay_seconds)
        to.write(data)
        await to.drain()

    def _happens(self, share: float) -> bool:
        return share > 0 and self._random.random() < share


def _reply(status: bytes, kind: bytes, body: bytes) -> bytes:
    return (
        b"HTTP/1.1 %s\r\nContent-Type: %s\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s"
        % (status, kind, len(body), body)
    )


_SLOW_DOWN = _reply(b"503 Slow Down", b"application/xml", SLOW_DOWN)
_THROTTLED = _reply(b"400 Bad Request", b"application/x-amz-json-1.0", RATE_EXCEEDED)


async def _refuse(
    data: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, reply: bytes
) -> None:
    """Read the request to its end, or the reply would be lost with the connection."""
    head, _, body = data.partition(b"\r\n\r\n")
    length = _LENGTH.search(head)
    left = int(length[1]) - len(body) if length else 0
    if b"100-continue" in head.lower():
        left = 0  # the client waits for our word
    while left > 0 and (more := await reader.read(BLOCK)):
        left -= len(more)
    writer.write(reply)
    await writer.drain()
