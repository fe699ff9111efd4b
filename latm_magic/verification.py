"""The records of a verification: what each sample gave, in which form results become answers, and whether it passed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from latm_magic.branches import Branches
from latm_magic.shown import Shown
from latm_magic.task import Expects, Instance, SampleRole

SampleOutcome = Literal["right", "wrong", "refused", "error", "out of time"]


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
    expects: Expects = "answer"
    """What is right: `wanted`, or else no answer at all, or a refusal; `wanted` is "" then."""

    @property
    def sample(self) -> Instance:
        """The sample that was tried."""
        return Instance(self.question, self.wanted if self.expects == "answer" else None, self.expects)

    @property
    def is_fault(self) -> bool:
        """Whether it stands against the proposal: refusing does so only where an older version gave the answer."""
        return self.outcome != "right" and (self.outcome != "refused" or self.role == "earlier")

    @property
    def summary(self) -> str:
        """The question, cut, and what it gave, for example "'Sort: b a': wrong, wanted 'a b', got 'b a'"."""
        got = f", got {self.got[:60]!r}" if self.got else ""
        wanted = repr(self.wanted[:60]) if self.expects == "answer" else self.sample.told
        return f"{self.question[:80]!r}: {self.outcome}, wanted {wanted}{got}"


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


Change = Literal["negated", "reversed", "a word replaced", "a number dropped", "two joined"]
"""How a question was changed so that it asks for something else."""


@dataclass(frozen=True, slots=True)
class AlsoAnswered:
    """A question that was made of a sample by changing what it asks for, and that a module answers all the same."""

    question: str
    change: Change
    answer: str
    is_same: bool
    """It is the answer to the sample as it was; for two that were joined, to the first of them."""

    @property
    def is_suspicious(self) -> bool:
        """Whether the module seems not to have read what was changed; a number may well have no bearing."""
        return self.is_same and self.change != "a number dropped"


@dataclass(frozen=True, slots=True)
class Verification(Shown):
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
    branches: Branches = Branches()  # noqa: RUF009 - frozen
    """The branches of the module, and which of them the right samples ran."""
    excused: tuple[str, ...] = ()
    """Questions of samples that are not right, with which you have kept the tool all the same."""
    also: tuple[AlsoAnswered, ...] = ()
    """What its parser accepts of changed samples, which it may have to refuse."""

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
        """Share of the samples that are to be answered that the parser accepted, 0 to 1."""
        samples = [sample for sample in self.samples if sample.expects != "refusal"]
        refused = sum(sample.outcome == "refused" or sample.by == "user" for sample in samples)
        return 1.0 - refused / len(samples) if samples else 0.0

    def count(self, outcome: SampleOutcome) -> int:
        """How many samples had this outcome."""
        return sum(sample.outcome == outcome for sample in self.samples)
