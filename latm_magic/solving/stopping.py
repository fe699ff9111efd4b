"""When a batch stops asking: which faults of a model, or of the cache, would meet the next question just the same.

Asks nothing. `dispatcher.py` tells what came of each question, and asks before the next one.
"""

from __future__ import annotations

from latm_magic.errors import CacheError, LatmError, ModelError, ReplyError
from latm_magic.models.attempts import LONGEST_SILENT_WAIT_S

_LASTING = frozenset({"key", "credit", "model", "settings", "budget", "connection"})
"""Kinds of `ModelError` that would meet the next question just the same."""
_PASSING = frozenset({"server", "timeout", "unreadable", "rate"})
"""Kinds that may pass, or be one question's alone, until they come again and again."""
_MOST_IN_A_ROW = 3


class NotAsked(Exception):
    """A question was not asked, because of the fault that it is raised with."""

    def __init__(self, fault: LatmError) -> None:
        super().__init__(str(fault))


class Stopping:
    """The faults of one batch. Any number of threads may ask `check`; one thread tells what came."""

    def __init__(self) -> None:
        self.first: LatmError | None = None
        """The first fault of a model, or of the cache, that says more than that one reply cannot be used."""
        self.not_asked = 0
        """Questions that were not asked."""
        self._stop: LatmError | None = None
        self._in_a_row = 0

    @property
    def has_cache(self) -> bool:
        """Whether the cache can still be written."""
        return not isinstance(self._stop, CacheError)

    @property
    def why(self) -> str:
        """Why questions were not asked; "" where all were."""
        return "" if self._stop is None else str(self._stop)

    def check(self) -> None:
        """Raise `NotAsked` where no question may be asked any more."""
        if self._stop is not None:
            raise NotAsked(self._stop)

    def answered(self) -> None:
        """Note that a model could be asked."""
        self._in_a_row = 0

    def met(self, fault: LatmError) -> None:
        """Note a fault that one question met."""
        if not isinstance(fault, ReplyError) or fault.kind == "unreadable":
            self.first = self.first or fault
        kind = fault.kind if isinstance(fault, ModelError) else ""
        self._in_a_row = self._in_a_row + 1 if kind in _PASSING else 0
        if isinstance(fault, CacheError):
            self._stop = fault
        elif (
            kind in _LASTING
            or (getattr(fault, "retry_after_s", None) or 0) > LONGEST_SILENT_WAIT_S
            or self._in_a_row >= _MOST_IN_A_ROW
        ):
            self._stop = self._stop or fault
