"""What the rest of the package knows of a language model: one Protocol and the records that pass through it.

Nothing here opens a connection; `openai.py`, `recorded.py` and `ledger.py` are Models (the last two around another).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["FunctionCall", "FunctionSpec", "Message", "Model", "Reply", "Request", "Role", "Usage", "digest"]

Role = Literal["maker", "user", "dispatcher", "direct"]
"""Why a model is asked: to write a tool, to supply arguments, to choose a tool, to answer without a tool."""


@dataclass(frozen=True, slots=True)
class FunctionCall:
    """A call that a model asks for, as in the OpenAI chat format."""

    name: str
    arguments: str
    """A JSON object as text, exactly as the model wrote it (it may be malformed)."""
    id: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """One chat message."""

    role: Literal["system", "user", "assistant", "tool"]
    content: str
    calls: tuple[FunctionCall, ...] = ()
    """Calls an assistant message asks for."""
    call_id: str = ""
    """For role "tool": the call that this message answers."""


@dataclass(frozen=True, slots=True)
class FunctionSpec:
    """A function offered to a model."""

    name: str
    description: str
    parameters: Mapping[str, Any]
    """A JSON Schema of type object."""


@dataclass(frozen=True, slots=True)
class Request:
    """One question to a model."""

    role: Role
    messages: tuple[Message, ...]
    functions: tuple[FunctionSpec, ...] = ()
    must_call: bool = False
    """The model has to call one of `functions`; otherwise it may answer in text."""
    temperature: float = 0.0
    max_tokens: int = 4096
    """Upper limit of completion tokens."""
    tool: str = ""
    """The tool this call is made for, for the ledger; "" where there is none."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens as the endpoint counted them."""

    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int = 0
    """Those of `prompt_tokens` that the endpoint took from its prompt cache."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a model answered."""

    text: str
    calls: tuple[FunctionCall, ...] = ()
    finish_reason: str = "stop"
    model: str = ""
    """The model's name as the endpoint gave it."""
    usage: Usage | None = None
    """None when the endpoint did not count."""
    seconds: float = 0.0
    recorded: str = ""
    """Label of the recording that this reply was played from; "" for a live reply."""
    cost_usd: float | None = None
    """US dollars, set by the metering model; None = unknown price."""


class Model(Protocol):
    """Anything that answers a `Request`."""

    @property
    def name(self) -> str:
        """The model's name as it was asked for."""

    def complete(self, request: Request) -> Reply:
        """Answer `request`; raises `ModelError` or a subclass."""


def digest(request: Request) -> str:
    """Give the SHA-256 (hex) of a request's role and messages; model and parameters do not count."""
    messages = [
        [message.role, message.content, [[call.name, call.arguments] for call in message.calls]]
        for message in request.messages
    ]
    text = json.dumps([request.role, messages], ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
