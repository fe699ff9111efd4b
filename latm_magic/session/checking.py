"""Which rows of a column are worth a look, taking in what you say of them, and what the checked ones say of all.

The rows are chosen from what is known of each answer: its branches, whether the last round of making brought it, and
what was refused. How a single answer is learned from is in `feedback.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from latm_magic.answer import WAYS
from latm_magic.cache.records import Audit
from latm_magic.errors import TaskError
from latm_magic.events import Note
from latm_magic.intervals import checks_needed, wilson
from latm_magic.making.column import choose_questions
from latm_magic.routing.pending import cluster_questions
from latm_magic.solving.audit import chance
from latm_magic.solving.questions import read_column
from latm_magic.solving.suspects import reconsider

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from latm_magic.answer import Answers
    from latm_magic.session.feedback import Feedback, FeedbackResult
    from latm_magic.session.parts import Parts
    from latm_magic.session.solving import Solving
    from latm_magic.session.versions import Versions
    from latm_magic.tool import ToolVersion

_A_COLUMN = 20
"""Questions from which on a solve ends in a verdict."""
_MOST_TOKENS = 6_000
"""Of the rows that are worth a label, together: a person has to read them."""

Why = Literal["untested", "new", "refused", "random"]
"""Why a row is worth a look: a branch that no right sample ran, an answer that a round of making brought, a wording
that is refused; or chance alone."""


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One row to look at."""

    question: str
    answer: str | None
    """What the tool says; None where it refuses, and where it says that there is none."""
    why: Why
    alike: int = 1
    """Rows of the column that share this reason: its branch, or its wording."""
    lines: tuple[int, ...] = ()
    """For an untested one: the lines of the tool's source that no right sample ran."""
    is_none: bool = False
    """The tool says that there is no answer."""


@dataclass(frozen=True, slots=True)
class CheckSheet:
    """The rows whose label tells most, to be filled in."""

    tool: str
    rows: tuple[CheckRow, ...]
    left: int
    """Reasons to look that are not on this sheet; for random rows: how many more there are to look at."""
    is_random: bool = False
    note: str = ""
    """What a random sheet proves once it is filled in, or that nothing is left to look at."""


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

    def __str__(self) -> str:
        """Return the verdict in one line."""
        untested = f" ({self.untested:,} untested)" if self.untested else ""
        parts = [f"{self.rows:,} rows: {self.free:,} answered without a model{untested}"]
        parts += [f"{self.by_model:,} with one"] if self.by_model else []
        parts += [f"{self.unanswered:,} not answered"] if self.unanswered else []
        low, high = wilson(self.agreed, self.checked)
        checked = "none checked at random"
        if self.checked:
            checked = f"{self.agreed:,} of {self.checked:,} checked at random agree: {low:.1%} to {high:.1%} are right"
        cost = "unknown" if self.cost_usd is None else f"{self.cost_usd:.4f} USD"
        direct = f", asking directly {self.direct}" if self.direct else ""
        return f"{', '.join(parts)}; {checked}; spent {cost}{direct}."


class Checking:
    """Chooses rows to check, and takes in what you say of them."""

    def __init__(self, parts: Parts, versions: Versions, solving: Solving, feedback: Feedback) -> None:
        self._parts = parts
        self._versions = versions
        self._solving = solving
        self._feedback = feedback
        self._last: dict[str, CheckSheet] = {}

    def sheet(self, name: str, questions: Any, *, rows: int, target: float | None) -> CheckSheet:
        """Return the rows of a column that are worth a look; see `Session.check`."""
        self._last[name] = sheet = self._sheet(name, questions, rows, target)
        return sheet

    def _sheet(self, name: str, questions: Any, rows: int, target: float | None) -> CheckSheet:
        tool = self._versions.own(name)
        if questions is None:
            if target is None:
                raise TaskError(f"Which column? %latm check {name} EXPR, or --target 98% for the number of rows alone.")
            return self._random_sheet(tool, None, set(), rows, target)
        answers = self._solving.solve(questions, tool, ask=False)
        known = self._known(tool, answers.questions)
        if target is not None:
            return _with_none(self._random_sheet(tool, answers, known, rows, target), answers)
        found = [row for row in self._doubtful(tool, answers) if row.question not in known]
        note = "" if found else f"No doubtful row of {name} is left in this column: nothing untested, new or refused."
        return _with_none(CheckSheet(name, tuple(found[:rows]), max(0, len(found) - rows), note=note), answers)

    def take(self, name: str, labels: Mapping[str, Any], *, is_random: bool) -> tuple[FeedbackResult, ...]:
        """Take in which answers are right; see `Session.checked`."""
        tool = self._versions.own(name)
        # A cell does not keep the blanks around a question.
        exact = {row.question.strip(): row.question for row in self._last[name].rows} if name in self._last else {}
        given = {exact.get(question.strip(), question): answer for question, answer in labels.items()}
        results = tuple(self._feedback.correct(question, answer, tool=name) for question, answer in given.items())
        audits = [
            Audit(name, tool.version, each.question, not each.is_correction, each.got, each.answer, "you", is_random)
            for each in results
            if each.was_answered
        ]
        self._parts.cache.feedback.keep_audits(audits)
        reconsider(self._parts.cache, tool, self._parts.settings.audit_bound, self._parts.tell)
        return results

    def verdict(self, answers: Answers) -> Verdict:
        """Return what a column came to; see `Session.verdict`."""
        counts = answers.counts()
        free = sum(count for way, count in counts.items() if WAYS[way].is_answer and not WAYS[way].asks_model)
        by_model = sum(count for way, count in counts.items() if WAYS[way].is_answer and WAYS[way].asks_model)
        audits = [audit for used in _tools_of(answers) for audit in self._random_audits(*used)]
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
        )

    def tell_verdict(self, answers: Answers) -> None:
        """Tell what a column came to; a few questions need no verdict."""
        if len(answers) >= _A_COLUMN:
            self._parts.tell(Note(str(self.verdict(answers))))

    def advise(self, questions: Any, rows: int) -> tuple[str, ...]:
        """Return the rows of a column that are most worth a label; see `Session.advise`."""
        instances, _index = read_column(questions)
        known = [text for text in instances if isinstance(text, str) and text.strip()]
        if not known:
            raise TaskError("The column holds no text: give the questions that you want answered.")
        return choose_questions(known, (), rows, _MOST_TOKENS)

    def _random_sheet(
        self, tool: ToolVersion, answers: Answers | None, known: set[str], rows: int, target: float
    ) -> CheckSheet:
        audits = list(self._random_audits(tool.name, tool.version))
        known = known | {audit.question for audit in audits}
        faults = sum(not audit.agreed for audit in audits)
        try:
            missing = checks_needed(target, faults) - len(audits)
        except ValueError as fault:
            raise TaskError(f"The target cannot be proved: {fault}, for example 98%.") from None
        so_far = f"{len(audits):,} checked at random, {faults:,} of them wrong"
        if missing <= 0:
            return CheckSheet(
                tool.name, (), 0, is_random=True, note=f"{100 * target:g} % is proved at 95 % confidence: {so_far}."
            )
        accepted = (
            []
            if answers is None
            else [
                (question, text)
                for question, text, way in zip(answers.questions, answers.texts, answers.ways, strict=True)
                if WAYS[way].parser_accepted and question not in known
            ]
        )
        # The same rows each time, by a number that follows from tool and question alone.
        by_chance = sorted(dict(accepted).items(), key=lambda pair: chance(tool.name, pair[0]))
        chosen = tuple(CheckRow(question, text, "random") for question, text in by_chance[: min(rows, missing)])
        note = f"{missing:,} more random rows without a fault prove {100 * target:g} %; so far {so_far}."
        if answers is not None and len(by_chance) < missing:
            note += f" This column has {len(by_chance):,} left: check all of them, and you know each."
        return CheckSheet(tool.name, chosen, missing - len(chosen), is_random=True, note=note)

    def _doubtful(self, tool: ToolVersion, answers: Answers) -> Iterator[CheckRow]:
        """Return one row for each reason to look, most telling first."""
        by_lines: dict[tuple[int, ...], list[int]] = {}
        for position, lines in answers.untested.items():
            by_lines.setdefault(lines, []).append(position)
        for lines, positions in sorted(by_lines.items(), key=lambda item: -len(item[1])):
            first = positions[0]
            yield CheckRow(answers.questions[first], answers.texts[first], "untested", len(positions), lines)
        for question in self._gained(tool):
            place = _position(answers, question)
            if place is not None and place not in answers.untested:
                yield CheckRow(question, answers.texts[place], "new")
        refused = list(
            dict.fromkeys(
                question
                for question, way in zip(answers.questions, answers.ways, strict=True)
                if not WAYS[way].is_answer
            )
        )
        clusters, loose = cluster_questions(refused)
        for places in sorted(clusters, key=len, reverse=True):
            yield CheckRow(refused[places[0]], None, "refused", len(places))
        for place in loose:
            yield CheckRow(refused[place], None, "refused")

    def _gained(self, tool: ToolVersion) -> Iterable[str]:
        """Return the questions of the column that the rounds of making brought."""
        column = tool.provenance.column
        return column.gained if column else ()

    def _known(self, tool: ToolVersion, questions: Sequence[str]) -> set[str]:
        """Return the questions whose answer you know: samples, and what you confirmed or corrected."""
        said = self._parts.cache.answers.find(dict.fromkeys(questions))
        confirmed = {question for question, answer in said.items() if answer.confirmed}
        return confirmed | {sample.question for sample in tool.all_samples}

    def _random_audits(self, name: str, version: int) -> Iterator[Audit]:
        """Return what was checked at random of a version, each question once, as it was checked last."""
        audits = {
            audit.question: audit for audit in self._parts.cache.feedback.audits(name) if audit.version == version
        }
        return (audit for audit in audits.values() if audit.is_random and audit.is_checked)


def _with_none(sheet: CheckSheet, answers: Answers) -> CheckSheet:
    """Tell rows whose answer is that there is none from refused ones."""
    none = {
        question
        for question, text, way in zip(answers.questions, answers.texts, answers.ways, strict=True)
        if text is None and WAYS[way].is_answer
    }
    return replace(sheet, rows=tuple(replace(row, is_none=row.question in none) for row in sheet.rows))


def _tools_of(answers: Answers) -> set[tuple[str, int]]:
    pairs = set(zip(answers.tools, answers.versions, strict=True))
    return {(name, version) for name, version in pairs if name is not None and version is not None}


def _position(answers: Answers, question: str) -> int | None:
    try:
        return answers.questions.index(question)
    except ValueError:
        return None
