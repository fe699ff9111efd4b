"""What the rest of the package knows of a language model: one Protocol and the records that pass through it.

Opens no connection: `openai.py` and `recorded.py` hold Models, `recorded.py` and `metered.py` Models around a Model.
"""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

from latm_magic.models.thinking import is_unfinished, split_thinking

if TYPE_CHECKING:
    from collections.abc import Mapping

Role = Literal["maker", "user", "dispatcher", "direct", "ask"]
"""Why a model is asked: to write a tool, to supply arguments, to choose a tool, to answer without a tool, to answer by
calling tools as it sees fit."""

Flaw = Literal["", "unreadable", "refused", "cut off", "empty"]
"""Why a reply cannot be used; "" where it can."""


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
    max_tokens: int | None = 4096
    """Upper limit of completion tokens; None: as many as the endpoint allows."""
    tool: str = ""
    """The tool this call is made for, for the ledger; "" where there is none."""
    run: str = ""
    """The run that it belongs to, for the ledger; "" where it stands alone."""
    may_call: bool = True
    """The model may call them; otherwise it has to answer in text, and they only explain what came before."""
    schema: Mapping[str, Any] | None = None
    """A JSON Schema that the text has to fit; sent where the endpoint takes one, so whoever asks checks it."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens as the endpoint counted them."""

    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int = 0
    """Those of `prompt_tokens` that the endpoint took from its prompt cache."""

    @property
    def is_plausible(self) -> bool:
        """Whether these are counts that can be: what else an endpoint says of its tokens says nothing."""
        counts = (self.prompt_tokens, self.completion_tokens, self.cached_tokens)
        return all(type(count) is int and 0 <= count <= _MOST_TOKENS for count in counts)


_MOST_TOKENS = 10**9

UNLIMITED_TOKENS = 131_072
"""Completion tokens that a reply without a limit is taken to have at most: few models write more."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a model answered. Thinking that `text` begins with is moved to `thinking`."""

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
    """US dollars, set by the metering model; None = unknown."""
    broken_off: int = 0
    """Earlier replies to the same request that broke off; they may be charged too."""
    thinking: str = ""
    """What the model wrote first as its thinking, marks and all; it is no part of what it answered."""

    def __post_init__(self) -> None:
        if not self.thinking and isinstance(self.text, str):  # a model of yours may give anything
            thinking, text = split_thinking(self.text)
            object.__setattr__(self, "thinking", thinking)
            object.__setattr__(self, "text", text)

    @property
    def is_unfinished(self) -> bool:
        """Whether the model thought aloud until it was stopped: there is no answer."""
        return not self.calls and is_unfinished(self.thinking)

    @property
    def written(self) -> str:
        """The text as the model wrote it, with its thinking."""
        return self.thinking + self.text


@dataclass(frozen=True, slots=True)
class ParsedReply:
    """A reply as it was read; where it cannot be used, as much of it as there was."""

    reply: Reply
    flaw: Flaw

    @classmethod
    def of(cls, reply: Reply, *, is_refusal: bool) -> ParsedReply:
        """Return the reply with its flaw, if it has one; `is_refusal`: the endpoint marked it as a refusal."""
        if is_refusal or reply.finish_reason == "content_filter":
            return cls(reply, "refused")
        if reply.finish_reason == "length" or reply.is_unfinished:
            return cls(reply, "cut off")
        return cls(reply, "" if reply.text.strip() or reply.calls else "empty")


class Model(Protocol):
    """Anything that answers a `Request`."""

    @property
    def name(self) -> str:
        """The model's name as it was asked for."""

    def complete(self, request: Request) -> Reply:
        """Answer `request`; raises `ModelError` or a subclass."""


def digest(request: Request) -> str:
    """Return the SHA-256 (hex) of a request's role and messages; model and parameters do not count."""
    messages = [
        [message.role, message.content, [[call.name, call.arguments] for call in message.calls]]
        for message in request.messages
    ]
    text = json.dumps([request.role, messages], ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


_BYTES_A_TOKEN = 3
"""Fewer than the usual four: an estimate that may stop or shorten a call errs upwards."""


def most_prompt_tokens(request: Request) -> int:
    """Return an upper estimate of a request's prompt tokens."""
    texts = [message.content for message in request.messages]
    texts += [call.arguments for message in request.messages for call in message.calls]
    texts += [function.name + function.description + json.dumps(function.parameters) for function in request.functions]
    texts += [json.dumps(request.schema)] if request.schema else []
    return math.ceil(sum(len(text.encode("utf-8", "replace")) for text in texts) / _BYTES_A_TOKEN)


def most_completion_tokens(request: Request) -> int:
    """Return the tokens that a reply may have, for a budget: by the request's limit, or `UNLIMITED_TOKENS`."""
    return UNLIMITED_TOKENS if request.max_tokens is None else request.max_tokens
