"""The local router: which cached tool is a question for, how sure is that, and why; without a model, in microseconds.

It compares the question with the wordings that each tool's questions show (`evidence` says how), and is *sure* of a
tool when the confidence passes `SURE` and no other tool comes close. Not being sure means "ask the dispatcher model",
never "unknown"; being sure means "let this tool's parser try", never "this is the answer".

Adding, teaching or dropping a tool changes what is known of that tool and the shift of its nearest neighbours, nothing
else. What one decision costs hardly grows with the number of tools. Saving is left to `router_file`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from latm_magic.routing.lexical import file as router_file
from latm_magic.routing.lexical.calibration import confidence, score
from latm_magic.routing.lexical.cluster import Place
from latm_magic.routing.lexical.clustering import JOINS, Groups, group, regroup
from latm_magic.routing.lexical.features import Wording, evidence, left_out
from latm_magic.routing.lexical.index import Index
from latm_magic.routing.lexical.ranking import decide, rank
from latm_magic.routing.lexical.tokens import Lexicon, Reading, masked, reading, shorten, tokens

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from latm_magic.routing.router import Decision

__all__ = ["LexicalRouter"]

MOST_QUESTIONS = 12
"""Questions that a wording keeps; a further one takes the place of the oldest."""

MOST_WORDINGS = 32
"""Wordings that a tool keeps."""

REMEMBERED = 2_000
"""Masked questions whose decision is kept, until a tool is added, taught or dropped."""

_MEETING, _NEIGHBOURS = 3, 2
_NOTHING_NEW = 0.95


class LexicalRouter:
    """Learns which questions belong to which tool, and decides for new ones."""

    def __init__(self) -> None:
        self._lexicon = Lexicon()
        self._index = Index()
        self._places: dict[int, Place] = {}
        self._of_tool: dict[str, list[int]] = {}
        self._met: dict[str, set[int]] = {}
        self._next = 0
        self._decided: dict[tuple[tuple[int, ...], int, int], Decision] = {}

    @property
    def tools(self) -> tuple[str, ...]:
        """Names of the tools, in the order in which they were added."""
        return tuple(self._of_tool)

    def __contains__(self, tool: object) -> bool:
        return tool in self._of_tool

    def add(self, tool: str, questions: Sequence[str]) -> None:
        """Take a tool in with the questions that it owns, in place of what was known of it.

        The first twelve are looked at together; what comes after them is learned one by one.
        """
        self.drop(tool)
        self._of_tool[tool] = []
        kept = list(dict.fromkeys(map(shorten, questions)))
        first = [(question, self._learn_words(question)) for question in kept[:MOST_QUESTIONS]]
        self._put_groups(tool, first, group([read for _, read in first]))
        for question in kept[MOST_QUESTIONS:]:
            self._teach(tool, question)

    def learn(self, tool: str, question: str) -> bool:
        """Take in one more question that is confirmed to be the tool's; gives whether it taught anything.

        Three questions of a new wording make the next ones of that wording local.
        """
        question = shorten(question)
        if tool not in self._of_tool:
            self.add(tool, [question])
            return True
        return self._teach(tool, question)

    def drop(self, tool: str) -> None:
        """Forget a tool; nothing happens when it is not there."""
        for number in list(self._of_tool.get(tool, ())):
            self._take_out(number)
        self._of_tool.pop(tool, None)
        for number in self._met.pop(tool, ()):
            if number in self._places:
                self._places[number].forget(tool)
        self._decided.clear()

    def decide(self, question: str, top: int = 5) -> Decision:
        """Say which tool a question is for, with at most `top` candidates; any text will do."""
        numbers, strange = masked(self._lexicon.numbers(question))
        seen = (tuple(numbers), strange, top)
        found = self._decided.get(seen)
        if found is None:
            if len(self._decided) >= REMEMBERED:
                self._decided.clear()
            found = self._decided[seen] = self._decide(reading(numbers, strange), top)
        return found

    def decide_many(self, questions: Iterable[str]) -> list[Decision]:
        """Decide for each question, in order; a masked question that was just routed is recognised at once."""
        return [self.decide(question) for question in questions]

    def save(self) -> bytes:
        """Give everything that was learned, as bytes for `load`."""
        return router_file.write(self._lexicon.kept(), list(self._of_tool), list(self._places.values()))

    def load(self, content: bytes) -> None:
        """Take in what `save` gave, in place of everything known; raises `NotReadable`."""
        words, tools, places = router_file.read(content)
        self._lexicon, self._index = Lexicon(words), Index()
        self._places, self._met = {}, {}
        self._of_tool = {tool: [] for tool in tools}
        self._decided.clear()
        for place in places:
            self._keep(place)

    def _decide(self, read: Reading, top: int) -> Decision:
        return decide(rank(read, self._index.nearest(read.pairs), self._places, top), top)

    def _learn_words(self, question: str) -> Reading:
        return reading([self._lexicon.number(token) for token in tokens(question)])

    def _reading(self, question: str) -> Reading:
        return reading(*masked(self._lexicon.numbers(question)))

    def _put(self, tool: str, rows: list[tuple[str, Reading]], *, certain: bool = True) -> None:
        """Make a place of questions of one wording, and let it and its nearest neighbours meet."""
        readings = [read for _, read in rows]
        own = [score(found) for found in left_out(readings)] if certain else []
        place = Place(tool, [question for question, _ in rows], Wording.of(readings), certain, own)
        if certain:
            for neighbour in self._let_meet(tool, readings[:_MEETING]):
                for question in neighbour.questions[:_MEETING]:
                    place.meet(neighbour.tool, score(evidence(place.wording, self._reading(question))))
        place.settle()
        self._keep(place)

    def _let_meet(self, tool: str, readings: Sequence[Reading]) -> list[Place]:
        """Show a tool's questions to the nearest places of other tools; gives the nearest few."""
        neighbours: dict[int, float] = {}
        for read in readings:
            near = [number for _, number in self._index.nearest(read.pairs) if self._places[number].tool != tool]
            for number in near[:_NEIGHBOURS]:
                place = self._places[number]
                value = score(evidence(place.wording, read))
                neighbours[number] = max(value, neighbours.get(number, value))
                if place.meet(tool, value):
                    self._met.setdefault(tool, set()).add(number)
                    place.settle()
        return [
            self._places[number] for number in sorted(neighbours, key=lambda number: -neighbours[number])[:_NEIGHBOURS]
        ]

    def _put_groups(self, tool: str, rows: Sequence[tuple[str, Reading]], groups: Groups) -> None:
        wordings, loose = groups
        for members in wordings[: MOST_WORDINGS - len(self._of_tool[tool])]:
            self._put(tool, [rows[place] for place in members[-MOST_QUESTIONS:]])
        if loose:
            self._put(tool, [rows[place] for place in loose[-MOST_QUESTIONS:]], certain=False)

    def _keep(self, place: Place) -> None:
        number = self._next
        self._next += 1
        self._places[number] = place
        self._of_tool[place.tool].append(number)
        self._index.add(number, place.indexed)
        for tool in place.others:
            self._met.setdefault(tool, set()).add(number)
        self._decided.clear()

    def _take_out(self, number: int) -> None:
        place = self._places.pop(number)
        self._of_tool[place.tool].remove(number)
        self._index.drop(number, place.indexed)
        self._decided.clear()

    def _teach(self, tool: str, question: str) -> bool:
        """Put a question where it belongs; what is known well is not looked at twice."""
        places = {number: self._places[number] for number in self._of_tool[tool]}
        if any(question in place.questions for place in places.values()):
            return False
        read = self._reading(question)
        fits = {n: score(evidence(place.wording, read)) for n, place in places.items() if place.certain}
        number = max(fits, key=fits.__getitem__, default=-1)
        if number < 0 or fits[number] < JOINS:
            self._keep_loose(tool, question)
            return True
        place = places[number]
        if len(place.questions) >= MOST_QUESTIONS and confidence(fits[number] + place.shift) > _NOTHING_NEW:
            return False
        self._renew(number, question)
        return True

    def _renew(self, number: int, question: str) -> None:
        """Make a place anew with one question more."""
        place = self._places[number]
        self._take_out(number)
        kept = [*place.questions[-MOST_QUESTIONS + 1 :], question]
        self._put(place.tool, [(text, self._learn_words(text)) for text in kept])

    def _keep_loose(self, tool: str, question: str) -> None:
        """Keep a question of a wording that is not known yet; three alike make one.

        Wordings that do not hold together well are parted again: they were made before better company came.
        """
        weak = [number for number in self._of_tool[tool] if self._places[number].is_weak]
        kept = [text for number in weak for text in self._places[number].questions]
        for number in weak:
            self._take_out(number)
        rows = [(text, self._learn_words(text)) for text in [*kept, question]]
        self._put_groups(tool, rows, regroup([read for _, read in rows]))
