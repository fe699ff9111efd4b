"""Tasks on counting: things of a kind, and a letter in a phrase."""

from __future__ import annotations

from typing import TYPE_CHECKING

from latm_magic.evaluation.tasks.task_type import Facts, TaskType

if TYPE_CHECKING:
    from random import Random

_KINDS = {
    "fruits": ["apple", "banana", "lemon", "mango", "orange", "peach", "plum"],
    "animals": ["cat", "cow", "dog", "duck", "goat", "horse", "rabbit"],
    "instruments": ["clarinet", "drum", "flute", "guitar", "piano", "trumpet", "violin"],
}
_NUMBERS = "zero one two three four five six seven eight nine ten eleven twelve".split()
_WORDS = """banana bookkeeper committee engineer lollipop mississippi parallel peppermint raspberry remember strawberry
    successful tennessee tomorrow umbrella vacuum whenever zucchini address giraffe""".split()

Things = list[tuple[int, str, str]]


def _draw_things(chance: Random, difficulty: int) -> Facts:
    every = [(kind, name) for kind, names in _KINDS.items() for name in names]
    chosen = chance.sample(every, chance.randint(2 * difficulty, 3 * difficulty + 1))
    things = [(chance.randint(1, 4 * difficulty), kind, name) for kind, name in chosen]
    return {"things": things, "kind": chance.choice(list(_KINDS))}


def _count_kind(things: Things, kind: str) -> str:
    return str(sum(count for count, its_kind, _ in things if its_kind == kind))


def _thing_texts(things: Things, kind: str) -> dict[str, str]:
    words = [_thing(count, name) for count, _, name in things]
    return {
        "things": ", ".join(words[:-1]) + " and " + words[-1],
        "digits": "; ".join(f"{name}: {count}" for count, _, name in things),
        "kind": kind,
    }


def _thing(count: int, name: str) -> str:
    if count == 1:
        return ("an " if name[0] in "aeiou" else "a ") + name
    return f"{_NUMBERS[count]} {name}{'es' if name.endswith('ch') else 's'}"


def _draw_phrase(chance: Random, difficulty: int) -> Facts:
    words = chance.choices(_WORDS, k=chance.randint(1 + difficulty, 3 * difficulty))
    phrase = " ".join(word if chance.random() < 2 / 3 else word.capitalize() for word in words)
    return {"phrase": phrase, "letter": chance.choice("abceilmnoprstu")}


def _count_letter(phrase: str, letter: str) -> str:
    return str(phrase.lower().count(letter))


TYPES = (
    TaskType(
        name="count_kind",
        domain="counting",
        description=(
            "Count how many things of one kind (fruits, animals or instruments) somebody has, given a list with counts"
            f" in words up to twelve, or in digits. The things are {', '.join(n for x in _KINDS.values() for n in x)}."
        ),
        wordings=(
            "I have {things}. How many {kind} do I have?",
            "Inventory: {digits}. Number of {kind}?",
            "There are {things} in the room. Count the {kind}.",
        ),
        draw=_draw_things,
        answer=_count_kind,
        texts=_thing_texts,
        kind="int",
    ),
    TaskType(
        name="count_letter",
        domain="counting",
        description="Count how often a letter occurs in a phrase, capitals included.",
        wordings=(
            "How often does the letter {letter} occur in '{phrase}'?",
            "Letter: {letter}\nPhrase: {phrase}\nCount:",
            "Count every {letter} of the text '{phrase}', small or capital.",
        ),
        draw=_draw_phrase,
        answer=_count_letter,
        kind="int",
    ),
)
