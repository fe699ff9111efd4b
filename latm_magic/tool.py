"""The records of making: samples that were tried, verifications, attempts, proposals, and the tools that came of them.

A tool is immutable and known by its name, version and fingerprint. The object you call in a notebook is the `Tool` of
`tools/function.py`, which holds one of these `ToolVersion`s.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Literal

from latm_magic.provenance import Provenance  # noqa: TC001
from latm_magic.signature import Parameter, signature_of
from latm_magic.task import AnswerKind, Instance, Task
from latm_magic.verification import Verification  # noqa: TC001  the codec reads it

if TYPE_CHECKING:
    import inspect

    from latm_magic.ways import Way

Calling = Literal["parser", "arguments", "snippet"]
"""How a question becomes a call: by the tool's own parser, or by a user model that writes plain arguments, or a snippet
where the function takes callables."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One proposal of a maker and what became of it."""

    number: int
    outcome: Literal[
        "passed", "no reply", "no code", "not by rules", "refused by the policy", "failed verification", "not judged"
    ]
    reply: str = ""
    source: str = ""
    feedback: str = ""
    """What went back to the maker, or would have."""
    verification: Verification | None = None
    model: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost_usd: float | None = None
    """US dollars; None = unknown price."""
    recorded: str = ""
    """Label of the recording that the reply came from."""
    fault: str = ""
    """Why there was no reply that could be used, why it was not judged, or why no rules can do the task."""

    def repeats(self, earlier: Attempt) -> bool:
        """Return whether its module, or where it has none its reply, is an earlier one word for word."""
        if self.source or earlier.source:
            return self.source == earlier.source
        return bool(self.reply.strip()) and self.reply == earlier.reply


@dataclass(frozen=True, slots=True)
class UseCase:
    """A question together with the call that answers it, taken from the tool's own verified runs."""

    question: str
    call: str
    """For a tool called by snippet: the snippet; else the call as Python text."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A module that may become a tool: read and accepted by the policy, not verified."""

    name: str
    description: str
    source: str
    function: str
    """The function's name in the source; the tool's name unless the maker chose another."""
    parameters: tuple[Parameter, ...]
    returns: str
    doc: str
    calling: Calling
    has_format: bool
    kind: AnswerKind
    samples: tuple[Instance, ...]
    earlier: tuple[Instance, ...]
    use_cases: tuple[UseCase, ...]
    provenance: Provenance
    shown: tuple[str, ...] = field(default=(), kw_only=True)
    """As in `Task`: what the maker was shown of the samples that were held back at first."""

    @property
    def has_parser(self) -> bool:
        """Whether the tool's own parser makes the call."""
        return self.calling == "parser"

    @property
    def by_snippet(self) -> bool:
        """Whether a user model writes a snippet, because the function takes callables."""
        return self.calling == "snippet"

    @property
    def task(self) -> Task:
        """The task that this tool is made for."""
        return Task(self.name, self.description, self.samples, self.kind, self.earlier, self.shown)

    @property
    def all_samples(self) -> tuple[Instance, ...]:
        """The samples, then those that an older version passed."""
        return (*self.samples, *self.earlier)

    @property
    def call_signature(self) -> inspect.Signature:
        """The function's signature; annotations and defaults stand in it as text."""
        return signature_of(self.parameters, self.returns)

    @property
    def signature(self) -> str:
        """The signature as text, for example "sort_words(words: list[str]) -> list[str]"."""
        return f"{self.name}{self.call_signature}"


@dataclass(frozen=True, slots=True)
class ToolVersion(Proposal):
    """A proposal that was verified and wrapped; immutable."""

    version: int
    """From 1; 0 = not in a cache."""
    verification: Verification
    fingerprint: str = ""
    """SHA-256 (hex) over what the tool does and what it was verified on; made from the rest when left out."""

    def __post_init__(self) -> None:
        if not self.fingerprint:
            object.__setattr__(self, "fingerprint", fingerprint_of(self))

    @classmethod
    def of(cls, proposal: Proposal, verification: Verification, use_cases: tuple[UseCase, ...]) -> ToolVersion:
        """Return the tool, in no cache yet, that a verified proposal becomes."""
        same = {field.name: getattr(proposal, field.name) for field in fields(Proposal) if field.name != "use_cases"}
        return cls(**same, use_cases=use_cases, version=0, verification=verification)

    @property
    def way(self) -> Way:
        """How what it answers by itself comes: "parser"; "flow" for a flow with a parser in front."""
        return "parser"

    @property
    def goes_on(self) -> bool:
        """Whether the tool loop goes on where it has read a question and is unsure of the answer, as flows may be."""
        return False

    @property
    def is_draft(self) -> bool:
        """Whether it has not passed its samples, and you have not kept it all the same."""
        return self.version == 0 and not self.verification.passed

    @property
    def unseen(self) -> tuple[int, int]:
        """How many samples the maker never saw: (right, all of them); (0, 0) where a person wrote the module.

        A first proposal is made from the demonstrations; a repair may have been shown all but the held-out samples.
        """
        if self.provenance.maker in {"you", "a person"}:
            return 0, 0
        seen = {"demonstration"} if self.provenance.attempts == 1 else {"demonstration", "validation", "earlier"}
        samples, shown = self.verification.samples, set(self.shown)
        unseen = [sample for sample in samples if sample.role not in seen and sample.question not in shown]
        return sum(sample.outcome == "right" for sample in unseen), len(unseen)


def fingerprint_of(tool: Proposal) -> str:
    """Return the SHA-256 (hex) of a tool's name, description, source, entry, kind and samples."""
    names = ("name", "description", "source", "function", "kind")
    content: dict[str, Any] = {name: getattr(tool, name) for name in names}
    content["samples"] = [sample.content for sample in tool.all_samples]
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
