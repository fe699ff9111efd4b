"""Tasks on logic: a Boolean expression, and people in order of height."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from latm_magic.evaluation.tasks.task_type import Facts, TaskType

if TYPE_CHECKING:
    from random import Random

_NAMES = ["Ada", "Bo", "Cleo", "Dan", "Eve", "Finn", "Gil", "Hana", "Ida", "Jon", "Kim", "Lea", "Mo", "Nia", "Otto"]
_ORDINALS = ["tallest", "second tallest", "third tallest", "fourth tallest", "fifth tallest", "sixth tallest"]
_ORDINALS += ["seventh tallest", "eighth tallest"]


def _draw_expression(chance: Random, difficulty: int) -> Facts:
    return {"tree": _draw_tree(chance, 2 + difficulty)}


def _draw_tree(chance: Random, depth: int) -> Any:
    """Return True, False, ("not", tree), ("and", tree, tree) or ("or", tree, tree)."""
    if depth == 0:
        return chance.random() < 0.5  # noqa: PLR2004
    if chance.random() < 1 / 4:
        return ("not", _draw_tree(chance, depth - 1))
    return (
        chance.choice(("and", "or")),
        _draw_tree(chance, depth - 1),
        _draw_tree(chance, depth - chance.randint(1, depth)),
    )


def _truth(tree: Any) -> bool:
    if isinstance(tree, bool):
        return tree
    word, *parts = tree
    values = [_truth(part) for part in parts]
    return not values[0] if word == "not" else all(values) if word == "and" else any(values)


def _written(tree: Any) -> str:
    if isinstance(tree, bool):
        return str(tree)
    word, *parts = tree
    inner = [_written(part) if isinstance(part, bool) else f"({_written(part)})" for part in parts]
    return f"not {inner[0]}" if word == "not" else f" {word} ".join(inner)


def _draw_people(chance: Random, difficulty: int) -> Facts:
    order = chance.sample(_NAMES, chance.randint(1 + 2 * difficulty, 2 + 2 * difficulty))
    statements = [
        f"{tall} is taller than {short}." if chance.random() < 1 / 2 else f"{short} is shorter than {tall}."
        for tall, short in pairwise(order)
    ]
    chance.shuffle(statements)
    return {"order": order, "statements": statements, "place": chance.randrange(len(order))}


def _person(order: list[str], statements: list[str], place: int) -> str:  # noqa: ARG001
    return order[place]


TYPES = (
    TaskType(
        name="truth_value",
        domain="logic",
        description='Evaluate an expression of True, False, not, and, or and parentheses. Answer "True" or "False".',
        wordings=(
            "{expression} is",
            "What is the value of the expression {expression}?",
            "Evaluate: {expression}",
        ),
        draw=_draw_expression,
        answer=lambda tree: str(_truth(tree)),
        texts=lambda tree: {"expression": _written(tree)},
    ),
    TaskType(
        name="by_height",
        domain="logic",
        description=(
            "Statements compare the heights of neighbours in an order of people, in any sequence. Name the person at"
            " the place that is asked for, counted from the tallest."
        ),
        wordings=(
            "{statements} Who is the {ordinal}?",
            "Name the {ordinal} of all, given that:\n{lines}",
            "Facts: {statements}\nQuestion: which person is the {ordinal}?\nAnswer:",
        ),
        draw=_draw_people,
        answer=_person,
        texts=lambda order, statements, place: {  # noqa: ARG005
            "statements": " ".join(statements),
            "lines": "\n".join(f"- {statement}" for statement in statements),
            "ordinal": _ORDINALS[place],
        },
    ),
)
