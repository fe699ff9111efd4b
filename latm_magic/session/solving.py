"""From questions as people hold them to answers, and what answering them directly would have cost."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from latm_magic.answer import WAYS
from latm_magic.bill import billing
from latm_magic.errors import LatmError, TaskError
from latm_magic.events import Note
from latm_magic.models.ledger import direct_usage
from latm_magic.session.ways_by_day import WaysByDay
from latm_magic.shown import Shown
from latm_magic.solving.batch import Batch
from latm_magic.solving.questions import read_column, read_stream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from latm_magic.answer import Answer, Answers, Way
    from latm_magic.models.ledger import DirectEstimate
    from latm_magic.session.parts import Parts
    from latm_magic.solving.context import Untested
    from latm_magic.tool import ToolVersion


@dataclass(frozen=True, slots=True)
class Preview(Shown):
    """What a column comes to without a model, and a few of its rows to look at."""

    answers: Answers
    """One an instance, all of them."""
    positions: tuple[int, ...]
    """Where to look, in order: spread over the column, and over what was not answered."""

    @classmethod
    def of(cls, answers: Answers, rows: int) -> Preview:
        """Choose about `rows` positions: of each way without an answer a few, the rest evenly."""
        by_way: dict[Way, list[int]] = {}
        for position, way in enumerate(answers.ways):
            by_way.setdefault(way, []).append(position)
        without = [positions for way, positions in by_way.items() if not WAYS[way].is_answer]
        chosen = {position for positions in without for position in _spread(positions, rows // 4)}
        answered = sorted(position for way, found in by_way.items() if WAYS[way].is_answer for position in found)
        chosen.update(_spread(answered, rows - len(chosen)))
        rest = [position for positions in without for position in positions if position not in chosen]
        chosen.update(_spread(rest, rows - len(chosen)))
        return cls(answers, tuple(sorted(chosen)))


def _spread(positions: Sequence[int], count: int) -> Sequence[int]:
    """Return `count` of the positions at even distances, the first and the last among them."""
    if count >= len(positions):
        return positions
    if count <= 1:
        return positions[: max(0, count)]
    return [positions[number * (len(positions) - 1) // (count - 1)] for number in range(count)]


class Solving:
    """Solves the questions of a session, and counts them."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self.ways = WaysByDay(parts)
        self._instances = self._question_characters = self._answer_characters = 0

    def solve(
        self,
        questions: Any,
        tool: ToolVersion | None,
        *,
        direct: bool = False,
        ask: bool | None = None,
        retry: bool = False,
        untested: Untested | None = None,
    ) -> Answers:
        """Answer questions through the dispatcher, or with one tool only; see `Session.solve`.

        `untested` takes the place of the setting.
        """
        answers, fault = self.answer(questions, tool, direct=direct, ask=ask, retry=retry, untested=untested)
        characters = sum(map(len, answers.questions)), sum(len(text) for text in answers.texts if text)
        self.count(answers.counts(), *characters)
        if fault is not None and all(way == "failed" for way in answers.ways):
            raise fault
        return answers

    def answer(
        self,
        questions: Any,
        tool: ToolVersion | None,
        *,
        direct: bool = False,
        ask: bool | None = None,
        retry: bool = False,
        untested: Untested | None = None,
    ) -> tuple[Answers, LatmError | None]:
        """Do the same, counting nothing; return the first fault that left questions unasked, too."""
        instances, index = read_column(questions)
        if tool is not None and tool.is_draft:
            failed = tool.verification.failures[0].summary
            self._parts.tell(Note(f"{tool.name} is a draft, which fails for example on {failed}.", "warning"))
        batch = Batch(instances)
        dispatcher = self._parts.dispatcher(direct=direct, ask=ask, retry=retry, untested=untested)
        with self._parts.ledger.gathering(), billing() as bill:
            if tool is None:
                dispatcher.solve(batch)
            else:
                dispatcher.solve_with(batch, tool)
            if ask is not False and (auditor := self._parts.auditor()) is not None:
                with billing() as bill.audits:
                    auditor.audit(batch)
        answers = batch.answers(index)
        answers.bill = bill
        return answers, dispatcher.fault

    def count(self, ways: Mapping[Way, int], question_characters: int, answer_characters: int) -> None:
        """Count what was solved: how many answers came which way, and how long all texts are."""
        if ways:
            self.ways.add(ways)
        self._instances += sum(ways.values())
        self._question_characters += question_characters
        self._answer_characters += answer_characters

    def stream(self, questions: Iterable[str], block: int) -> Iterator[Answer]:
        """Answer questions `block` at a time; see `Session.stream`."""
        if not isinstance(block, int) or block < 1:
            raise TaskError(f"A stream cannot be read {block!r} questions at a time: give a whole number from 1.")
        return self._answer_blocks(iter(read_stream(questions)), block)

    def _answer_blocks(self, waiting: Iterator[Any], block: int) -> Iterator[Answer]:
        fault: Exception | None = None
        while fault is None:
            some: list[Any] = []
            try:
                some.extend(islice(waiting, block))  # keeps what was read when the iterator raises
            except Exception as raised:  # noqa: BLE001  it is raised again behind the answers
                fault = raised
            if some:
                yield from self.solve(some, None, direct=False)
            elif fault is None:
                return
        raise fault

    def direct_estimate(self) -> DirectEstimate | None:
        """Estimate what the maker model would have cost for all that was solved; see `Session.direct_estimate`."""
        model = self._parts.roles.name_of("maker")
        if not (model and self._instances):
            return None
        return self._parts.ledger.direct_estimate(
            model,
            self._parts.settings.base_url,
            instances=self._instances,
            question_characters=self._question_characters,
            answer_characters=self._answer_characters,
        )

    def direct_words(self, answers: Answers) -> str:
        """Return in words what asking the strong model for each of these rows would have cost; "" = nobody knows."""
        model = self._parts.roles.name_of("direct")
        characters = sum(map(len, filter(None, answers.texts)))
        usage = direct_usage(len(answers), sum(map(len, answers.questions)), characters)
        cost = self._parts.ledger.prices.cost_usd(model, usage, self._parts.settings.base_url) if model else None
        return "" if cost is None else f"about {cost:.2g} USD"
