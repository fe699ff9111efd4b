"""Tasks and their samples: the records, the roles that samples play, and which samples contradict each other.

How examples are read from cells, files and tables is in `examples.py`.
"""

from __future__ import annotations

import keyword
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from latm_magic.errors import TaskError
from latm_magic.text import apart, middle_cut, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable

AnswerKind = Literal["text", "int", "float", "bool"]
"""What the known answers of a task are, and so what `Answer.value` is."""

Expects = Literal["answer", "missing", "refusal"]


class _Refuse:
    """What `REFUSE` is; there is only one."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "REFUSE"

    def __reduce__(self) -> str:
        return "REFUSE"  # the one of this module, in every process


REFUSE = _Refuse()
"""In place of an answer: this question is to be refused."""

SampleRole = Literal["demonstration", "validation", "held out", "earlier"]
"""What a sample is used for; "earlier": an older version of the tool passed it, so every later one must."""


@dataclass(frozen=True, slots=True)
class Instance:
    """One question of a task, with its answer if that is known."""

    question: str
    answer: str | None = None
    expects: Expects = "answer"
    """What is right: `answer`; that there is no answer, which is an answer too (NA); or that the tool refuses."""

    def __repr__(self) -> str:
        # What is left out at its default keeps digests over texts like this one as they were before it came.
        more = "" if self.expects == "answer" else f", expects={self.expects!r}"
        return f"Instance(question={self.question!r}, answer={self.answer!r}{more})"

    @property
    def told(self) -> str:
        """What is right, in words for a person: the answer, or what stands in its place."""
        return {"missing": "none", "refusal": "a refusal"}.get(self.expects, self.answer or "")

    @property
    def content(self) -> list[str | None]:
        """What fingerprints are made over; `expects` counts where it is not "answer"."""
        return [self.question, self.answer, *([] if self.expects == "answer" else [self.expects])]


@dataclass(frozen=True, slots=True)
class Task:
    """A class of problems that one tool can solve, described in words and by samples."""

    name: str
    description: str
    samples: tuple[Instance, ...]
    kind: AnswerKind = "text"
    earlier: tuple[Instance, ...] = ()
    """Samples that an older version of the tool passed and that are not among `samples`."""
    shown: tuple[str, ...] = ()
    """Questions of samples that were held back from the maker at first and that it was shown since."""

    @property
    def all_samples(self) -> tuple[Instance, ...]:
        """The samples, then the earlier ones."""
        return (*self.samples, *self.earlier)

    @property
    def expected(self) -> frozenset[Expects]:
        """What is right for some of its samples; where none of them is "missing", None is no answer."""
        return frozenset(sample.expects for sample in self.all_samples)

    @property
    def demonstrations(self) -> tuple[Instance, ...]:
        """The samples shown to the maker when it proposes: the first three (of three to five: all but the last)."""
        return self.samples[: self._demonstration_count]

    @property
    def validation(self) -> tuple[Instance, ...]:
        """The samples held back from proposing that must be right: the next three (of three to five: the last)."""
        return self.samples[self._demonstration_count : self._demonstration_count + 3]

    @property
    def held_out(self) -> tuple[Instance, ...]:
        """All further samples, which the maker sees only when a proposal fails on them."""
        return self.samples[self._demonstration_count + 3 :]

    @property
    def _demonstration_count(self) -> int:
        return 3 if len(self.samples) >= 6 else len(self.samples) - 1  # noqa: PLR2004

    @property
    def roles(self) -> tuple[tuple[Instance, SampleRole], ...]:
        """Every sample with its role, in the order in which they are verified."""
        parts: tuple[tuple[tuple[Instance, ...], SampleRole], ...] = (
            (self.demonstrations, "demonstration"),
            (self.validation, "validation"),
            (self.earlier, "earlier"),
            (self.held_out, "held out"),
        )
        return tuple((sample, self._role(sample, role)) for samples, role in parts for sample in samples)

    def _role(self, sample: Instance, role: SampleRole) -> SampleRole:
        return "validation" if role == "held out" and sample.question in self.shown else role

    def showing(self, questions: Iterable[str]) -> Task:
        """Return the task with those of its held-back samples counted as shown that are among `questions`."""
        held_back = [sample.question for sample in (*self.validation, *self.held_out)]
        new = set(questions) & set(held_back) - set(self.shown)
        return replace(self, shown=(*self.shown, *(question for question in held_back if question in new)))

    def check(self) -> Task:
        """Return this task without repeated samples; raises `TaskError` for what no tool could be made of."""
        check_name(self.name)
        samples = _without_repeats(self.samples)
        if samples and not any(sample.expects == "answer" for sample in samples):
            raise TaskError(f"No example of {self.name!r} has an answer: give some that have one.")
        if len(samples) < 3:  # noqa: PLR2004
            found = "no examples" if not samples else "one example" if len(samples) == 1 else "two different examples"
            raise TaskError(
                f"{found.capitalize()} for {self.name!r}: give at least three solved examples"
                " (six let three be held back to verify with)."
            )
        if not self.description.strip():
            raise TaskError(
                f"No description for {self.name!r}: say in a sentence what the task is, above the first '---'."
            )
        return Task(self.name, self.description, samples, self.kind, self.earlier)


def _without_repeats(samples: tuple[Instance, ...]) -> tuple[Instance, ...]:
    known: dict[str, tuple[int, Instance]] = {}
    for number, sample in enumerate(samples, 1):
        if not sample.question.strip():
            raise TaskError(f"Example {number} has no question: write it above its '=>' line.")
        if sample.expects == "answer" and not (sample.answer or "").strip():
            raise TaskError(
                f"Example {number} has no answer: {quoted(sample.question)}. Give one, leave the example out, or say"
                ' with --na "" (na="") that an empty answer means none.'
            )
        first, before = known.setdefault(sample.question, (number, sample))
        if before.content != sample.content:
            one, other = apart(before.told, sample.told)
            raise TaskError(
                f"Examples {first} and {number} contradict each other: {middle_cut(sample.question)} is answered {one}"
                f" and {other}. Remove one."
            )
    return tuple(sample for _, sample in known.values())


def check_name(name: str) -> None:
    """Raise `TaskError` unless `name` can be the name of a tool: a plain, public Python identifier."""
    if not name:
        raise TaskError("The tool has no name: write it behind the magic, for example %%latm sort_words.")
    if not name.isidentifier() or not name.isascii():
        suggestion = "".join(c if c.isascii() and (c.isalnum() or c == "_") else "_" for c in name).strip("_").lower()
        hint = f", for example {suggestion!r}" if suggestion.isidentifier() else ""
        raise TaskError(f"{quoted(name)} cannot name a function: use letters, digits and _{hint}.")
    if keyword.iskeyword(name) or keyword.issoftkeyword(name):
        raise TaskError(f"{name!r} is a Python keyword: choose another name, for example '{name}_tool'.")
    if name.startswith("_"):
        raise TaskError(f"{name!r} begins with an underscore: the name of a tool is public.")
    if name in {"parse", "format_answer"}:
        raise TaskError(f"{name!r} is the name of a part of every tool: choose another.")


def to_value(text: str, kind: AnswerKind) -> str | int | float | bool:
    """Return the value of an answer's text; raises `ValueError` where the text is not of that kind."""
    if kind == "text":
        return text
    plain = text.strip()
    if kind == "bool":
        known = {"true": True, "false": False}
        if plain.lower() not in known:
            raise ValueError(f"{quoted(plain)} is neither True nor False")
        return known[plain.lower()]
    if kind == "int":
        return int(plain)
    number = float(plain)
    if math.isinf(number) and "inf" not in plain.lower():
        raise ValueError(f"{quoted(plain)} does not fit a float")
    return number
