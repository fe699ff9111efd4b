"""Tasks on identifiers: check digits by Luhn, of an IBAN, and an ISBN-10 as an ISBN-13."""

from __future__ import annotations

from typing import TYPE_CHECKING

from latm_magic.evaluation.tasks.task_type import Facts, TaskType

if TYPE_CHECKING:
    from random import Random

_COUNTRIES = {"DE": 18, "BE": 12, "DK": 14, "FI": 14, "NO": 11, "PL": 24, "ES": 20, "AT": 16}
"""Countries whose accounts are digits alone, and how many (ISO 13616)."""


def _draw_digits(chance: Random, count: int) -> str:
    return "".join(chance.choices("0123456789", k=count))


def _in_groups(text: str, size: int) -> str:
    return " ".join(text[start : start + size] for start in range(0, len(text), size))


def _draw_card(chance: Random, difficulty: int) -> Facts:
    return {"digits": _draw_digits(chance, chance.randint(3 + 2 * difficulty, 6 * difficulty + 1))}


def _luhn_digit(digits: str) -> str:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        total += int(digit) if place % 2 else sum(divmod(2 * int(digit), 10))
    return str(-total % 10)


def _draw_book(chance: Random, difficulty: int) -> Facts:
    groups = {1: (1, 3, 5), 2: (1, 4, 4), 3: (chance.choice((1, 2, 3)), 2, 4)}[difficulty]
    parts = [_draw_digits(chance, size) for size in groups]
    parts[2] += _draw_digits(chance, 9 - sum(map(len, parts)))
    return {"parts": parts}


def _isbn13(parts: list[str]) -> str:
    body = "978" + "".join(parts)
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(body))
    return body + str(-total % 10)


def _isbn10(parts: list[str]) -> str:
    total = sum(int(digit) * (10 - place) for place, digit in enumerate("".join(parts)))
    return "0123456789X"[-total % 11]


def _book_texts(parts: list[str]) -> dict[str, str]:
    check = _isbn10(parts)
    return {"hyphens": "-".join([*parts, check]), "plain": "".join(parts) + check, "spaces": " ".join([*parts, check])}


def _draw_account(chance: Random, difficulty: int) -> Facts:
    country = chance.choice(list(_COUNTRIES)[: 3 * difficulty])
    return {"country": country, "account": _draw_digits(chance, _COUNTRIES[country])}


def _iban_digits(country: str, account: str) -> str:
    letters = "".join(str(int(letter, 36)) for letter in country)
    return f"{98 - int(account + letters + '00') % 97:02}"


TYPES = (
    TaskType(
        name="luhn_digit",
        domain="identifiers",
        description="Compute the digit that is to be put behind a number so that it passes the Luhn check.",
        wordings=(
            "Which Luhn check digit belongs behind {digits}?",
            "Card number without its last digit: {groups}. Last digit (Luhn):",
            "Complete by the Luhn rule: {digits}?",
        ),
        draw=_draw_card,
        answer=_luhn_digit,
        texts=lambda digits: {"digits": digits, "groups": _in_groups(digits, 4)},
    ),
    TaskType(
        name="isbn13",
        domain="identifiers",
        description=(
            "Convert an ISBN-10 to an ISBN-13 (prefix 978, a new check digit), written as 13 digits without hyphens."
        ),
        wordings=(
            "Convert ISBN {hyphens} to ISBN-13.",
            "ISBN-10: {plain}\nISBN-13:",
            "The book has the ten-digit number {spaces}. What is its thirteen-digit one?",
        ),
        draw=_draw_book,
        answer=_isbn13,
        texts=_book_texts,
    ),
    TaskType(
        name="iban_digits",
        domain="identifiers",
        description=(
            "Compute the two check digits of an IBAN from the country's two letters and the account number (mod 97, ISO"
            " 13616), with a leading 0 where there is one."
        ),
        wordings=(
            "Check digits of an IBAN: country {country}, account {account}?",
            "{country}?? {groups}: which two digits replace the question marks of this IBAN?",
            "Account {account} in {country}. IBAN check digits:",
        ),
        draw=_draw_account,
        answer=_iban_digits,
        texts=lambda country, account: {"country": country, "account": account, "groups": _in_groups(account, 4)},
    ),
)
