"""Which rows of a column are most worth a label before a tool is made, and which questions it may have to refuse.

No model is asked. Nothing is decided for you: a suggestion counts once you have said what is right.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from latm_magic.errors import TaskError
from latm_magic.making.column import LONGEST, choose_questions, spread
from latm_magic.making.mixture import strange_rows
from latm_magic.routing.pending import cluster_questions
from latm_magic.solving.questions import read_column
from latm_magic.task import Instance, Task

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Self

    from latm_magic.cache.tools import ToolTable

_MOST_TOKENS = 6_000
"""Of the rows that are worth a label, together: a person has to read them."""
_FROM_COLUMN = 2
_FROM_TOOLS = 2
_EXAMPLES = 12
_MOST_LOOKED_AT = 400
_LONGEST_OFFERED = 2_000
"""Characters of a suggested refusal."""


class Advice(tuple[str, ...]):  # noqa: SLOT001  a tuple has no room for slots
    """The rows of a column that are most worth a label, in the column's order."""

    refusals: tuple[str, ...]
    """Questions besides that may have to be refused: rows that look like another task, and samples of other tools."""

    def __new__(cls, rows: Iterable[str], refusals: Iterable[str] = ()) -> Self:
        """Take both."""
        made = super().__new__(cls, rows)
        made.refusals = tuple(refusals)
        return made


def advise(tools: ToolTable, questions: Any, rows: int) -> Advice:
    """Return what to label of a column, see `Session.advise`; raises `TaskError` where it holds no text."""
    instances, _index = read_column(questions)
    known = [text for text in instances if isinstance(text, str) and text.strip()]
    if not known:
        raise TaskError("The column holds no text: give the questions that you want answered.")
    chosen = choose_questions(known, (), rows, _MOST_TOKENS)
    different = list(dict.fromkeys(known))
    others = [*_of_another_group(different, chosen), *_of_other_tools(tools, different)]
    return Advice(chosen, dict.fromkeys(others))


def _of_another_group(column: Sequence[str], chosen: Sequence[str]) -> Sequence[str]:
    """Return a few rows that look like another task than the rows of the largest wording; none that is chosen."""
    some = spread([question for question in column if len(question) <= LONGEST], _MOST_LOOKED_AT)
    clusters, _loose = cluster_questions(some)
    largest = {some[place] for place in max(clusters, key=len, default=[])}
    task = Task("column", "", tuple(Instance(question) for question in spread(sorted(largest), _EXAMPLES)))
    strange = strange_rows(column, task) if largest else None
    rows = [question for question in strange.rows if question not in largest] if strange else []
    return choose_questions(rows, chosen, _FROM_COLUMN, _MOST_TOKENS // 4)


def _of_other_tools(tools: ToolTable, column: Sequence[str]) -> Sequence[str]:
    """Return a few samples of this project's tools that share most words with the column, one a tool.

    A tool that this column may be for is left out: one with a sample that is among the rows, or worded like them.
    """
    found = []
    words = set().union(*map(_words, spread(column, _MOST_LOOKED_AT)))
    for name in tools.names():
        samples = [sample.question for sample in tools.get(name).samples if sample.expects != "refusal"]
        samples = [question for question in samples if len(question) <= _LONGEST_OFFERED]
        if samples and not _is_alike(samples, column):
            found.append(max(samples, key=lambda question: len(_words(question) & words)))
    return sorted(found, key=lambda question: -len(_words(question) & words))[:_FROM_TOOLS]


def _is_alike(samples: Sequence[str], column: Sequence[str]) -> bool:
    rows = spread([question for question in column if len(question) <= LONGEST], _MOST_LOOKED_AT)
    if not set(samples).isdisjoint(column):
        return True
    clusters, _loose = cluster_questions([*samples, *rows])
    return any(min(cluster) < len(samples) <= max(cluster) for cluster in clusters)


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text[:_LONGEST_OFFERED].casefold()))
