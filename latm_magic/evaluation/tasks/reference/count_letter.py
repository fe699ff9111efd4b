"""A letter in a phrase."""

import re

WORDINGS = (
    r"How often does the letter (?P<letter>[a-z]) occur in '(?P<phrase>.*)'\?",
    r"Letter: (?P<letter>[a-z])\nPhrase: (?P<phrase>.*)\nCount:",
    r"Count every (?P<letter>[a-z]) of the text '(?P<phrase>.*)', small or capital\.",
)


def parse(question: str) -> dict[str, str]:
    for wording in WORDINGS:
        found = re.fullmatch(wording, question)
        if found:
            return {"letter": found["letter"], "phrase": found["phrase"]}
    raise ValueError("no letter to count")


def count_letter(letter: str, phrase: str) -> int:
    return len(re.findall(letter, phrase, re.IGNORECASE))
