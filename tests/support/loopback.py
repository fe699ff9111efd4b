"""An OpenAI-compatible endpoint on 127.0.0.1 that answers, and misbehaves, as a script says.

A real HTTP server with real connections, for every test that asks a model. Each request takes the next turn of the
script; the last turn repeats. A turn may be a function from the request's body to one. What was asked is kept in
`requests`, connections are counted in `connections`. The list of models is no turn, unless it is None.
"""

from __future__ import annotations

import json
import socket
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["CANARY", "LoopbackEndpoint", "Turn", "called", "error", "said", "streamed"]

CANARY = "sk-canary-8c1f0e5d9b7a4321"
"""The key that tests send: wherever it shows up again, a key leaked."""


@dataclass(frozen=True)
class Turn:
    """What the endpoint does with one request."""

    status: int = 200
    body: Any = None
    """A JSON value, or bytes that are sent as they are."""
    headers: Mapping[str, str] = field(default_factory=dict)
    hang: bool = False
    """Never answer."""
    drop: bool = False
    """Close the connection: before the headers, or in the middle of a body that there is."""
    endless: bool = False
    """Send the body over and over, for as long as somebody reads."""
    drip_s: float = 0.0
    """Seconds between the bytes of the body."""
    chunks: Sequence[Any] = ()
    """Server-sent events: JSON values, or text that is sent as it is."""


@dataclass(frozen=True)
class ReceivedRequest:
    """A request as it arrived."""

    path: str
    headers: Mapping[str, str]
    body: Any


def said(
    text: str | None, *, finish: str = "stop", usage: Any = None, model: str = "loopback-1", **message: Any
) -> Turn:
    """Return the turn of an ordinary reply."""
    usage = usage or {"prompt_tokens": 12, "completion_tokens": 3, "prompt_tokens_details": {"cached_tokens": 4}}
    choice = {"index": 0, "message": {"role": "assistant", "content": text, **message}, "finish_reason": finish}
    return Turn(body={"object": "chat.completion", "model": model, "choices": [choice], "usage": usage})


def called(name: str, arguments: str, identity: str = "call_1") -> Turn:
    """Return the turn of a reply that calls a function."""
    call = {"id": identity, "type": "function", "function": {"name": name, "arguments": arguments}}
    return said(None, finish="tool_calls", tool_calls=[call])


def error(status: int, message: str, headers: Mapping[str, str] | None = None, **fields: Any) -> Turn:
    """Return the turn of an error in OpenAI's form."""
    return Turn(status=status, body={"error": {"message": message, **fields}}, headers=headers or {})


def streamed(*deltas: Mapping[str, Any], finish: str | None = "stop", usage: Any = None, drop: bool = False) -> Turn:
    """Return the turn of a streamed reply."""
    chunks = [
        {"model": "loopback-1", "choices": [{"index": 0, "delta": delta, "finish_reason": None}]} for delta in deltas
    ]
    if finish:
        chunks.append({"model": "loopback-1", "choices": [{"index": 0, "delta": {}, "finish_reason": finish}]})
    if usage:
        chunks.append({"model": "loopback-1", "choices": [], "usage": usage})
    return Turn(chunks=chunks if drop else [*chunks, "[DONE]"], drop=drop)


class LoopbackEndpoint:
    """The server; a context manager. `base_url` is what a model is pointed at."""

    def __init__(
        self, *turns: Turn | Callable[[Any], Turn], models: Sequence[str] | None = ("loopback-1", "loopback-2")
    ) -> None:
        self.turns = list(turns)
        self.models = models
        self.requests: list[ReceivedRequest] = []
        self.connections = 0
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    @property
    def chats(self) -> list[ReceivedRequest]:
        """The requests for a chat completion."""
        return [request for request in self.requests if request.path == "/v1/chat/completions"]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.drop_connections()
        self._server.server_close()
        self._thread.join()

    def next_turn(self, request: ReceivedRequest) -> Turn:
        with self._lock:
            self.requests.append(request)
            if request.path == "/v1/models" and self.models is not None:
                return Turn(body={"object": "list", "data": [{"id": name} for name in self.models]})
            if request.path not in ("/v1/chat/completions", "/v1/models"):
                return error(404, f"no such path {request.path}")
            turn = self.turns.pop(0) if len(self.turns) > 1 else self.turns[0]
            return turn if isinstance(turn, Turn) else turn(request.body)

    @property
    def is_closing(self) -> bool:
        return self._closing.is_set()

    def wait(self, seconds: float) -> None:
        """Wait, but not longer than the endpoint lives."""
        self._closing.wait(seconds)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, *arguments: Any) -> None:
        self._open: set[socket.socket] = set()
        super().__init__(*arguments)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: clients that hang up are part of the script."""

    def drop_connections(self) -> None:
        for connection in list(self._open):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # the client was faster


def _headers(handler: BaseHTTPRequestHandler) -> dict[str, str]:
    return {name.lower(): value for name, value in handler.headers.items()}


def _handler(endpoint: LoopbackEndpoint) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            super().setup()
            endpoint.connections += 1

        def log_message(self, *_: Any) -> None:
            pass

        def do_GET(self) -> None:
            self._play(endpoint.next_turn(ReceivedRequest(self.path, _headers(self), None)))

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            self._play(endpoint.next_turn(ReceivedRequest(self.path, _headers(self), body)))

        def _play(self, turn: Turn) -> None:
            if turn.endless:
                self._send_without_end(turn)
            elif turn.hang:
                endpoint.wait(60)
                self.close_connection = True
            elif turn.chunks:
                self._stream(turn)
            elif turn.drop and turn.body is None:
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
            else:
                self._send(turn)

        def _send(self, turn: Turn) -> None:
            data = turn.body if isinstance(turn.body, bytes) else json.dumps(turn.body).encode()
            self._head(turn, {"content-type": "application/json", "content-length": str(len(data))})
            if turn.drop:
                self.wfile.write(data[: len(data) // 2])
                self.close_connection = True
            elif turn.drip_s:
                for byte in data:
                    self.wfile.write(bytes([byte]))
                    endpoint.wait(turn.drip_s)
            else:
                self.wfile.write(data)

        def _send_without_end(self, turn: Turn) -> None:
            self._head(turn, {"content-type": "application/json", "connection": "close"})
            self.close_connection = True
            while not endpoint.is_closing:
                self.wfile.write(turn.body)
                endpoint.wait(turn.drip_s)

        def _stream(self, turn: Turn) -> None:
            self._head(turn, {"content-type": "text/event-stream", "connection": "close"})
            for chunk in turn.chunks:
                text = chunk if isinstance(chunk, str) else json.dumps(chunk)
                self.wfile.write(f"data: {text}\n\n".encode())
                endpoint.wait(turn.drip_s)
            self.close_connection = True

        def _head(self, turn: Turn, headers: Mapping[str, str]) -> None:
            self.send_response(turn.status)
            for name, value in {**headers, **turn.headers}.items():
                self.send_header(name, value)
            self.end_headers()

    return Handler
