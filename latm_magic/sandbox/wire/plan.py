"""What the files of the sandbox agree on about a run: the language layer's face, limits, plans, and how a row is run.

Nothing here does anything.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from types import CodeType

    from latm_magic.sandbox.records import Finding, FunctionFace

__all__ = ["Compiled", "Language", "Limits", "More", "Plan", "Runner"]


class Compiled(Protocol):
    """What the language layer makes of a source."""

    @property
    def code(self) -> CodeType | None:
        """What `exec` takes; None when there are findings."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Everything that the policy refuses."""

    @property
    def functions(self) -> tuple[FunctionFace, ...]:
        """The module-level functions."""

    @property
    def imports(self) -> tuple[str, ...]:
        """The modules that the source imports."""

    @property
    def example_lines(self) -> tuple[tuple[int, int], ...]:
        """First and last line of each statement that only shows the functions' use."""


class Language(Protocol):
    """The language layer as a worker uses it."""

    def compile(self, source: str, filename: str) -> Compiled:
        """Compile under the policy; never raises for bad source."""

    def namespace(self, printed: Callable[[str], None]) -> dict[str, Any]:
        """Give fresh globals for guest code."""

    def warm_up(self) -> None:
        """Import whatever guest code may make the interpreter import later."""


class Limits(NamedTuple):
    """What a run may use."""

    answer_bytes: int
    output_characters: int


class Plan(NamedTuple):
    """What is done with each row: which functions, in which order."""

    kind: str
    """ "call", "solve", "formatted" or "snippet"."""
    names: tuple[str | None, ...]
    timeout_s: float
    is_fresh: bool
    keeps: bool


class More(NamedTuple):
    """What a row says beyond its value."""

    text: str
    """JSON: how it failed or null, its kept arguments or null, its kept result or null."""
    is_hopeless: bool
    """It failed before any function could be called: so will every row of its plan."""


Runner = Callable[[Any, float], tuple[float, str, "More | None"]]
"""Runs one row that began then: when it ended, the value as text, and what more there is to say."""
