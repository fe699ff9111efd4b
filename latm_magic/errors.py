"""Every error that latm_magic raises on purpose, under one root.

A message is one line (`MakingFailed`: two) that says what happened and what to do next. Each error keeps its data as
attributes, survives pickling, and renders without a traceback in IPython. What is expected to fail (a wrong sample, a
timeout of guest code, an unknown route) is a record, not an error.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "BudgetExceeded",
    "CacheError",
    "LatmError",
    "MagicError",
    "MakingFailed",
    "ModelError",
    "NameTaken",
    "NotRecorded",
    "NotebookError",
    "ReplyError",
    "SandboxError",
    "SettingsError",
    "TaskError",
    "ToolError",
    "ToolNotFound",
    "did_you_mean",
]


_LONGEST = 4_000
"""Characters of a message: whatever of yours or of a model's it quotes, it is read, kept and sent as a line."""


class LatmError(Exception):
    """Root of all errors of this package. Keyword arguments become attributes.

    Where a making ended, `attempts` holds every `tool.Attempt`, and `draft` the best as a `draft.Draft`, or None.
    """

    attempts: tuple[Any, ...] = ()
    draft: Any = None
    asked: Any = None
    """What a run of the tool loop came to before it, a `solving.tool_loop.asked.Asked`; None = it was no run."""

    spent: Any = None
    """What model calls for the same question cost before it, a `tools.user.Spent`; None = none were made."""

    def __init__(self, message: str, **data: Any) -> None:
        super().__init__(message if len(message) <= _LONGEST else f"{message[: _LONGEST - 1]}…")
        self.__dict__.update(data)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by message and attributes, so that an error reaches another process whole."""
        return (_rebuild, (type(self), str(self), self.__dict__.copy()))

    def _render_traceback_(self) -> list[str]:
        """Return what IPython prints in place of a traceback: the class's name and the message, controls escaped."""
        shown = "".join(c if c.isprintable() or c == "\n" else ascii(c)[1:-1] for c in str(self))
        return [f"{type(self).__name__}: {shown}"]


def _rebuild(kind: type[LatmError], message: str, data: dict[str, Any]) -> LatmError:
    error = kind.__new__(kind)
    LatmError.__init__(error, message, **data)
    return error


class SettingsError(LatmError):
    """A setting is unknown, has a value of the wrong kind, or may not be set from where it was set."""


class MagicError(LatmError):
    """The line of a magic cannot be read: an unknown option or subcommand, a value that is missing."""


class TaskError(LatmError):
    """The description, the examples or the questions cannot be used as they were given."""


class MakingFailed(LatmError):
    """No proposal passed verification; no tool was cached. Its `draft` is the best proposal, where one was run."""


class ModelError(LatmError):
    """A model could not be asked or did not answer.

    `kind` is one of "key", "credit", "rate", "model", "request", "server", "timeout", "connection", "settings",
    "raised" (by a model object of yours);
    `status` is the HTTP status (None without one), `role` and `model` say who was asked.
    """

    kind: str = "server"
    status: int | None = None
    role: str = ""
    model: str = ""
    cost_usd: float | None = 0.0
    """US dollars that the call cost all the same, set by the metering model; None = unknown."""
    broken_off: int = 0
    """Replies that had begun and broke off; the endpoint may charge for each."""
    usage: Any = None
    """The `models.model.Usage` of a reply that cannot be used, which was paid for; None when nothing was counted."""


class ReplyError(ModelError):
    """A reply came but cannot be used. `kind` is "cut off", "empty", "refused" or "unreadable"; `reply` is its text."""

    kind: str = "unreadable"
    reply: str = ""
    limit: int | None = None
    """Completion tokens that the endpoint was asked to keep to, 0 where to none; None = unknown."""


class NotRecorded(ModelError):
    """The recording that stands in for a model does not hold this request, whose digest is `digest`."""

    kind: str = "not recorded"
    digest: str = ""


class BudgetExceeded(ModelError):
    """The next call could pass `budget_usd`, or its price is unknown while a budget is set."""

    kind: str = "budget"


class SandboxError(LatmError):
    """The sandbox itself cannot do what was asked: a wall is missing, a worker cannot start."""


class ToolError(LatmError):
    """A tool that you called raised, ran out of time or was stopped. `run` holds the sandbox's record."""

    run: Any = None


class ToolNotFound(LatmError):
    """No tool of that name or version is in the cache."""


class NameTaken(LatmError):
    """A tool's name would hide something of yours: a builtin, a variable, another tool."""


class CacheError(LatmError):
    """The project's cache is damaged, of a newer format, locked or cannot be written."""

    tool: Any = None
    """The `tool.ToolVersion` that was made and could not be kept."""


class NotebookError(LatmError):
    """A tool notebook cannot be read or written."""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return " Did you mean 'x'?" for the closest of `known`, or "" when none is close."""
    close = get_close_matches(name, list(known), n=1)
    return f" Did you mean {close[0]!r}?" if close else ""
