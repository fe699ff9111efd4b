"""What a tool can learn from: questions that it refused, answers that were wrong, and answers that are in dispute.

Gathered from the cache. `growing.py` uses them, `prompts.py` tells them to the maker.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from latm_magic.making.room import cut_text, unused_mark
from latm_magic.routing.pending import cluster_questions
from latm_magic.task import Expects, Instance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latm_magic.cache.cache import Cache
    from latm_magic.tool import ToolVersion

MAX_SHOWN = 24
"""Questions that a maker is shown at most: a few of each wording say as much as all."""
MAX_SHOWN_CHARACTERS = 32_000
MOST_REFUSED = 500
"""Refused questions that a next version is tried on: the newest."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """A question that a tool has something to learn from."""

    question: str
    wanted: str | None = None
    """What is right ("corrected"), what a checked call gave ("refused"), what the strong model says ("disputed"); None
    where nobody knows."""
    got: str = ""
    """What the tool gave; "" for a refusal."""
    expects: Expects = "answer"
    """What is right where it is not `wanted`, which is None then: no answer at all, or a refusal."""

    @property
    def sample(self) -> Instance:
        """The question with what is known to be right."""
        return Instance(self.question, self.wanted, self.expects)


@dataclass(frozen=True, slots=True)
class Lessons:
    """Everything that one tool has to learn from, oldest first."""

    corrected: tuple[Lesson, ...] = ()
    """You said what is right."""
    refused: tuple[Lesson, ...] = ()
    disputed: tuple[Lesson, ...] = ()
    """The strong model gave another answer than the tool, and you have not said which is right."""
    mark: str = ""
    """What the line begins with that stands in place of the middle of a text; "" where none is cut."""

    def __bool__(self) -> bool:
        return bool(self.corrected or self.refused or self.disputed)

    @property
    def count(self) -> int:
        """How many questions there are in all."""
        return len(self.corrected) + len(self.refused) + len(self.disputed)

    def labelled(self) -> Lessons:
        """Return the lessons without the questions that have no answer, which may be kept at home."""
        return replace(self, refused=tuple(lesson for lesson in self.refused if lesson.wanted is not None))

    def shown(self) -> Lessons:
        """Return what fits into one request: first what was wrong, then refusals of as many wordings as possible.

        What is too long is left out; where nothing is short enough, the first is shown with its texts cut.
        """
        refused, characters, shown = _by_wording(self.refused), MAX_SHOWN_CHARACTERS, set[Lesson]()
        for lesson in (*self.corrected, *self.disputed, *refused):
            size = len(lesson.question) + len(lesson.wanted or "") + len(lesson.got)
            if len(shown) < MAX_SHOWN and size <= characters:
                shown.add(lesson)
                characters -= size
        parts = (self.corrected, refused, self.disputed)
        if not shown:
            return self._first_cut()
        corrected, refusals, disputed = (tuple(each for each in part if each in shown) for part in parts)
        return Lessons(corrected, refusals, disputed)

    def _first_cut(self) -> Lessons:
        """Return the first lesson alone, with its texts cut."""
        first = next(iter((*self.corrected, *self.disputed, *self.refused)), None)
        if first is None:
            return self
        mark = unused_mark([first.question, first.wanted or "", first.got])
        question, wanted, got = (
            cut_text(text, MAX_SHOWN_CHARACTERS // 12, mark) for text in (first.question, first.wanted or "", first.got)
        )
        short = replace(first, question=question, wanted=first.wanted and wanted, got=got)
        parts = (self.corrected, self.refused, self.disputed)
        corrected, refused, disputed = ((short,) if first in part else () for part in parts)
        return Lessons(corrected, refused, disputed, mark)


def _by_wording(refused: Sequence[Lesson]) -> list[Lesson]:
    """Order refusals so that the first few are of different wordings, those with a known answer before the others."""
    clusters, loose = cluster_questions([lesson.question for lesson in refused])
    waiting = deque(
        deque(sorted((refused[place] for place in places), key=lambda lesson: lesson.wanted is None))
        for places in (*clusters, *([place] for place in loose))
    )
    ordered = []
    while waiting:
        group = waiting.popleft()
        ordered.append(group.popleft())
        if group:
            waiting.append(group)
    return ordered


def gather(cache: Cache, tool: ToolVersion) -> Lessons:
    """Return all that the cache holds for this tool to learn from; each question once."""
    corrected = tuple(
        Lesson(c.question, c.sample.answer, c.got, c.expects) for c in cache.feedback.corrections(tool.name)
    )
    taken = {lesson.question for lesson in corrected}
    known = {sample.question for sample in tool.all_samples}
    refused = [r.question for r in cache.feedback.refusals(tool.name) if r.question not in taken | known][
        -MOST_REFUSED:
    ]
    answers = cache.answers.find(refused)
    lessons = [Lesson(question) for question in refused]
    for place, lesson in enumerate(lessons):
        answer = answers.get(lesson.question)
        if answer is not None and (answer.tool == tool.name or answer.confirmed):
            lessons[place] = replace(lesson, wanted=answer.sample.answer, expects=answer.expects)
    return Lessons(corrected, tuple(lessons), _disputed(cache, tool, taken | known | set(refused)))


def _disputed(cache: Cache, tool: ToolVersion, taken: set[str]) -> tuple[Lesson, ...]:
    odd = {a.question: a for a in cache.feedback.audits(tool.name) if a.version == tool.version and a.is_disputed}
    answers = cache.answers.find(odd)
    settled = {question for question, answer in answers.items() if answer.confirmed}
    return tuple(
        Lesson(question, audit.model_text, audit.tool_text)
        for question, audit in odd.items()
        if question not in taken | settled
    )
