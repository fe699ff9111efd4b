"""Versions of flows as they are kept: sealed documents with the machine, the traces it was learned from, and checks.

A flow is no `ToolVersion`: its code is not guest code but ours, written from guards, and it runs on this side of the
sandbox, where it calls tools, each of which runs inside.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from latm_magic.cache.trace_rows import Row, row_of, trace_of
from latm_magic.cache.trace_values import from_text, to_text
from latm_magic.errors import CacheError, ToolNotFound, did_you_mean
from latm_magic.tool import ToolVersion  # noqa: TC001  the codec reads it
from latm_magic.workflows.machine import Machine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latm_magic.cache.documents import DocumentTable
    from latm_magic.traces import Trace

_KIND = "flow"
MOST_DISAGREEING = 0.1
"""The share of traces that may disagree with the flow that is kept."""
UnsureRule = Literal["ask", "refuse"]
"""What a flow does where it is unsure."""


@dataclass(frozen=True, slots=True)
class Use:
    """A tool that a flow calls."""

    tool: str
    fingerprint: str = ""
    """Of the version that the newest trace called; empty for a function of yours."""
    acts: bool = False
    """It may change something outside."""


@dataclass(frozen=True, slots=True)
class FlowExample:
    """Inputs with a known answer, as JSON text."""

    inputs: str
    answer: str


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A trace, or an example, that a flow does not do again."""

    trace: str
    """Its id; of an example "example 3"."""
    summary: str
    """Where and how, in one line."""


@dataclass(frozen=True, slots=True)
class FlowCheck:
    """What verifying a flow gave."""

    replayed: int = 0
    """Traces, all with their recorded outputs."""
    disagreeing: tuple[Disagreement, ...] = ()
    held_back: int = 0
    """Traces that a first learning did not see: every fifth."""
    held_right: int = 0
    held_unsure: int = 0
    """What it was unsure of, and so would not have done."""
    held_wrong: tuple[Disagreement, ...] = ()
    """What it would have done in another way, and was sure."""
    examples: int = 0
    """With answers, run for real."""
    examples_unsure: int = 0
    examples_wrong: tuple[Disagreement, ...] = ()
    lacking: tuple[int, ...] = ()
    """The numbers of examples, from 1, for which the graph has no right path: a branch is missing."""
    told: str = ""
    """What the examples taught, or why they only verify, in one line."""

    @property
    def passed(self) -> bool:
        """Whether at most a tenth of the traces disagrees, and no example is wrong."""
        most_held = max(1.0, MOST_DISAGREEING * self.held_back) if self.held_back else 0.0
        return (
            len(self.disagreeing) <= MOST_DISAGREEING * self.replayed
            and len(self.held_wrong) <= most_held
            and not self.examples_wrong
        )

    @property
    def summary(self) -> str:
        """One line."""
        parts = [f"{self.replayed - len(self.disagreeing)} of {self.replayed} traces replay"]
        if self.held_back:
            besides = _besides(self.held_unsure, self.held_wrong)
            parts.append(f"{self.held_right} of {self.held_back} held back right{besides}")
        if self.examples:
            right = self.examples - self.examples_unsure - len(self.examples_wrong)
            parts.append(
                f"{right} of {self.examples} examples right{_besides(self.examples_unsure, self.examples_wrong)}"
            )
        if self.told:
            parts.append(self.told)
        return "; ".join(parts)


def _besides(unsure: int, wrong: Sequence[Disagreement]) -> str:
    counted = ((unsure, "unsure"), (len(wrong), "wrong"))
    return "".join(f", {number} {name}" for number, name in counted if number)


@dataclass(frozen=True, slots=True)
class FlowRow:
    """A version as it is kept."""

    name: str
    description: str
    machine: str
    """As JSON text."""
    uses: tuple[Use, ...]
    unsure: UnsureRule
    check: FlowCheck
    traces: tuple[Row, ...]
    examples: tuple[FlowExample, ...] = ()
    created: str = ""
    """ISO date and time, UTC."""
    reader: ToolVersion | None = None
    """The parser in front, which reads the inputs in a question; its samples are questions that the flow answers."""


@dataclass(frozen=True)
class FlowVersion:
    """A flow that was verified; immutable."""

    name: str
    description: str
    machine: Machine
    uses: tuple[Use, ...]
    unsure: UnsureRule
    check: FlowCheck
    rows: tuple[Row, ...] = field(default=(), repr=False)
    """The traces that it was learned from, as they are kept."""
    examples: tuple[FlowExample, ...] = ()
    created: str = ""
    version: int = 0
    """From 1; 0 = not kept."""
    reader: ToolVersion | None = field(default=None, repr=False)
    """The parser in front; None where the flow takes inputs by name alone."""

    @cached_property
    def traces(self) -> tuple[Trace, ...]:
        """The traces that it was learned from, oldest first."""
        return tuple(map(trace_of, self.rows))


def rows_of(traces: Sequence[Trace]) -> tuple[Row, ...]:
    """Return traces as they are kept; raises `NotPlain` for values that are no plain data."""
    return tuple(map(row_of, traces))


def example(inputs: Any, answer: Any) -> FlowExample:
    """Return an example as it is kept; raises `NotPlain`."""
    return FlowExample(to_text(dict(inputs)), to_text(answer))


class FlowTable:
    """The flows of a project, by name, with all their versions."""

    def __init__(self, documents: DocumentTable) -> None:
        self._documents = documents

    def names(self) -> tuple[str, ...]:
        """Return the names of all flows, sorted."""
        return self._documents.names(_KIND)

    def state(self) -> object:
        """Return what is the same only while no flow was made or dropped."""
        return self._documents.state(_KIND)

    def get(self, name: str, version: int | None = None) -> FlowVersion:
        """Return the newest version of a flow, or the one of that number; raises `ToolNotFound`."""
        found = self.versions(name)
        if not found:
            raise ToolNotFound(f"No flow named {name!r}.{did_you_mean(name, self.names())} %%latm_flow makes one.")
        place = len(found) if version is None else version
        if not 1 <= place <= len(found):
            raise ToolNotFound(f"Flow {name!r} has no version {place}: there are 1 to {len(found)}.")
        return found[place - 1]

    def versions(self, name: str) -> tuple[FlowVersion, ...]:
        """Return all versions of a flow, oldest first."""
        rows = self._documents.versions(_KIND, name, FlowRow)
        return tuple(_version_of(row, number) for number, row in enumerate(rows, 1))

    def keep(self, flow: FlowVersion) -> FlowVersion:
        """Keep a flow as the next version of its name, and return it with its number."""
        row = FlowRow(
            flow.name,
            flow.description,
            to_text(asdict(flow.machine)),
            flow.uses,
            flow.unsure,
            flow.check,
            flow.rows,
            flow.examples,
            flow.created,
            flow.reader,
        )
        number = self._documents.keep(_KIND, flow.name, row, flow.created)
        return replace(flow, version=number)

    def drop(self, name: str) -> None:
        """Remove a flow with all its versions; its traces stay. Raises `ToolNotFound`."""
        self.get(name)
        self._documents.drop(_KIND, name)


def _version_of(row: FlowRow, number: int) -> FlowVersion:
    from pydantic import TypeAdapter, ValidationError

    try:
        machine = TypeAdapter(Machine).validate_python(from_text(row.machine))
    except (ValueError, ValidationError) as fault:
        raise CacheError(f"The flow {row.name!r} is damaged ({type(fault).__name__}): make it again.") from None
    shared = (row.uses, row.unsure, row.check, row.traces, row.examples, row.created)
    return FlowVersion(row.name, row.description, machine, *shared, number, row.reader)
