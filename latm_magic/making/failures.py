"""What a maker is told of a module that was not good enough: what the policy refuses, which samples failed and how."""

from __future__ import annotations

from typing import TYPE_CHECKING

from latm_magic.making.room import cut_text, explained, unused_mark
from latm_magic.tools.data_marks import plain_data

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latm_magic.sandbox.records import Finding
    from latm_magic.task import Instance
    from latm_magic.verification import SampleResult, Verification

MAX_FAILURES_SHOWN = 16
_FEWEST_SHOWN = 6
_ENOUGH = 36_000
"""Characters of failures after which no more than the fewest are shown."""
_MAX_SHOWN_CHARACTERS = 6_000

_INSTEAD = {"missing": "(there is none: None)", "refusal": "(it must be refused: ValueError)"}


def right_answer(sample: Instance) -> str:
    """Return the answer of a sample, or what it is to get in place of one."""
    return sample.answer or "" if sample.expects == "answer" else _INSTEAD[sample.expects]


def describe_findings(findings: Sequence[Finding]) -> str:
    """Say what the sandbox's policy refuses in a module."""
    lines = "\n".join(f"- {finding}" for finding in findings)
    return f"The module was not run, because it holds what the sandbox does not allow:\n\n{lines}"


def describe_also(verification: Verification) -> str:
    """Say which changed samples the module answers as if nothing were changed; "" where it answers none so."""
    found = [each for each in verification.also if each.is_suspicious]
    if not found:
        return ""
    found = found[:_FEWEST_SHOWN]
    mark = _mark_for([text for each in found for text in (each.question, each.answer)])
    told = [
        f"Changed ({each.change}):\n{_cut(each.question, mark)}\n\nIts answer:\n{_cut(each.answer, mark)}"
        for each in found
    ]
    return "\n\n".join(
        [
            (
                "The module also answers questions that were made of the examples by changing what they ask for, as if"
                " nothing had been changed. Where such a question asks for something else, refuse it, and every other"
                " that differs so; where the answer is right all the same, leave it."
            ),
            *([explained(mark)] if mark else []),
            *map(plain_data, told),
        ]
    )


def describe_failures(verification: Verification, *, show_held_out: bool = False) -> str:
    """Say which samples failed and how; "" where all are held-out ones that may not be shown."""
    failures = verification.failures
    shown = [sample for sample in failures if show_held_out or sample.role != "held out"]
    if not shown:
        return ""
    hidden = len(failures) - len(shown)
    parts = [f"The module was run on {len(verification.samples)} questions; {verification.right} came out right."]
    mark = _mark_for([text for sample in shown[:MAX_FAILURES_SHOWN] for text in _texts(sample)])
    parts += [explained(mark)] if mark else []
    told = [plain_data(_describe(sample, number, mark)) for number, sample in enumerate(shown[:MAX_FAILURES_SHOWN], 1)]
    told = [
        text for number, text in enumerate(told) if number < _FEWEST_SHOWN or sum(map(len, told[:number])) < _ENOUGH
    ]
    parts += told
    if len(shown) > len(told):
        parts.append(f"{len(shown) - len(told)} more questions failed.")
    if hidden:
        parts.append(f"{hidden} further questions, which are not shown, failed too: the module is not general enough.")
    return "\n\n".join(parts)


def _texts(sample: SampleResult) -> tuple[str, ...]:
    return sample.question, right_answer(sample.sample), sample.got or "", sample.call, sample.detail


def _describe(sample: SampleResult, number: int, mark: str) -> str:
    head = {
        "wrong": "gave a wrong answer",
        "refused": "was refused, but has to be answered",
        "error": "ended in an error",
        "out of time": "took too long: find a faster way",
    }.get(sample.outcome, sample.outcome)
    parts = [f"Failure {number}, which {head}.\nQuestion:\n{_cut(sample.question, mark)}"]
    if sample.wanted or sample.expects != "answer":
        parts.append(f"Wanted:\n{_cut(right_answer(sample.sample), mark)}")
    if sample.got is not None:
        parts.append(f"Got:\n{_cut(sample.got, mark)}")
    if sample.call:
        parts.append(f"Called as:\n{_cut(sample.call, mark)}")
    if sample.detail:
        parts.append(f"Because:\n{_cut(sample.detail, mark)}")
    return "\n\n".join(parts)


def _mark_for(texts: Sequence[str]) -> str:
    """Return what marks the cuts of these texts; "" where none is too long."""
    return unused_mark(texts) if any(len(text) > _MAX_SHOWN_CHARACTERS for text in texts) else ""


def _cut(text: str, mark: str) -> str:
    return text if len(text) <= _MAX_SHOWN_CHARACTERS else cut_text(text, _MAX_SHOWN_CHARACTERS // 4, mark)
