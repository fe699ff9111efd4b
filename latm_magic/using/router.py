"""The local router: which cached tool is a question for, how sure is that, and why; without a model, in microseconds.

It compares the question with the wordings that each tool's questions show (`evidence` says how), and is *sure* of a
tool when the confidence passes `SURE` and no other tool comes close. Not being sure means "ask the dispatcher model",
never "unknown"; being sure means "let this tool's parser try", never "this is the answer".

Adding, teaching or dropping a tool changes what is known of that tool and the shift of its nearest neighbours, nothing
else. What one decision costs hardly grows with the number of tools. Saving is left to `router_file`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from latm_magic.using import router_file
from latm_magic.using.calibration import confidence, score
from latm_magic.using.evidence import Evidence, Wording, evidence, left_out
from latm_magic.using.grouping import FEWEST, JOINS, Groups, group, regroup
from latm_magic.using.index import Index
from latm_magic.using.place import Place
from latm_magic.using.templates import Lexicon, Reading, masked, reading, shorten, tokens

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["Candidate", "Decision", "Evidence", "Router"]

SURE = 0.5
"""The confidence from which a tool is let try."""

CLEAR = 1.0
"""How much higher the best tool must score than the runner-up."""

MOST_QUESTIONS = 12
"""Questions that a wording keeps; a further one takes the place of the oldest."""

MOST_WORDINGS = 32
"""Wordings that a tool keeps."""

_WEIGHED = 8
_CLOSE = 0.6
_PLAIN = 2.0
_MEETING = 3
_NEIGHBOURS = 2
_NOTHING_NEW = 0.95
_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class Candidate:
    """A tool that a question may be for."""

    tool: str
    confidence: float
    """0 to 1."""
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Decision:
    """What the router makes of a question."""

    tool: str | None
    """The likeliest tool; None when no tool has anything in common with the question."""
    confidence: float
    """0 to 1."""
    sure: bool
    """Whether the tool's parser should try without asking a model."""
    candidates: tuple[Candidate, ...]
    """The likeliest tools, best first; when sure, the tool and the runner-up at most."""
    reason: str
    """One plain line: the evidences and the runner-up."""


class Router:
    """Learns which questions belong to which tool, and decides for new ones."""

    def __init__(self) -> None:
        self._lexicon = Lexicon()
        self._index = Index()
        self._places: dict[int, Place] = {}
        self._of_tool: dict[str, list[int]] = {}
        self._met: dict[str, set[int]] = {}
        self._next = 0
        self._decided: dict[tuple[tuple[int, ...], int], Decision] = {}

    @property
    def tools(self) -> tuple[str, ...]:
        """Names of the tools, in the order in which they were added."""
        return tuple(self._of_tool)

    def __contains__(self, tool: object) -> bool:
        return tool in self._of_tool

    def __len__(self) -> int:
        return len(self._of_tool)

    def add(self, tool: str, questions: Sequence[str]) -> None:
        """Take a tool in with the questions that it owns, in place of what was known of it."""
        self.drop(tool)
        self._of_tool[tool] = []
        kept = list(dict.fromkeys(map(shorten, questions)))[-MOST_QUESTIONS * MOST_WORDINGS :]
        readings = [self._learn_words(question) for question in kept]
        self._put_groups(tool, list(zip(kept, readings, strict=True)), group(readings))

    def learn(self, tool: str, question: str) -> bool:
        """Take in one more question that is confirmed to be the tool's; gives whether it taught anything.

        Three questions of a new wording make the next ones of that wording local.
        """
        question = shorten(question)
        if tool not in self._of_tool:
            self.add(tool, [question])
            return True
        if any(question in self._places[number].questions for number in self._of_tool[tool]):
            return False
        return self._teach(tool, question, self._learn_words(question))

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
        """Say which tool a question is for; any text will do. With candidates, at most `top` when not sure."""
        numbers = self._lexicon.numbers(question)
        seen = (tuple(numbers), top)
        decision = self._decided.get(seen)
        if decision is None:
            if len(self._decided) >= _REMEMBERED:
                self._decided.clear()
            decision = self._decided[seen] = self._decide(reading(numbers), top)
        return decision

    def decide_many(self, questions: Iterable[str]) -> list[Decision]:
        """Decide for each question, in order; a wording that was just routed is recognised at once."""
        return [self.decide(question) for question in questions]

    def save(self) -> bytes:
        """Give everything that was learned, as bytes for `load`."""
        return router_file.write(self._lexicon.kept(), list(self._of_tool), list(self._places.values()))

    @classmethod
    def load(cls, content: bytes) -> Router:
        """Give the router that was saved; raises `router_file.NotReadable` for a damaged one or one of another version."""
        words, tools, places = router_file.read(content)
        router = cls()
        router._lexicon = Lexicon(words)  # noqa: SLF001 - its own class
        router._of_tool = {tool: [] for tool in tools}  # noqa: SLF001
        for place in places:
            router._keep(place)  # noqa: SLF001
        return router

    def _decide(self, read: Reading, top: int) -> Decision:
        ranked = self._rank(read, top)
        if not ranked:
            return Decision(None, 0.0, False, (), "no tool has anything in common with this question: ask")  # noqa: FBT003
        value, place, _ = ranked[0]
        lead = value - ranked[1][0] if len(ranked) > 1 else CLEAR
        sure = place.certain and confidence(value) >= SURE and lead >= CLEAR
        candidates = tuple(Candidate(other.tool, confidence(points), found) for points, other, found in ranked)
        return Decision(place.tool, candidates[0].confidence, sure, candidates, _reason(candidates, place, lead, sure=sure))

    def _rank(self, read: Reading, top: int) -> list[tuple[float, Place, Evidence]]:
        """Weigh the nearest wordings, the best of each tool: all that come close to the first, and at least two."""
        best: dict[str, tuple[float, Place, Evidence]] = {}
        nearest = self._index.nearest(read.pairs)
        for rank, (votes, number) in enumerate(nearest):
            close = votes >= _CLOSE * nearest[0][0]
            if rank >= _WEIGHED or (not close and len(best) >= top):
                break
            if not close and len(best) > 1 and max(best.values(), key=_score)[0] >= _PLAIN:
                break
            place = self._places[number]
            found = evidence(place.wording, read)
            value = score(found) + place.shift
            if place.tool not in best or value > best[place.tool][0]:
                best[place.tool] = (value, place, found)
        return sorted(best.values(), key=_score, reverse=True)[:top]

    def _learn_words(self, question: str) -> Reading:
        return reading(masked([self._lexicon.number(token) for token in tokens(question)]))

    def _reading(self, question: str) -> Reading:
        return reading(self._lexicon.numbers(question))

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
        return [self._places[number] for number in sorted(neighbours, key=lambda number: -neighbours[number])[:_NEIGHBOURS]]

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

    def _teach(self, tool: str, question: str, read: Reading) -> bool:
        fits = {
            number: score(evidence(self._places[number].wording, read))
            for number in self._of_tool[tool]
            if self._places[number].certain
        }
        number = max(fits, key=fits.__getitem__, default=-1)
        if number >= 0 and fits[number] >= JOINS:
            full = len(self._places[number].questions) >= MOST_QUESTIONS
            if full and confidence(fits[number] + self._places[number].shift) > _NOTHING_NEW:
                return False
            self._renew(number, question, read)
        else:
            self._keep_loose(tool, question, read)
        return True

    def _renew(self, number: int, question: str, read: Reading) -> None:
        """Make a place anew with one question more."""
        place = self._places[number]
        rows = [(kept, self._reading(kept)) for kept in place.questions[-MOST_QUESTIONS + 1 :]]
        self._take_out(number)
        self._put(place.tool, [*rows, (question, read)])

    def _keep_loose(self, tool: str, question: str, read: Reading) -> None:
        """Keep a question of a wording that is not known yet; three alike make one.

        Wordings that do not hold together well are parted again: they were made before better company came.
        """
        numbers = [number for number in self._of_tool[tool] if self._places[number].is_weak]
        rows = [(kept, self._reading(kept)) for number in numbers for kept in self._places[number].questions]
        for number in numbers:
            self._take_out(number)
        rows.append((question, read))
        self._put_groups(tool, rows, regroup([kept for _, kept in rows]))


def _score(weighed: tuple[float, Place, Evidence]) -> float:
    return weighed[0]


def _reason(candidates: Sequence[Candidate], place: Place, lead: float, *, sure: bool) -> str:
    """Say in one line what spoke for the first candidate, and what kept the router from being sure."""
    first = candidates[0]
    other = f"runner-up {candidates[1].tool} at {candidates[1].confidence:.3f}" if len(candidates) > 1 else "no runner-up"
    text = f"{first.tool} at {first.confidence:.3f} ({first.evidence}); {other}"
    if sure:
        return text
    if not place.certain:
        return f"ask: fewer than {FEWEST} questions of one wording are known of {text}"
    return f"ask: {'the two are too close' if first.confidence >= SURE and lead < CLEAR else 'it is not sure'}; {text}"
