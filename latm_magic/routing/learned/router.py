"""A `Router` around a trained network: it keeps the questions of each tool, and trains when a decision needs it.

It is sure of a tool when its score is ahead of the next one's by the margin that was found in training. Questions of
unseen tasks mostly stay below it; whether a question is a tool's is for the tool's own parser to say, in any case.

A tool that joins makes the network be trained again, with the next decision; in the embedding space it joins by the
mean of its questions instead. Confirmed questions are kept, and trained on once there are half as many again as last
time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from latm_magic.reasons import with_numbers
from latm_magic.routing.learned import file
from latm_magic.routing.learned.networks import build, padded, scores
from latm_magic.routing.learned.reading import sequence_of
from latm_magic.routing.learned.training import NEVER, Fitted, fit, joined
from latm_magic.routing.lexical.tokens import truncate
from latm_magic.routing.router import Candidate, Decision

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from latm_magic.routing.learned.networks import Kind

MOST_QUESTIONS = 200
"""Questions of a tool that are kept; a further one takes the place of the oldest."""

GROWTH = 1.5
"""How many times the questions of the last training there must be for the next one."""

_BLOCK = 512
_NOTHING = Decision(None, 0.0, sure=False, reason="ask: no tool is known")


class LearnedRouter:
    """A `Router` of one of four kinds of network; see the Protocol for what each method promises. Needs torch."""

    def __init__(self, kind: Kind = "linear", *, seed: int = 0, gumbel: bool = False) -> None:
        self._kind: Kind = kind
        self._seed = seed
        self._gumbel = gumbel
        self._questions: dict[str, list[str]] = {}
        self._fitted: Fitted | None = None
        self._new: set[str] = set()
        """Tools whose questions changed since the network last saw them."""

    @property
    def tools(self) -> tuple[str, ...]:
        """Names of the tools, in the order in which they were added."""
        return tuple(self._questions)

    def __contains__(self, tool: object) -> bool:
        return tool in self._questions

    def add(self, tool: str, questions: Sequence[str]) -> None:
        """Take a tool in with the questions that it owns, in place of what was known of it."""
        self.drop(tool)
        self._questions[tool] = list(dict.fromkeys(map(truncate, questions)))[-MOST_QUESTIONS:]
        self._new.add(tool)

    def learn(self, tool: str, question: str) -> bool:
        """Keep one more question that is confirmed to be the tool's; return whether it is new."""
        text = truncate(question)
        known = self._questions.setdefault(tool, [])
        if text in known:
            return False
        self._questions[tool] = [*known[-MOST_QUESTIONS + 1 :], text]
        if not known or self._kind == "embedding":
            self._new.add(tool)
        return True

    def drop(self, tool: str) -> None:
        """Forget a tool, if it is known; the network keeps a place that no decision names."""
        self._questions.pop(tool, None)
        self._new.discard(tool)

    def decide(self, question: str, top: int = 5) -> Decision:
        """Return which tool a question is for, with at most `top` candidates; any text will do."""
        return self._decide([question], top)[0]

    def decide_many(self, questions: Iterable[str]) -> list[Decision]:
        """Return a decision for each question, in order; a masked question is looked at once."""
        return self._decide(list(questions), 5)

    def related(self, question: str) -> list[str]:
        """Return the names of all tools, the likeliest first; a network does not tell who has nothing in common."""
        ranked = [candidate.tool for candidate in self.decide(question, len(self._questions)).candidates]
        return [*ranked, *(tool for tool in self._questions if tool not in ranked)]

    @property
    def parameters(self) -> int:
        """How many numbers the network has learned; 0 before it is trained."""
        fitted = self._ready()
        return sum(part.numel() for part in fitted.network.parameters()) if fitted else 0

    def save(self) -> bytes:
        """Return everything that was learned, as bytes for `load`; nothing is trained for it."""
        fitted = self._fitted
        about: dict[str, Any] = {"questions": self._questions, "new": sorted(self._new), "fitted": None}
        if fitted is None:
            return file.write(self._kind, about, {})
        margin = None if fitted.margin == NEVER else fitted.margin
        about["fitted"] = {"tools": fitted.tools, "margin": margin, "seen": fitted.seen}
        arrays = {name: tensor.numpy() for name, tensor in fitted.network.state_dict().items()}
        return file.write(self._kind, about, arrays)

    def load(self, content: bytes) -> None:
        """Take in what `save` returned, in place of everything known; raises `NotReadable` and changes nothing then."""
        about, arrays = file.read(self._kind, content)
        self._questions, self._new = about["questions"], set(about["new"])
        self._fitted = _loaded(self._kind, about["fitted"], arrays) if about["fitted"] else None

    def _decide(self, questions: list[str], top: int) -> list[Decision]:
        fitted = self._ready()
        if fitted is None:
            return [_untrained(self.tools, top)] * len(questions)
        sequences = [sequence_of(question) for question in questions]
        distinct = list(dict.fromkeys(sequences))
        decided: dict[tuple[int, ...], Decision] = {}
        for start in range(0, len(distinct), _BLOCK):
            block = distinct[start : start + _BLOCK]
            decided |= zip(block, self._rank(fitted, block, top), strict=True)
        return [decided[sequence] for sequence in sequences]

    def _rank(self, fitted: Fitted, sequences: Sequence[tuple[int, ...]], top: int) -> list[Decision]:
        import torch

        with torch.inference_mode():
            found = scores(fitted.kind, fitted.network, padded(fitted.kind, sequences))
            gone = [place for place, tool in enumerate(fitted.tools) if tool not in self._questions]
            found[:, gone] = -torch.inf
            chances = found.softmax(1)
            best = found.topk(min(max(top, 2), len(fitted.tools) - len(gone)))
            rows = zip(
                best.values.tolist(), best.indices.tolist(), chances.gather(1, best.indices).tolist(), strict=True
            )
        return [_decision(fitted, *row, top) for row in rows]

    def _ready(self) -> Fitted | None:
        """Return the network, trained anew where it must be; None where there are not two tools with questions."""
        asked = {tool: questions for tool, questions in self._questions.items() if questions}
        if len(asked) < 2:  # noqa: PLR2004
            return None
        fitted, count = self._fitted, sum(map(len, asked.values()))
        joins = self._kind == "embedding"
        if fitted is None or count >= GROWTH * fitted.seen or (self._new and not joins):
            sequences = {tool: [sequence_of(each) for each in questions] for tool, questions in asked.items()}
            self._fitted = fit(self._kind, sequences, seed=self._seed, gumbel=self._gumbel)
        else:
            for tool in sorted(self._new & asked.keys()):
                joined(fitted, tool, [sequence_of(each) for each in asked[tool]])
        self._new.clear()
        return self._fitted


def _untrained(tools: Sequence[str], top: int) -> Decision:
    if not tools:
        return _NOTHING
    candidates = tuple(Candidate(tool, 0.5, "not compared") for tool in tools[:top])
    return Decision(
        tools[0], 0.5, sure=False, reason="ask: there are no two tools to tell apart", candidates=candidates
    )


def _decision(fitted: Fitted, values: list[float], places: list[int], chances: list[float], top: int) -> Decision:
    names = [fitted.tools[place] for place in places]
    ahead = values[0] - values[1] if len(values) > 1 else 0.0
    sure = ahead >= fitted.margin
    if sure:
        words = f"the {fitted.kind} router finds it like questions of {names[0]}"
    elif fitted.margin == NEVER:
        words = f"ask: too few questions are known for the {fitted.kind} router to be sure"
    else:
        words = f"ask: it may be one of {names[0]}'s questions"
    numbers = f"{names[0]} at {chances[0]:.3f}, ahead by {ahead:.2f} of {fitted.margin:.2f}"
    candidates = tuple(
        Candidate(name, chance, f"score {value:.2f}")
        for name, chance, value in zip(names, chances, values, strict=True)
    )
    return Decision(names[0], chances[0], sure=sure, reason=with_numbers(words, numbers), candidates=candidates[:top])


def _loaded(kind: Kind, about: dict[str, Any], arrays: dict[str, Any]) -> Fitted:
    import torch

    network = build(kind, len(about["tools"]))
    network.load_state_dict({name: torch.from_numpy(array) for name, array in arrays.items()})
    margin = NEVER if about["margin"] is None else about["margin"]
    return Fitted(kind, list(about["tools"]), network.eval(), margin, about["seen"])
