"""What went wrong between us and an endpoint, as one record and then as one `ModelError` of one line.

The messages for a person are here: what happened, and which setting to change. An error is built from what was read,
never chained to the SDK's own, because that one holds the request with the key in its headers.
"""

from __future__ import annotations

import math
import re
import time
from dataclasses import dataclass
from email.utils import mktime_tz, parsedate_tz
from typing import TYPE_CHECKING, Any

from latm_magic.errors import ModelError, ReplyError, did_you_mean
from latm_magic.text import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from latm_magic.models.keys import Key
    from latm_magic.models.model import ParsedReply


_LIMIT = re.compile(
    r"\bmax(imum)?[_ ]?((completion|output|new)[_ ]?)?tokens?\b|\b(output|completion)[_ ](length|tokens?)\b"
    r"|\btokens you requested\b",
    re.IGNORECASE,
)
_NO_CREDIT = re.compile(r"insufficient_(quota|balance|credit|funds)|exceeded_current_quota|billing", re.IGNORECASE)
_NO_CREDIT_LEFT = re.compile(
    r"insufficient[_ ](quota|balance|credit|funds)|billing_hard_limit|exceeded your current quota"
    r"|credit balance is too low|used all available credits|(no|not enough) credits?\b",
    re.IGNORECASE,
)
_BAD_KEY = re.compile(r"\b(in(valid|correct)[_ ]api[_ ]key|api[_ ]key[_ ](not valid|(is )?invalid))\b", re.IGNORECASE)
_TOO_SHORT = re.compile(r"could not finish the message|try again with (a )?higher max", re.IGNORECASE)
_UNIT = r"(ms|milliseconds?|h|hours?|m|min|minutes?|s|secs?|seconds?)(?![a-z])"
_PART = re.compile(rf"(\d{{1,9}}(?:\.\d{{1,18}})?) ?{_UNIT}", re.IGNORECASE)
_COME_BACK = re.compile(
    rf"\b(?:retry|try again|wait|resets?|available)(?: in| after| for)? ((?:{_PART.pattern} ?)+)", re.IGNORECASE
)
_WAITING = frozenset({429, 503, 529})
"""What an endpoint answers that asks to come back later."""
_SHORT_CHARACTERS = 40
"""A reply with fewer holds nothing, or only began."""
_MOST_CHARACTERS = 4_000
"""Of an error's text: more says nothing more, and is searched for many things."""


@dataclass(frozen=True, slots=True)
class RequestInfo:
    """Who was asked and for how long, for the message of an error."""

    model: str
    endpoint: str
    """The address as it may be shown: without password and query."""
    deadline_s: float
    """Seconds that the call might take."""
    key: Key
    role: str = "maker"
    max_tokens: int | None = 0
    """Completion tokens that the request allows; None: as many as the endpoint does."""

    @property
    def setting(self) -> str:
        """The setting that names the model of this role."""
        return "maker_model" if self.role == "direct" else f"{self.role}_model"


@dataclass(frozen=True, slots=True)
class Fault:
    """A failure as the endpoint, or the lack of one, described it."""

    status: int | None
    """HTTP status; None = no response."""
    text: str
    code: str = ""
    param: str = ""
    retry_after_s: float | None = None
    attempts: int = 1
    kind: str = ""
    """What it is, where that was seen: "redirect", "too large", "closed"; "" where status and text tell."""


def read_fault(status: int | None, body: object, headers: Mapping[str, str], attempts: int = 1) -> Fault:
    """Return what an error response says: `body` is the decoded JSON, or text where it was none."""
    if isinstance(body, list) and len(body) == 1:  # Gemini's way
        body = body[0]
    error = body.get("error", body) if isinstance(body, dict) else body
    error = error if isinstance(error, dict) else {"message": error}
    text = error.get("message") or error.get("detail") or ""
    details = [part for part in error.get("details") or () if isinstance(part, dict)] if _lists(error) else []
    code = [error.get(key) for key in ("code", "type", "status")] + [part.get("reason") for part in details]
    text = (text if isinstance(text, str) else str(text))[:_MOST_CHARACTERS]
    rest_s = _retry_after_s(headers)
    return Fault(
        status=status,
        text=text,
        code=" ".join(str(part)[:100] for part in code if part),
        param=str(error.get("param") or "")[:100],
        retry_after_s=_rest_in(text, details) if rest_s is None and status in _WAITING else rest_s,
        attempts=attempts,
    )


def _lists(error: Mapping[str, Any]) -> bool:
    return isinstance(error.get("details"), list)


_KINDS = {"redirect": "settings", "too large": "server", "closed": "connection"}
"""The kind of `ModelError` that a kind of fault is shown as."""


def is_out_of_credit(fault: Fault) -> bool:
    """Return whether no waiting helps, because the account has nothing left.

    Calls a minute are called a quota as well: where the endpoint says when to come back, it is no matter of money.
    """
    if fault.status == 402 or _NO_CREDIT.search(fault.code):  # noqa: PLR2004 - Payment Required
        return True
    comes_back = fault.retry_after_s is not None or "RESOURCE_EXHAUSTED" in fault.code
    return not comes_back and _NO_CREDIT_LEFT.search(fault.text) is not None


def names_token_limit(text: str) -> bool:
    """Return whether a refusal speaks of the limit of completion tokens, by whichever name."""
    return _LIMIT.search(text) is not None


def model_error(fault: Fault, info: RequestInfo, kind: str = "", offered: tuple[str, ...] = ()) -> ModelError:
    """Return the error to raise for `fault`; `kind` where the caller knows it, `offered` the endpoint's models."""
    kind = kind or kind_of(fault)
    said = one_line(info.key.redact(fault.text))
    message = one_line(info.key.redact(_message(kind, fault, info, said, offered)), limit=1000)
    if kind == "cut off":
        return ReplyError(message, kind=kind, status=fault.status, role=info.role, model=info.model)
    data: dict[str, Any] = {
        "kind": _KINDS.get(kind, kind),
        "status": fault.status,
        "role": info.role,
        "model": info.model,
    }
    if kind == "rate":
        data["retry_after_s"] = fault.retry_after_s
    if kind == "model":
        data["offered"] = offered
    return ModelError(message, **data)


def kind_of(fault: Fault) -> str:
    """Return the kind of `ModelError` that an error response stands for, or the kind of fault where it has one."""
    if fault.kind:
        return fault.kind
    if is_out_of_credit(fault):
        return "credit"
    if _names_unknown_model(fault):
        return "model"
    if fault.status is None:
        return "connection"
    if fault.status in (400, 404) and _BAD_KEY.search(f"{fault.code} {fault.text}"):
        return "key"
    if fault.status in (400, 422) and _TOO_SHORT.search(fault.text):
        return "cut off"
    kinds = {401: "key", 403: "key", 404: "settings", 405: "settings", 429: "rate", 408: "server", 409: "server"}
    return kinds.get(fault.status, "server" if fault.status >= 500 else "request")  # noqa: PLR2004


def _names_unknown_model(fault: Fault) -> bool:
    """Return whether the endpoint says that it has no such model."""
    if fault.status not in (400, 404, 422):
        return False
    text = f"{fault.code} {fault.text}".lower()
    return "model_not_found" in text or (
        "model" in text
        and any(sign in text for sign in ("not found", "not exist", "invalid model", "unknown model", "no such model"))
    )


def unusable(parsed: ParsedReply, info: RequestInfo, limit: int | None) -> ReplyError:
    """Return the error for a reply that came but cannot be used; it carries the text and the usage.

    `limit` is that of completion tokens which the endpoint was asked to keep to; None where to none.
    """
    said = one_line(info.key.redact(parsed.reply.text[:_MOST_CHARACTERS]), limit=200)
    reason = {
        "unreadable": f"{info.endpoint} gave no chat completion for {info.model}: {said!r}. "
        "Check that base_url points at an OpenAI-compatible endpoint.",
        "refused": f"{info.model} refused to answer: {said!r}. Change the wording, or name another {info.setting}.",
        "cut off": _cut_off(parsed.reply.text, info, limit),
        "empty": f"The reply of {info.model} is empty. Ask again, or name another {info.setting}.",
    }
    return ReplyError(
        one_line(reason[parsed.flaw], limit=1000),
        kind=parsed.flaw,
        reply=info.key.redact(parsed.reply.written),
        limit=limit or 0,
        usage=parsed.reply.usage,
        seconds=parsed.reply.seconds,
        role=info.role,
        model=info.model,
    )


def _cut_off(text: str, info: RequestInfo, limit: int | None) -> str:
    spent = " (its tokens went into thinking)" if len(text.strip()) < _SHORT_CHARACTERS else ""
    head = f"The reply of {info.model}, the {info.role} model, was cut off after {len(text)} characters{spent}"
    if limit is not None and info.max_tokens is not None and limit >= info.max_tokens:
        raised = f"%config Latm.max_tokens = {2 * limit}"
        return f"{head}, at the limit of {limit:,} tokens. Raise it: {raised}, or name another {info.setting}."
    most = "" if limit is None else f", at {limit:,} tokens, the most that it takes"
    return f"{head}{most}. Make the task smaller, or name a {info.setting} that may write more."


def _retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that the endpoint asks to wait, which it gives in milliseconds, in seconds or as a date."""
    for name, divisor in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        try:
            seconds = float(headers.get(name, "")) / divisor
        except ValueError:
            continue
        return max(0.0, seconds) if math.isfinite(seconds) else None
    date = parsedate_tz(headers.get("retry-after", ""))
    return max(0.0, mktime_tz(date) - time.time()) if date else None


def _rest_in(text: str, details: list[dict[str, Any]]) -> float | None:
    """Return the seconds after which an error's own words, or its RetryInfo, say to come back; None: they do not."""
    hints = [str(part["retryDelay"]) for part in details if part.get("retryDelay")]
    found = hints[0] if hints else match[1] if (match := _COME_BACK.search(text)) else ""
    parts = [float(number) * _seconds_in(unit.lower()) for number, unit in _PART.findall(found)]
    return sum(parts) if parts else None


def _seconds_in(unit: str) -> float:
    return 0.001 if unit.startswith(("ms", "mill")) else {"h": 3600.0, "m": 60.0}.get(unit[0], 1.0)


def _message(kind: str, fault: Fault, info: RequestInfo, said: str, offered: tuple[str, ...]) -> str:
    status = f"({fault.status}: {said})" if said else f"({fault.status})"
    where, model, tries = info.endpoint, info.model, _times(fault.attempts)
    if kind == "key":
        return _key_message(fault, info)
    if kind == "rate":
        return _rate_message(fault, info, said)
    if kind == "model":
        if model in offered:
            return f"{where} lists {model!r} but does not serve it {status}. Try again later, or set {info.setting}."
        return f"{where} offers no model {model!r}.{did_you_mean(model, offered)}{_list(offered)} Set {info.setting}."
    turn = f"name another {info.setting}"
    texts = {
        "credit": f"No credit is left at {where} for {model} {status}. Top up the account, or {turn}.",
        "settings": f"{where} has no chat completions {status}. Check base_url: it usually ends in /v1.",
        "request": f"{model} at {where} refused the request {status}. {_remedy(fault)}, or {turn}.",
        "cut off": _cut_off("", info, info.max_tokens),
        "server": f"{where} failed {tries} {status}. Try again later, or point base_url elsewhere.",
        "connection": f"No answer from {where}: {said.rstrip('.') or 'no connection'}. Check base_url and the network.",
        "redirect": f"{where} redirects to {said} ({fault.status}), and the question was not sent there. "
        "If you trust that address, set base_url to it.",
        "too large": f"{model} at {where} replied with more than {said}, not read. Check base_url, or {turn}.",
        "closed": f"{model} at {where} was not waited for: its connections were closed meanwhile. Ask again.",
        "timeout": f"{model} at {where} gave no answer within {info.deadline_s:g} s"
        f"{f' ({said})' if said else ''}. Raise deadline_s, or name a faster {info.setting}.",
    }
    return texts[kind]


def _remedy(fault: Fault) -> str:
    if names_token_limit(fault.text):
        return "Set %config Latm.max_tokens to a number that it takes"
    return "Shorten the task"


def _key_message(fault: Fault, info: RequestInfo) -> str:
    # The endpoint's own words are left out: most of them quote the key, or half of it.
    where, status = info.endpoint, fault.status
    if not info.key:
        return f"{where} wants a key and none is set ({status}). Set OPENAI_API_KEY."
    if status == 403:  # noqa: PLR2004 - Forbidden
        return f"{where} forbids {info.model} to your key (403). Check OPENAI_API_KEY, or name another {info.setting}."
    return f"{where} did not accept your key ({status}). Check OPENAI_API_KEY, and that base_url is the key's."


def _rate_message(fault: Fault, info: RequestInfo, said: str) -> str:
    limited = f"{info.endpoint} limits the rate of {info.model} (429{f': {said}' if said else ''})"
    if not fault.retry_after_s:
        return f"{limited}, asked {_times(fault.attempts)}. Try again later."
    return f"{limited} and wants {fault.retry_after_s:.0f} s of rest, asked {_times(fault.attempts)}. Wait that long."


def _times(attempts: int) -> str:
    return "once" if attempts <= 1 else f"{attempts} times"


def _list(offered: tuple[str, ...], shown: int = 12) -> str:
    if not offered:
        return ""
    more = f" and {len(offered) - shown} more" if len(offered) > shown else ""
    return f" It offers {', '.join(offered[:shown])}{more}."
