"""What the cache keeps beside tools: answers that models gave, and what tools may later learn from.

The tools' own record is `tool.ToolVersion`, of which `read_tool` reads every format. Nothing here touches the disk. The
fields of a sealed record are sealed in their order here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from latm_magic.answer import Way  # noqa: TC001  the codec reads it
from latm_magic.cache.codec import build, from_json
from latm_magic.task import Expects, Instance
from latm_magic.tool import ToolVersion

DecidedBy = Literal["parser", "model", "you"]
"""Who confirmed that a question belongs to a tool."""


@dataclass(frozen=True, slots=True)
class ToolSummary:
    """What a list shows of a tool's current version, read without its source."""

    name: str
    version: int
    description: str
    created: str
    """ISO date and time, UTC; "" = not told."""
    right: int
    """How many of `samples` were answered right when it was verified."""
    samples: int
    maker: str
    recorded: str
    """Label of the recording that stood in for the maker; "" for a live one."""
    fingerprint: str

    @property
    def verified(self) -> str:
        """How it was verified, for example "30/30"."""
        return f"{self.right}/{self.samples}"


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """An answer that a model's work gave, so that the same question is not paid for twice."""

    question: str
    tool: str | None
    """None: the strong model answered without a tool."""
    version: int | None
    fingerprint: str
    """The tool version's fingerprint; "" without a tool."""
    text: str
    way: Way
    confirmed: bool
    """You, or a check, said that it is right."""
    created: str
    """ISO date and time, UTC."""
    untested: tuple[int, ...] = ()
    """The branches of the tool, by number, that its run went through and that nothing right had run."""
    expects: Expects = "answer"
    """Whether the answer is `text`, or that there is none, or that there must be none; `text` is "" then."""

    @classmethod
    def now(
        cls, sample: Instance, way: Way, tool: ToolVersion | None, *, confirmed: bool, untested: tuple[int, ...] = ()
    ) -> StoredAnswer:
        """Return the record of an answer that is given now, by `tool` or without one."""
        name, version, fingerprint = (tool.name, tool.version, tool.fingerprint) if tool else (None, None, "")
        created = datetime.now(UTC).isoformat(timespec="seconds")
        given = (sample.question, name, version, fingerprint, sample.answer or "", way, confirmed, created)
        return cls(*given, untested, sample.expects)

    @property
    def sample(self) -> Instance:
        """The question with its answer."""
        return Instance(self.question, self.text if self.expects == "answer" else None, self.expects)


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A question that models were asked about and that stayed without an answer."""

    question: str
    ground: str
    """Digest (hex) of the tools and models that left it so; with others it is worth asking again."""
    way: Way
    reason: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """A question that a tool's parser refused although it was the tool's to answer."""

    tool: str
    version: int
    question: str


@dataclass(frozen=True, slots=True)
class Correction:
    """A question that a tool answered wrong, with the answer that was wanted."""

    tool: str
    version: int
    question: str
    wanted: str
    got: str
    expects: Expects = "answer"
    """Whether `wanted` is right, or no answer at all, or a refusal; `wanted` is "" then."""

    @property
    def sample(self) -> Instance:
        """The question with what is right."""
        return Instance(self.question, self.wanted if self.expects == "answer" else None, self.expects)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmedRoute:
    """A question that is known to belong to a tool."""

    tool: str
    question: str
    by: DecidedBy


@dataclass(frozen=True, slots=True)
class Audit:
    """An accepted answer that was checked against the strong model."""

    tool: str
    version: int
    question: str
    agreed: bool
    tool_text: str
    model_text: str
    """What the strong model, or you, said; "" where it gave no answer that could be compared: nothing was checked."""
    by: Literal["model", "you"] = "model"
    is_random: bool = False
    """Chosen by chance alone, so that it says something of all answers."""
    was_untested: bool | None = None
    """Whether the answer was marked as untested when it was checked; None = not kept then."""

    @property
    def is_disputed(self) -> bool:
        """The strong model gave another answer."""
        return not self.agreed and bool(self.model_text)

    @property
    def is_checked(self) -> bool:
        """Whether there was something to compare the answer with."""
        return self.agreed or self.is_disputed or self.by == "you"


def summary_of(tool: ToolVersion) -> ToolSummary:
    """Return what a list shows of a tool."""
    return ToolSummary(
        name=tool.name,
        version=tool.version,
        description=tool.description,
        created=tool.provenance.created,
        right=tool.verification.right,
        samples=len(tool.verification.samples),
        maker=tool.provenance.maker,
        recorded=tool.provenance.recorded,
        fingerprint=tool.fingerprint,
    )


def read_tool(body: bytes) -> ToolVersion:
    """Return the tool of a body of any format; raises `CodecError`."""
    values = from_json(body)
    if type(values) is dict and "by_snippet" in values and "calling" not in values:  # formats 1 and 2
        by_snippet, has_parser = (build(bool, values.pop(name, None)) for name in ("by_snippet", "has_parser"))
        values["calling"] = "snippet" if by_snippet else "parser" if has_parser else "arguments"
    return build(ToolVersion, values)
