"""The records of making: samples that were tried, verifications, attempts, proposals, and the tools that came of them.

A tool is immutable and known by its name, version and fingerprint. The object you call in a notebook is the `Tool` of
`tools/function.py`, which holds one of these `ToolVersion`s.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Literal

from latm_magic.provenance import Provenance  # noqa: TC001
from latm_magic.signature import Parameter, signature_of
from latm_magic.task import AnswerKind, Instance, SampleRole, Task

if TYPE_CHECKING:
    import inspect

SampleOutcome = Literal["right", "wrong", "refused", "error", "out of time"]

Calling = Literal["parser", "arguments", "snippet"]
"""How a question becomes a call: by the tool's own parser, or by a user model that writes plain arguments, or a snippet
where the function takes callables."""


@dataclass(frozen=True, slots=True)
class SampleResult:
    """What one sample gave when a proposal was verified."""

    question: str
    wanted: str
    role: SampleRole
    outcome: SampleOutcome
    got: str | None = None
    """The answer's text; None where there was none."""
    detail: str = ""
    """For what is not right: the error or the refusal, with its line."""
    seconds: float = 0.0
    call: str = ""
    """The call that answered it, as Python text; "" where parsing failed."""
    by: Literal["parser", "user"] = "parser"
    """Who supplied the arguments."""

    @property
    def is_fault(self) -> bool:
        """Whether it stands against the proposal: refusing does so only where an older version gave the answer."""
        return self.outcome != "right" and (self.outcome != "refused" or self.role == "earlier")

    @property
    def summary(self) -> str:
        """The question, cut, and what it gave, for example "'Sort: b a': wrong, wanted 'a b', got 'b a'"."""
        got = f", got {self.got[:60]!r}" if self.got else ""
        return f"{self.question[:80]!r}: {self.outcome}, wanted {self.wanted[:60]!r}{got}"


@dataclass(frozen=True, slots=True)
class Glue:
    """What stands around and between the parts of a result in the text of an answer: never a letter or a digit."""

    before: str = ""
    between: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class AnswerForm:
    """How the results of a tool that is called by snippet become answers, as its samples showed.

    Such tools leave 'E' for "(E)" or ('16:30', '17:00') for "16:30 - 17:00".
    """

    text: Glue = Glue()
    """For a result that is one text; `between` stands between its characters."""
    items: Glue | None = None
    """For a list or tuple; None = the samples showed none."""


@dataclass(frozen=True, slots=True)
class Verification:
    """The record of running a proposal on all samples of its task."""

    samples: tuple[SampleResult, ...]
    min_accuracy: float = 1.0
    """0 to 1: the share of answered held-out samples that must be right."""
    policy: str = ""
    """Version of the sandbox policy that was in force."""
    python: str = ""
    """Python version, for example "3.11"."""
    answer_form: AnswerForm = AnswerForm()
    """How results became answers; fitted on the samples for a tool that is called by snippet."""
    excused: tuple[str, ...] = ()
    """Questions of samples that are not right, with which you have kept the tool all the same."""

    @property
    def passed(self) -> bool:
        """Nothing stands against it, held-out samples meet `min_accuracy`, and two thirds of all samples are right.

        A refused sample is coverage: it stands against a proposal only where an older version passed it.
        """
        if self.excused:
            return {sample.question for sample in self.samples if sample.outcome != "right"} <= {*self.excused}
        seen = [sample for sample in self.samples if sample.role != "held out"]
        is_right = self.held_out_accuracy >= self.min_accuracy and not any(sample.is_fault for sample in seen)
        return is_right and self.is_broad

    @property
    def is_broad(self) -> bool:
        """Whether at least two thirds of all samples are right."""
        return 3 * self.right >= 2 * len(self.samples)

    @property
    def held_out_accuracy(self) -> float:
        """Share of the held-out samples, refusals left out, that are right; 1.0 where there are none."""
        judged = [s for s in self.samples if s.role == "held out" and s.outcome != "refused"]
        return sum(sample.outcome == "right" for sample in judged) / len(judged) if judged else 1.0

    @property
    def right(self) -> int:
        """How many samples were answered right."""
        return self.count("right")

    @property
    def faults(self) -> tuple[SampleResult, ...]:
        """The samples that were answered wrong, ended in an error or took too long, or that a version has lost."""
        return tuple(sample for sample in self.samples if sample.is_fault)

    @property
    def failures(self) -> tuple[SampleResult, ...]:
        """The samples that are not right; refused held-out ones count only where too few are right without them."""
        return tuple(
            s
            for s in self.samples
            if s.outcome != "right" and not (self.is_broad and s.role == "held out" and s.outcome == "refused")
        )

    @property
    def answered_right(self) -> frozenset[str]:
        """The questions of the samples that are right."""
        return frozenset(sample.question for sample in self.samples if sample.outcome == "right")

    def holding(self, questions: frozenset[str]) -> Verification:
        """Return the record of a next version, in which a refused sample among `questions` stands against it."""
        return replace(
            self,
            samples=tuple(
                replace(s, role="earlier") if s.outcome == "refused" and s.question in questions else s
                for s in self.samples
            ),
        )

    @property
    def coverage(self) -> float:
        """Share of all samples that the parser accepted, 0 to 1."""
        refused = self.count("refused") + sum(sample.by == "user" for sample in self.samples)
        return 1.0 - refused / len(self.samples) if self.samples else 0.0

    def count(self, outcome: SampleOutcome) -> int:
        """How many samples had this outcome."""
        return sum(sample.outcome == outcome for sample in self.samples)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One proposal of a maker and what became of it."""

    number: int
    outcome: Literal["passed", "no reply", "no code", "not by rules", "refused by the policy", "failed verification"]
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
    """Why there was no reply that could be used, or why no rules can do the task."""


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
    content = {
        "name": tool.name,
        "description": tool.description,
        "source": tool.source,
        "function": tool.function,
        "kind": tool.kind,
        "samples": [sample.content for sample in tool.all_samples],
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
