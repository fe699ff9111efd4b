"""Which questions only one tool could be for, told at a glance: for large batches, without the router.

They begin like several questions of one tool and of no other; or they hold no word, and only one tool has questions
without any, of the same signs. Whether that tool answers is up to its parser.
"""

from __future__ import annotations

import string
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latm_magic.tool import ToolVersion

_CHARACTERS = 24
"""How much of a question's beginning tells its wording where no other tool has questions that begin so."""


class Beginnings:
    """The beginnings and the signs that are one tool's alone."""

    def __init__(self, tools: Sequence[ToolVersion]) -> None:
        counts: dict[str, dict[str, int]] = {}
        self._signs = string.digits + string.whitespace
        for tool in tools:
            for sample in (each for each in tool.all_samples if each.expects != "refusal"):
                beginning = sample.question[:_CHARACTERS]
                if not any(map(str.isalpha, sample.question)):
                    beginning = ""
                    self._signs = "".join(set(sample.question).union(self._signs))
                owners = counts.setdefault(beginning, {})
                owners[tool.name] = owners.get(tool.name, 0) + 1
        single = {beginning: owners.popitem() for beginning, owners in counts.items() if len(owners) == 1}
        self._owner = {
            beginning: name
            for beginning, (name, count) in single.items()
            if count > 1 and len(beginning) in {0, _CHARACTERS}
        }
        self._wordless = self._owner.get("")

    def owners(self, questions: Sequence[str]) -> list[str | None]:
        """Return for each question the tool that it alone could be for; None where there is none, or more."""
        owners = [self._owner.get(question[:_CHARACTERS]) for question in questions]
        if self._wordless is None or None not in owners:
            return owners
        signs, name = self._signs, self._wordless
        # Nothing is left of a question without words when its ends are stripped of all signs.
        return [
            name if owner is None and not question.strip(signs) else owner
            for question, owner in zip(questions, owners, strict=True)
        ]
