"""How a making ends that no proposal passed: its error, what to try, and where proposals agree against a label."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from latm_magic.draft import Agreement
from latm_magic.errors import MakingFailed
from latm_magic.text import quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latm_magic.draft import Draft
    from latm_magic.task import Task
    from latm_magic.tool import Attempt
    from latm_magic.verification import Verification


def failure(task: Task, draft: Draft | None, attempts: Sequence[Attempt]) -> MakingFailed:
    """Return the error of a making that made no tool; it carries every attempt, and the draft where there is one."""
    return MakingFailed(_explain(task, draft, attempts), attempts=tuple(attempts), draft=draft)


def agreements(attempts: Sequence[Attempt], best: Verification) -> tuple[Agreement, ...]:
    """Return the samples that the best proposal does not get right, and two or more answer alike.

    A module that comes again word for word counts again: its maker was told what is wrong with it, and stays by it.
    """
    found: Counter[tuple[str, str, str]] = Counter()
    for attempt in attempts:
        for sample in attempt.verification.samples if attempt.verification else ():
            if sample.outcome == "wrong" and sample.got is not None:
                found[sample.question, sample.wanted, sample.got] += 1
    right = {sample.question for sample in best.samples if sample.outcome == "right"}
    return tuple(Agreement(*key, times) for key, times in found.items() if times > 1 and key[0] not in right)


def score(attempt: Attempt) -> str:
    """Say how many samples an attempt answered right, or how else it ended."""
    verification = attempt.verification
    return f"{verification.right} of {len(verification.samples)} right" if verification else attempt.outcome


def _explain(task: Task, draft: Draft | None, attempts: Sequence[Attempt]) -> str:
    """Return in two lines how far making came and what to try."""
    if attempts[-1].outcome == "not by rules":
        return (
            f"No tool {task.name!r}: the maker says that no rules can do it: {attempts[-1].fault}\n"
            "A model can be asked for each question: %latm_solve --direct (session.solve(questions, direct=True))."
        )
    judged = [attempt for attempt in attempts if attempt.verification is not None]
    best = max(judged, key=lambda a: a.verification.right if a.verification else 0, default=attempts[-1])
    came = f"the best answered {score(best)}" if judged else f"the last one: {best.outcome}"
    head = (
        f"No tool {task.name!r} after {len(attempts)} proposal{'s' * (len(attempts) > 1)}: {came}{_repeated(attempts)}."
    )
    if draft is None:
        return f"{head} Nothing was kept.\n{_advice(best)} Every attempt is in the error's .attempts."
    return (
        f"{head} It is left as a draft: %latm drafts shows what it does wrong, %latm keep {task.name} takes it.\n"
        f"{_against(draft)}{_advice(best)} Every attempt is in the error's .attempts."
    )


def _repeated(attempts: Sequence[Attempt]) -> str:
    is_known = any(attempts[-1].repeats(known) for known in attempts[:-1])
    return ", and the maker repeats itself" if is_known else ""


def _against(draft: Draft) -> str:
    """Say of the first sample on which proposals agree against your label that the label may be wrong."""
    if not draft.agreed:
        return ""
    most = max(draft.agreed, key=lambda each: each.proposals)
    is_all = most.proposals == draft.attempts
    who = f"All {most.proposals}" if is_all else f"{most.proposals} of {draft.attempts}"
    return (
        f"{who} proposals answer {quoted(most.question)} with {quoted(most.got)}: is your {quoted(most.wanted)} right? "
    )


def _advice(best: Attempt) -> str:
    if best.outcome == "no reply":
        return f"{best.fault} A larger max_tokens helps where a reply was cut off."
    if best.outcome == "no code":
        return "Try another maker_model: the replies held no module that could be read."
    if best.outcome == "refused by the policy":
        return "Try again, or allow a module that it needs with extra_modules: the sandbox refused the code."
    outcomes = {sample.outcome for sample in best.verification.failures} if best.verification else set()
    if outcomes == {"out of time"}:
        return "Raise timeout_s: what failed was only out of time."
    return "Say in the description what the examples leave open (ties, rounding, word order), check them, or add more."
