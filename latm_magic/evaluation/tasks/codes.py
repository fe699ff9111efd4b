"""Tasks on codes: letters shifted, runs counted, and numbers of another base."""

from __future__ import annotations

from itertools import groupby
from string import ascii_lowercase, ascii_uppercase
from typing import TYPE_CHECKING

from latm_magic.evaluation.tasks.task_type import Facts, TaskType

if TYPE_CHECKING:
    from random import Random

_WORDS = """attack bridge castle dragon empire falcon goblin hunter impact jungle knight legend meadow nectar oracle
    pirate quiver riddle shadow throne unison vessel wizard xenon yonder zephyr""".split()
_DIGITS = "0123456789abcdef"


def _draw_message(chance: Random, difficulty: int) -> Facts:
    words = chance.choices(_WORDS, k=chance.randint(2, 2 * difficulty + 1))
    message = " ".join(chance.choice((word, word.capitalize(), word.upper())) for word in words)
    return {"message": message, "places": chance.randint(1, 3 if difficulty == 1 else 25)}


def _shifted(message: str, places: int) -> str:
    table: dict[int, int] = {}
    for letters in (ascii_lowercase, ascii_uppercase):
        table |= str.maketrans(letters, letters[places:] + letters[:places])
    return message.translate(table)


def _draw_runs(chance: Random, difficulty: int) -> Facts:
    letters = "abcd"[: 1 + difficulty]
    return {
        "letters": "".join(chance.choice(letters) * chance.randint(1, 3 * difficulty) for _ in range(4 + difficulty))
    }


def _run_lengths(letters: str) -> str:
    return "".join(f"{len(list(run))}{letter}" for letter, run in groupby(letters))


def _draw_number(chance: Random, difficulty: int) -> Facts:
    bases = (2, 8, 16) if difficulty == 1 else tuple(range(2, 17))
    return {"number": chance.randrange(10 ** (difficulty + 2)), "base": chance.choice(bases)}


def _in_base(number: int, base: int) -> str:
    digits = ""
    while number or not digits:
        number, digit = divmod(number, base)
        digits = _DIGITS[digit] + digits
    return digits


TYPES = (
    TaskType(
        name="shift_letters",
        domain="codes",
        description=(
            "Shift each letter of a message forward in the alphabet by a number of places, z being followed by a."
            " Capitals stay capitals, and spaces stay."
        ),
        wordings=(
            "Shift the letters of '{message}' forward by {places}.",
            "Caesar cipher, key {places}. Encode: {message}",
            "Write {message} in a code in which each letter stands {places} places further on.",
        ),
        draw=_draw_message,
        answer=_shifted,
    ),
    TaskType(
        name="run_lengths",
        domain="codes",
        description=(
            "Write a string of letters as the length of each run of one letter, followed by the letter: aab is 2a1b."
        ),
        wordings=(
            "Run-length encode {letters}",
            "Compress the string '{letters}' as counts and letters.",
            "string: {letters}\nruns:",
        ),
        draw=_draw_runs,
        answer=_run_lengths,
    ),
    TaskType(
        name="in_base",
        domain="codes",
        description="Write a decimal number in another base (2 to 16), with the digits 0 to 9 and a to f.",
        wordings=(
            "Write {number} in base {base}.",
            "What is the decimal number {number} to the base {base}?",
            "{number} (base 10) = ? (base {base})",
        ),
        draw=_draw_number,
        answer=_in_base,
    ),
)
