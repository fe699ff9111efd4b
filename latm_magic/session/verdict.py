"""What a column came to, and what the answers that were checked at random say of all.

Rows that were chosen because they look doubtful say nothing here; which those are is in `checking.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from latm_magic.answer import WAYS
from latm_magic.events import Solved
from latm_magic.intervals import Stratum, stratified, wilson

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latm_magic.answer import Answers
    from latm_magic.cache.feedback import FeedbackTable
    from latm_magic.cache.records import Audit
    from latm_magic.session.parts import Parts
    from latm_magic.session.solving import Solving

_A_COLUMN = 20
"""Questions from which on a solve ends in a verdict."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a column came to, and what is known of it."""

    rows: int
    free: int
    by_model: int
    unanswered: int
    untested: int
    checked: int
    """Answers of these tool versions that were checked at random, here or before."""
    agreed: int
    cost_usd: float | None
    direct: str
    """What asking the strong model for each row would have cost, in words; "" = nobody knows."""
    strata: tuple[Stratum, ...] = ()
    """Untested and tested rows of the column with their checks, where both have some; else empty."""

    @property
    def interval(self) -> tuple[float, float]:
        """The share of right answers among those without a model, low and high, 0 to 1, at 95 % confidence.

        From random checks alone. Where both untested and tested rows of this column have some, each stratum counts by
        its size in the column (Wilson's limits of the strata, combined as Zou, Huang and Zhang do, 2009); else Wilson's
        interval over all checks of these tool versions. See `intervals`.
        """
        return stratified(self.strata) if self.strata else wilson(self.agreed, self.checked)

    def __str__(self) -> str:
        """Return the verdict in one line."""
        untested = f" ({self.untested:,} untested)" if self.untested else ""
        parts = [f"{self.rows:,} rows: {self.free:,} answered without a model{untested}"]
        parts += [f"{self.by_model:,} with one"] if self.by_model else []
        parts += [f"{self.unanswered:,} not answered"] if self.unanswered else []
        cost = "unknown" if self.cost_usd is None else f"{self.cost_usd:.4f} USD"
        direct = f", asking directly {self.direct}" if self.direct else ""
        return f"{', '.join(parts)}; {self._checked}; spent {cost}{direct}."

    @property
    def known(self) -> str:
        """What the checked answers say of all, and what asking directly would have cost."""
        return self._checked + (f"; asking directly: {self.direct}" if self.direct else "")

    @property
    def _checked(self) -> str:
        if not self.checked:
            return "none checked at random"
        low, high = self.interval
        weighted = ", untested and tested rows by their size" if self.strata else ""
        return (
            f"{self.agreed:,} of {self.checked:,} checked at random agree: {low:.1%} to {high:.1%} are right{weighted}"
        )


class Verdicts:
    """Says of columns that were solved what they came to."""

    def __init__(self, parts: Parts, solving: Solving) -> None:
        self._parts = parts
        self._solving = solving

    def verdict(self, answers: Answers) -> Verdict:
        """Return what a column came to; see `Session.verdict`."""
        counts = answers.counts()
        free = sum(count for way, count in counts.items() if WAYS[way].is_answer and not WAYS[way].asks_model)
        by_model = sum(count for way, count in counts.items() if WAYS[way].is_answer and WAYS[way].asks_model)
        feedback = self._parts.cache.feedback
        audits = [audit for used in _tools_of(answers) for audit in random_audits(feedback, *used)]
        return Verdict(
            rows=len(answers),
            free=free,
            by_model=by_model,
            unanswered=len(answers) - free - by_model,
            untested=len(answers.untested),
            checked=len(audits),
            agreed=sum(audit.agreed for audit in audits),
            cost_usd=answers.cost_usd,
            direct=self._solving.direct_words(answers),
            strata=_strata(answers, audits),
        )

    def tell(self, answers: Answers) -> None:
        """Tell what came of questions, of a column also what is known of its answers; a few need no verdict."""
        if len(answers) >= _A_COLUMN:
            answers.checked = self.verdict(answers).known
        self._parts.tell(Solved(answers))


def random_audits(feedback: FeedbackTable, name: str, version: int) -> list[Audit]:
    """Return what was checked at random of a version: each question that ever was once, as it was checked last."""
    audits = [audit for audit in feedback.audits(name) if audit.version == version and audit.is_checked]
    at_random = {audit.question for audit in audits if audit.is_random}
    return list({audit.question: audit for audit in audits if audit.question in at_random}.values())


def _strata(answers: Answers, audits: Sequence[Audit]) -> tuple[Stratum, ...]:
    """Return the untested and the tested different rows that a parser accepts, with the checks; () where one has none.

    A check belongs to what its row was when it was checked: you answer that row from then on, and a right answer makes
    others tested, so that what they are now depends on what was found.
    """
    if any(audit.was_untested is None for audit in audits):
        return ()
    marks = {
        question: position in answers.untested
        for position, (question, way) in enumerate(zip(answers.questions, answers.ways, strict=True))
        if WAYS[way].parser_accepted
    }
    rows = {*answers.questions}
    marks |= {audit.question: bool(audit.was_untested) for audit in audits if audit.question in rows}
    strata = []
    for is_untested in (True, False):
        agreed = [audit.agreed for audit in audits if audit.was_untested is is_untested]
        strata.append(Stratum(sum(agreed), len(agreed), sum(mark is is_untested for mark in marks.values())))
    return tuple(strata) if all(stratum.checked for stratum in strata) and marks else ()


def _tools_of(answers: Answers) -> set[tuple[str, int]]:
    pairs = set(zip(answers.tools, answers.versions, strict=True))
    return {(name, version) for name, version in pairs if name is not None and version is not None}
