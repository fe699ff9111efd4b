"""The local steps of the dispatcher: exact repeats, then the tools' own parsers in the router's order. No model.

The router only says whose parser tries first; an answer is what a parser accepted. What stays open is handed on with
the router's decisions and with the answers on which parsers disagreed.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from latm_magic.comparison import answer_text
from latm_magic.routing.project import HEAD_CHARACTERS
from latm_magic.tools.runs import has_no_answer, pipeline_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from latm_magic.cache.records import Decision as Confirmed
    from latm_magic.routing.router import Decision
    from latm_magic.sandbox.records import Run
    from latm_magic.solving.batch import Board
    from latm_magic.solving.context import Workshop
    from latm_magic.tool import ToolVersion

__all__ = ["Accepted", "Left", "repeat_answers", "repeat_direct", "try_parsers", "try_tool"]

Accepted = list[tuple["ToolVersion", "Run"]]
"""What several tools gave for one question."""

_BLOCK = 8_192
"""Questions that go through the steps together, so that memory stays bounded."""
_LARGE = 256
"""Questions from which on their beginnings are looked at before the router is asked."""
_SWEPT = 8
"""Tools whose parsers are tried for a question that the router is not sure of; with no more than these, all."""
_LEARNED_A_BLOCK = 6
"""Confirmed decisions of one tool that the router takes from a block: three make a wording known."""


@dataclass(slots=True)
class Left:
    """What the local steps leave open, and why."""

    decisions: dict[int, Decision] = field(default_factory=dict)
    """What the router made of a question."""
    disagreed: dict[int, Accepted] = field(default_factory=dict)
    """What parsers gave where they did not agree."""


def repeat_answers(shop: Workshop, board: Board, tools: Sequence[ToolVersion]) -> None:
    """Settle the questions that a model's work answered before, with the tool versions of today, or that you did."""
    by_version = {(tool.name, tool.version): tool for tool in tools}
    places = board.open
    found = shop.cache.answers([board.questions[place] for place in places])
    for place in places if found else ():
        stored = found.get(board.questions[place])
        if stored is None:
            continue
        tool = by_version.get((stored.tool or "", stored.version or 0))
        if tool is not None and (stored.confirmed or tool.name not in shop.suspects):
            why = "you said that this is right" if stored.confirmed else f"answered before: {stored.way}"
            board.settle(place, "cache", tool, stored.text, why=why)
        elif stored.tool is None and stored.confirmed:
            board.settle_direct(place, "cache", stored.text, "you said that this is right; no tool answers it")


def repeat_direct(shop: Workshop, board: Board) -> None:
    """Settle the questions that no tool answered, and that the strong model answered before."""
    places = board.open
    found = shop.cache.answers([board.questions[place] for place in places])
    for place in places if found else ():
        stored = found.get(board.questions[place])
        if stored is not None and stored.tool is None:
            board.settle_direct(place, "cache", stored.text, "answered before by the strong model, without a tool")


def try_tool(shop: Workshop, board: Board, tool: ToolVersion, on_block: Callable[[], None]) -> None:
    """Try the parser of the one tool that you named."""
    for places in _blocks(board.open if tool.has_parser else []):
        board.settle_runs(places, tool, _runs(shop, board, tool, places), [""] * len(places))
        on_block()


def try_parsers(shop: Workshop, board: Board, tools: Sequence[ToolVersion], on_block: Callable[[], None]) -> Left:
    """Try the parsers of likely tools on every open question; gives what that leaves."""
    left = Left()
    by_name = {tool.name: tool for tool in tools}
    for places in _blocks(board.open if tools else []):
        rest = _try_heads(shop, board, tools, by_name, places) if len(places) >= _LARGE else places
        decisions = shop.routing.decide(tools, [board.questions[place] for place in rest])
        routed = dict(zip(rest, decisions, strict=True))
        _try_sure(shop, board, by_name, routed)
        confirmed = _sweep(shop, board, tools, routed, left)
        shop.routing.learn(confirmed)
        left.decisions |= {place: routed[place] for place in rest if board.ways[place] is None}
        on_block()
    return left


def _blocks(places: list[int]) -> Iterator[list[int]]:
    return (places[start : start + _BLOCK] for start in range(0, len(places), _BLOCK))


def _runs(shop: Workshop, board: Board, tool: ToolVersion, places: Sequence[int]) -> list[Run]:
    questions = [board.questions[place] for place in places]
    walls = shop.walls_for(tool)
    return shop.runner.solve_many(tool.source, pipeline_of(tool), questions, require_walls=walls)


def _try_heads(
    shop: Workshop, board: Board, tools: Sequence[ToolVersion], by_name: dict[str, ToolVersion], places: list[int]
) -> list[int]:
    """Let the tool try whose questions alone begin like a question; gives the places that are left to the router."""
    heads = shop.routing.heads(tools)
    groups: defaultdict[str | None, list[int]] = defaultdict(list)
    for place in places:
        groups[heads.get(board.questions[place][:HEAD_CHARACTERS])].append(place)
    rest = groups.pop(None, [])
    for name, some in groups.items():
        tool = by_name[name or ""]
        why = f"only questions of {name} begin like this one, and its parser accepted"
        runs = _runs(shop, board, tool, some) if tool.has_parser else []
        rest += board.settle_runs(some, tool, runs, [why] * len(some)) if runs else some
    return sorted(rest)


def _try_sure(shop: Workshop, board: Board, by_name: dict[str, ToolVersion], routed: dict[int, Decision]) -> None:
    """Let the tool try that the router is sure of; its parser has the last word."""
    groups: defaultdict[str, list[int]] = defaultdict(list)
    for place, decision in routed.items():
        if decision.sure and decision.tool and by_name[decision.tool].has_parser:
            groups[decision.tool].append(place)
    for name, places in groups.items():
        tool = by_name[name]
        reasons = [routed[place].reason for place in places]
        board.settle_runs(places, tool, _runs(shop, board, tool, places), reasons)


def _sweep(
    shop: Workshop, board: Board, tools: Sequence[ToolVersion], routed: dict[int, Decision], left: Left
) -> list[Confirmed]:
    """Try the parsers of the likely tools on what is open; gives the decisions that this confirms."""
    groups: defaultdict[str, list[int]] = defaultdict(list)
    for place, decision in routed.items():
        if board.ways[place] is None:
            for name in _swept(tools, decision):
                groups[name].append(place)
    accepted: defaultdict[int, Accepted] = defaultdict(list)
    for tool in tools:
        places = groups.get(tool.name, []) if tool.has_parser else []
        for place, run in zip(places, _runs(shop, board, tool, places) if places else [], strict=True):
            if not has_no_answer(run):
                accepted[place].append((tool, run))
    for place, runs in accepted.items():
        _settle(board, place, runs, left)
    return _confirmed(shop, board, accepted)


def _swept(tools: Sequence[ToolVersion], decision: Decision) -> Iterable[str]:
    """Name the tools to try: the router's candidates, or all where there are few; not the one that just refused."""
    tried = decision.tool if decision.sure else None
    names = [tool.name for tool in tools] if len(tools) <= _SWEPT else [c.tool for c in decision.candidates]
    return [name for name in names if name != tried]


def _settle(board: Board, place: int, runs: Accepted, left: Left) -> None:
    # Your own tools come before shared ones, which have no version here.
    runs = [(tool, run) for tool, run in runs if tool.version and run.returned] or runs
    tool, run = runs[0]
    good = [(other, found) for other, found in runs if found.returned]
    if len(runs) == 1 or not good:
        board.settle_run(place, "parser", tool, run, f"only the parser of {tool.name} accepted")
    elif len({_text_of(found) for _, found in good}) == 1:
        names = ", ".join(other.name for other, _ in good)
        why = f"the parsers of {names} gave the same text" if len(good) > 1 else f"only {names} gave an answer"
        board.settle_run(place, "parser", good[0][0], good[0][1], why)
    else:
        left.disagreed[place] = good


def _confirmed(shop: Workshop, board: Board, accepted: dict[int, Accepted]) -> list[Confirmed]:
    """Give a few decisions a tool in which its parser alone accepted what the router was not sure of."""
    count: defaultdict[str, int] = defaultdict(int)
    confirmed = []
    for place, runs in accepted.items():
        name = runs[0][0].name
        if len(runs) == 1 and runs[0][1].returned and count[name] < _LEARNED_A_BLOCK:
            count[name] += 1
            confirmed.append(shop.routing.teaches(board.questions[place], name, "parser"))
    return confirmed


def _text_of(run: Run) -> str | None:
    try:
        return answer_text(run.value)
    except ValueError:
        return None
