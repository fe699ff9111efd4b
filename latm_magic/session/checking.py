"""Which rows of a column are worth a look, and taking in what you say of them.

The rows are chosen from what is known of each answer: whether proposals differ on it, its branches, whether a round of
making brought it, and what was refused. How a single answer is learned from is in `feedback.py`, what the checked ones
say of all in `verdict.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from latm_magic.answer import WAYS
from latm_magic.cache.records import Audit
from latm_magic.errors import TaskError
from latm_magic.intervals import checks_needed
from latm_magic.making.versions import since_begun
from latm_magic.routing.pending import cluster_questions
from latm_magic.session.verdict import random_audits
from latm_magic.solving.audit import chance
from latm_magic.solving.suspects import reconsider

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from latm_magic.answer import Answers
    from latm_magic.provenance import ColumnRecord, DifferingRow, Said
    from latm_magic.session.feedback import Feedback, FeedbackResult
    from latm_magic.session.parts import Parts
    from latm_magic.session.solving import Solving
    from latm_magic.session.versions import Versions
    from latm_magic.tool import ToolVersion

Why = Literal["differ", "untested", "new", "refused", "random"]
"""Why a row is worth a look: proposals of a making gave it different answers, a branch that no right sample ran, an
answer that a round of making brought, a wording that is refused; or chance alone."""


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
    said: tuple[Said, ...] = ()
    """For one on which proposals differ: what each of them said."""
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
        answers = self._solving.solve(questions, tool, ask=False, untested="mark")
        known = self._known(tool, answers.questions)
        if target is not None:
            return _with_none(self._random_sheet(tool, answers, known, rows, target), answers)
        found = [row for row in self._doubtful(tool, answers) if row.question not in known]
        none = f"No doubtful row of {name} is left in this column: nothing disputed, untested, new or refused."
        note = "" if found else none
        return _with_none(CheckSheet(name, tuple(found[:rows]), max(0, len(found) - rows), note=note), answers)

    def take(self, name: str, labels: Mapping[str, Any], *, is_random: bool) -> tuple[FeedbackResult, ...]:
        """Take in which answers are right; see `Session.checked`."""
        tool = self._versions.own(name)
        # A cell does not keep the blanks around a question.
        exact = {row.question.strip(): row.question for row in self._last[name].rows} if name in self._last else {}
        given = {exact.get(question.strip(), question): answer for question, answer in labels.items()}
        before = self._solving.solve(list(given), tool, ask=False, untested="mark") if given else None
        untested = {before.questions[place] for place in before.untested} if before else set()
        results = tuple(self._feedback.correct(question, answer, tool=name) for question, answer in given.items())
        audits = [
            Audit(
                name,
                tool.version,
                each.question,
                not each.is_correction,
                each.got,
                each.answer,
                "you",
                is_random,
                each.question in untested,
            )
            for each in results
            if each.was_answered
        ]
        self._parts.cache.feedback.keep_audits(audits)
        reconsider(self._parts.cache, tool, self._parts.settings.audit_bound, self._parts.tell)
        return results

    def _random_sheet(
        self, tool: ToolVersion, answers: Answers | None, known: set[str], rows: int, target: float
    ) -> CheckSheet:
        audits = random_audits(self._parts.cache.feedback, tool.name, tool.version)
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
        places = {question: place for place, question in reversed(list(enumerate(answers.questions)))}
        disputed = list(self._disputed(tool, answers, places))
        yield from disputed
        looked_at = {row.question for row in disputed}
        by_lines: dict[tuple[int, ...], list[int]] = {}
        for position, lines in answers.untested.items():
            by_lines.setdefault(lines, []).append(position)
        for lines, positions in sorted(by_lines.items(), key=lambda item: -len(item[1])):
            if looked_at.isdisjoint(answers.questions[position] for position in positions):
                first = positions[0]
                yield CheckRow(answers.questions[first], answers.texts[first], "untested", len(positions), lines)
        for question in self._gained(tool):
            place = places.get(question)
            if place is not None and place not in answers.untested and question not in looked_at:
                yield CheckRow(question, answers.texts[place], "new")
        refused = list(
            dict.fromkeys(
                question
                for question, way in zip(answers.questions, answers.ways, strict=True)
                if not WAYS[way].is_answer and question not in looked_at
            )
        )
        clusters, loose = cluster_questions(refused)
        for cluster in sorted(clusters, key=len, reverse=True):
            yield CheckRow(refused[cluster[0]], None, "refused", len(cluster))
        for place in loose:
            yield CheckRow(refused[place], None, "refused")

    def _disputed(self, tool: ToolVersion, answers: Answers, places: Mapping[str, int]) -> Iterator[CheckRow]:
        """Return one row for each wording in which the same proposals differ, most first."""
        by_sides: dict[tuple[tuple[int, ...], ...], list[DifferingRow]] = {}
        for row in (row for column in self._columns(tool) for row in column.differing if row.question in places):
            by_sides.setdefault(tuple(each.proposals for each in row.said), []).append(row)
        alike = [each for rows in by_sides.values() for each in _by_wording(rows)]
        for first, *others in sorted(alike, key=len, reverse=True):
            text = answers.texts[places[first.question]]
            yield CheckRow(first.question, text, "differ", 1 + len(others), said=first.said)

    def _gained(self, tool: ToolVersion) -> Iterable[str]:
        """Return the questions of the column that the rounds of making brought."""
        return dict.fromkeys(question for column in self._columns(tool) for question in column.gained)

    def _columns(self, tool: ToolVersion) -> list[ColumnRecord]:
        """Return what is known of columns from the makings of a version and of those that it grew from, newest first.

        What you have not looked at is not settled by a next version.
        """
        versions = (each for each in self._parts.cache.tools.versions(tool.name) if each.version <= tool.version)
        found = [each.provenance.column for each in since_begun(tool, versions)]
        return [column for column in reversed(found) if column is not None]

    def _known(self, tool: ToolVersion, questions: Sequence[str]) -> set[str]:
        """Return the questions whose answer you know: samples, and what you confirmed or corrected."""
        said = self._parts.cache.answers.find(dict.fromkeys(questions))
        confirmed = {question for question, answer in said.items() if answer.confirmed}
        return confirmed | {sample.question for sample in tool.all_samples}


def _by_wording(rows: Sequence[DifferingRow]) -> list[list[DifferingRow]]:
    clusters, loose = cluster_questions([row.question for row in rows])
    return [[rows[place] for place in places] for places in (*clusters, *([place] for place in loose))]


def _with_none(sheet: CheckSheet, answers: Answers) -> CheckSheet:
    """Tell rows whose answer is that there is none from refused ones."""
    none = {
        question
        for question, text, way in zip(answers.questions, answers.texts, answers.ways, strict=True)
        if text is None and WAYS[way].is_answer
    }
    return replace(sheet, rows=tuple(replace(row, is_none=row.question in none) for row in sheet.rows))
