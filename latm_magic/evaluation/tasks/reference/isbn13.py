"""ISBN-10 to ISBN-13."""

import re

WORDINGS = (
    r"Convert ISBN (\d+-\d+-\d+-[\dX]) to ISBN-13\.",
    r"ISBN-10: (\d{9}[\dX])\nISBN-13:",
    r"The book has the ten-digit number (\d+ \d+ \d+ [\dX])\. What is its thirteen-digit one\?",
)


def parse(question: str) -> dict[str, str]:
    for wording in WORDINGS:
        found = re.fullmatch(wording, question)
        if found:
            isbn = re.sub("[- ]", "", found[1])
            if len(isbn) != 10 or not checks(isbn):
                raise ValueError("no ISBN-10")
            return {"isbn": isbn}
    raise ValueError("no ISBN to convert")


def checks(isbn: str) -> bool:
    values = [10 if digit == "X" else int(digit) for digit in isbn]
    return sum([(10 - place) * value for place, value in enumerate(values)]) % 11 == 0


def isbn13(isbn: str) -> str:
    body = "978" + isbn[:9]
    odd = sum([int(digit) for digit in body[::2]])
    even = sum([int(digit) for digit in body[1::2]])
    return body + str((10 - (odd + 3 * even) % 10) % 10)
