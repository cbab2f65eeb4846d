"""A server on loopback that speaks OpenAI's protocol and behaves as a test scripts it.

    with ModelServer() as server:
        server.script("Boot", status(429, {"Retry-After": "7"}), values({"colour": "red"}))
        … base URL: server.base_url …
        server.requests[0].user

A request is matched by a text in its messages; of the replies scripted for it each serves once and
the last one goes on. What nothing is scripted for gets `sensible()`. The server holds requests to
the rules of the real one: the key, if `server.key` is set, and strict schemas.
"""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

MODEL = "test-model"
INPUT_TOKENS, OUTPUT_TOKENS = 1000, 50
"""What the server says that each answer used."""


@dataclass(frozen=True)
class Request:
    """One call of `POST /chat/completions`."""

    headers: Mapping[str, str]
    """Names in lower case."""
    body: Mapping[str, Any]
    came_at: float = field(default_factory=time.monotonic)
    """Seconds, to be compared."""

    @property
    def schema(self) -> Mapping[str, Any]:
        """Of the answer: from the response format, or from the tool that must be used."""
        if "response_format" in self.body:
            schema: Mapping[str, Any] = self.body["response_format"]["json_schema"]["schema"]
            return schema
        parameters: Mapping[str, Any] = self.body["tools"][0]["function"]["parameters"]
        return parameters

    @property
    def keys(self) -> tuple[str, ...]:
        """Of the requested attributes."""
        return tuple(self.schema["properties"])

    @property
    def system(self) -> str:
        return self._text("system")

    @property
    def user(self) -> str:
        return self._text("user")

    @property
    def images(self) -> list[str]:
        parts = [m["content"] for m in self.body["messages"] if isinstance(m["content"], list)]
        return [p["image_url"]["url"] for part in parts for p in part if p["type"] == "image_url"]

    def _text(self, role: str) -> str:
        contents = [m["content"] for m in self.body["messages"] if m["role"] == role]
        texts = [
            c if isinstance(c, str) else "".join(p.get("text", "") for p in c) for c in contents
        ]
        return "\n".join(texts)


@dataclass(frozen=True)
class Reply:
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    length: int | None = None
    """As the header tells it; None: that of the body."""
    content_type: str = "application/json"
    delay_seconds: float = 0
    drips_seconds: float = 0
    """A blank each time so much has passed, and never an end: no read time-out ends this."""
    drops: bool = False
    """The connection is closed without a word."""
    closes: bool = False
    """The connection is closed after the body."""


Behaviour = Callable[[Request], Reply]


def reason(content: object, *, finish: str = "stop", refusal: str | None = None) -> Behaviour:
    """A completion with exactly this text; what is not a text becomes JSON."""
    text = content if isinstance(content, str | None) else json.dumps(content)
    return lambda request: _completion(request, text, finish=finish, refusal=refusal)


def values(given: Mapping[str, Any], *, drawn_from: list[str] | None = None) -> Behaviour:
    """A sound answer: these values by key, and "I don't know" for the other keys."""

    def reply(request: Request) -> Reply:
        entries = {
            key: {"drawnFrom": drawn_from or [], "value": given.get(key), "confidence": 0.8}
            for key in request.keys
        }
        return _completion(request, json.dumps(entries))

    return reply


def sensible() -> Behaviour:
    """A sound answer with a value for every key, made of the schema alone."""

    def reply(request: Request) -> Reply:
        entries = {
            key: {"drawnFrom": [], "value": _example(entry), "confidence": 0.75}
            for key, entry in request.schema["properties"].items()
        }
        return _completion(request, json.dumps(entries))

    return reply


def refuses() -> Behaviour:
    return reason(None, refusal="I cannot help with that.")


def cut_off() -> Behaviour:
    return reason('{"name": {"drawnFrom": [], "val', finish="length")


def status(http: int, headers: Mapping[str, str] | None = None, **error: Any) -> Behaviour:
    """An error of the protocol; `error` goes into its body."""
    body = json.dumps({"error": {"message": f"scripted {http}", "code": None} | error}).encode()
    return lambda _: Reply(status=http, headers=headers or {}, body=body)


def body(data: bytes, content_type: str = "application/json") -> Behaviour:
    """A 200 with a body that is no completion."""
    return lambda _: Reply(body=data, content_type=content_type)


def cut_short(data: bytes) -> Behaviour:
    """A 200 whose connection ends before its body does."""
    return lambda _: Reply(body=data, length=len(data) + 1000, closes=True)


def late(seconds: float, then: Behaviour | None = None) -> Behaviour:
    """Answers only after a while."""
    answer = then or sensible()

    def reply(request: Request) -> Reply:
        made = answer(request)
        return Reply(status=made.status, body=made.body, delay_seconds=seconds)

    return reply


def held(release: threading.Event, then: Behaviour) -> Behaviour:
    """Answers once the event is set, after two minutes at the latest."""

    def reply(request: Request) -> Reply:
        release.wait(120)
        return then(request)

    return reply


def drops() -> Behaviour:
    return lambda _: Reply(drops=True)


def drips(seconds: float = 0.1) -> Behaviour:
    """A 200 whose body is a blank now and then, without end."""
    return lambda _: Reply(drips_seconds=seconds)


class ModelServer:
    """Bound to 127.0.0.1, on a free port unless one is given; stopped at the end of `with`."""

    def __init__(self, port: int = 0) -> None:
        self.key: str | None = None
        """Requests with another bearer key get a 401."""
        self.requests: list[Request] = []
        self._scripts: list[tuple[str, list[Behaviour]]] = []
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._forgotten = threading.Event()
        """Ends answers that drip."""
        self._server = ThreadingHTTPServer(("127.0.0.1", port), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def script(self, text: str, *behaviours: Behaviour) -> None:
        """How requests are answered whose messages hold this text. Later scripts come first."""
        with self._lock:
            self._scripts.insert(0, (text, list(behaviours)))

    def forget(self) -> None:
        """All scripts and requests."""
        with self._lock:
            self._scripts.clear()
            self.requests.clear()
            self.key = None
            self._forgotten.set()
            self._forgotten = threading.Event()

    def asked_about(self, text: str) -> list[Request]:
        return [request for request in self.requests if text in request.user]

    def start(self) -> Self:
        self._thread.start()
        return self

    def stop(self) -> None:
        self._stopping.set()
        self._forgotten.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def reply_to(self, request: Request) -> Reply:
        with self._lock:
            self.requests.append(request)
            behaviour = self._next(request)
        if self.key is not None and request.headers.get("authorization") != f"Bearer {self.key}":
            given = request.headers.get("authorization", "")
            return status(401, message=f"Incorrect API key provided: {given}")(request)
        wrong = strict_schema_fault(request.schema)
        if wrong is not None:
            return status(400, message=f"Invalid schema: {wrong}")(request)
        reply = behaviour(request)
        if reply.delay_seconds:
            self._stopping.wait(reply.delay_seconds)
        return reply

    def rest(self, seconds: float) -> bool:
        """False: the server stops, or forgot its scripts."""
        forgotten = self._forgotten
        return not (forgotten.wait(seconds) or self._stopping.is_set())

    def _next(self, request: Request) -> Behaviour:
        for text, behaviours in self._scripts:
            if text in request.user or text in request.system:
                return behaviours.pop(0) if len(behaviours) > 1 else behaviours[0]
        return sensible()


def strict_schema_fault(schema: Any, path: str = "$", depth: int = 1) -> str | None:
    """What strict structured outputs would refuse in this schema; None if nothing.
    Source: OpenAI's guide "Structured outputs", "Supported schemas"."""
    if depth == 1:
        if schema.get("type") != "object" or "anyOf" in schema:
            return "the root must be an object"
        enums = list(_enums(schema))
        if sum(map(len, enums)) > 1000:
            return "more than 1000 enum values"
        if any(len(e) > 250 and sum(len(str(v)) for v in e) > 15_000 for e in enums):
            return "an enum is too large"
    known = {
        *("type", "description", "properties", "required", "additionalProperties", "items"),
        *("enum", "anyOf", "minimum", "maximum"),
    }
    if unknown := schema.keys() - known:
        return f"{path}: {sorted(unknown)} not permitted"
    if depth > 10:
        return f"{path}: nested too deeply"
    if schema.get("type") == "object":
        if schema.get("additionalProperties") is not False:
            return f"{path}: additionalProperties must be false"
        if set(schema["required"]) != set(schema["properties"]):
            return f"{path}: every property must be required"
    children = [*schema.get("properties", {}).items(), *enumerate(schema.get("anyOf", ()))]
    if "items" in schema:
        children.append(("items", schema["items"]))
    for name, child in children:
        if fault := strict_schema_fault(child, f"{path}.{name}", depth + 1):
            return fault
    return None


def _enums(schema: Any) -> Any:
    if isinstance(schema, dict):
        if isinstance(schema.get("enum"), list):
            yield schema["enum"]
        for child in schema.values():
            yield from _enums(child)
    elif isinstance(schema, list):
        for child in schema:
            yield from _enums(child)


def _example(entry: Mapping[str, Any]) -> Any:
    value = entry["properties"]["value"]["anyOf"][0]
    match value["type"]:
        case "array":
            return value["items"].get("enum", ["thing"])[:1]
        case "number" | "integer":
            return value.get("minimum", value.get("maximum", 1))
        case "boolean":
            return True
    if "enum" in value:
        return value["enum"][0]
    return "2026-03-01" if "YYYY-MM-DD" in entry["description"] else "Suggested by a model"


def _completion(
    request: Request, content: str | None, *, finish: str = "stop", refusal: str | None = None
) -> Reply:
    message: dict[str, Any] = {"role": "assistant", "content": content, "refusal": refusal}
    if "tools" in request.body and finish == "stop" and content is not None:
        name = request.body["tools"][0]["function"]["name"]
        call = {"id": "call_1", "type": "function", "function": {"name": name}}
        call["function"] = {"name": name, "arguments": content}
        message = {"role": "assistant", "content": None, "tool_calls": [call]}
        finish = "tool_calls"
    completion = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": request.body.get("model", MODEL),
        "choices": [{"index": 0, "message": message, "finish_reason": finish, "logprobs": None}],
        "usage": {
            "prompt_tokens": INPUT_TOKENS,
            "completion_tokens": OUTPUT_TOKENS,
            "total_tokens": INPUT_TOKENS + OUTPUT_TOKENS,
        },
    }
    return Reply(body=json.dumps(completion).encode())


def _handler(model_server: ModelServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            headers = {name.lower(): value for name, value in self.headers.items()}
            if not self.path.endswith("/chat/completions"):
                reply = Reply(status=404, body=b'{"error": {"message": "no such path"}}')
            else:
                reply = model_server.reply_to(Request(headers=headers, body=sent))
            if reply.drops:
                self.connection.shutdown(socket.SHUT_RDWR)
                self.close_connection = True
                return
            try:
                self.send_response(reply.status)
                self.send_header("Content-Type", reply.content_type)
                if reply.drips_seconds:
                    self.end_headers()
                    self.close_connection = True
                    while model_server.rest(reply.drips_seconds):
                        self.wfile.write(b" ")
                    return
                self.send_header("Content-Length", str(reply.length or len(reply.body)))
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(reply.body)
                self.close_connection = self.close_connection or reply.closes
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True  # the caller waited no longer

        def log_message(self, format: str, *args: Any) -> None:
            """Tests look at `requests`."""

    return Handler
