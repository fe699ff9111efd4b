"""What a magic's cell and line give together: a task with its examples, or questions. One of the two holds them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from latm_magic.errors import MagicError, TaskError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from latm_magic.jupyter.notebook import Variables


def read_task(
    variables: Variables, cell: str, expression: str | None, na: str | None, local: Mapping[str, Any] | None
) -> tuple[str, Any]:
    """Return the description and the examples of a cell, which may name them in its line instead."""
    from latm_magic.cell_text import read_cell

    description, examples = read_cell(cell, na, needs_examples=expression is None)
    if expression is None:
        return description, examples
    if examples.samples:
        raise TaskError("Examples stand both in the cell and behind --examples: leave one of them out.")
    return description, variables.examples(expression, local)


def read_rows(
    variables: Variables, expression: str, cell: str | None, lines: bool, local: Mapping[str, Any] | None
) -> Any:
    """Return the questions of a cell, or what the expression in its line gives."""
    if cell is not None and expression:
        raise MagicError(f"Questions stand both in the cell and behind the magic ({expression[:60]!r}): keep one.")
    if cell is not None:
        from latm_magic.cell_text import read_questions

        return read_questions(cell, lines=lines)
    if not expression:
        raise MagicError("Nothing to solve: %latm_solve needs an expression, for example df['question'].")
    return variables.evaluate(expression, local)
