"""People in order of height, by how many are shorter."""

import re

ORDINALS = ["", "second ", "third ", "fourth ", "fifth ", "sixth ", "seventh ", "eighth "]
STATEMENT = r"[A-Z][a-z]+ is (?:taller|shorter) than [A-Z][a-z]+\."
ORDINAL = r"(?P<ordinal>(?:[a-z]+ )?)tallest"
WORDINGS = (
    f"(?P<facts>{STATEMENT}(?: {STATEMENT})*) Who is the {ORDINAL}\\?",
    f"Name the {ORDINAL} of all, given that:\\n(?P<facts>- {STATEMENT}(?:\\n- {STATEMENT})*)",
    f"Facts: (?P<facts>{STATEMENT}(?: {STATEMENT})*)\\nQuestion: which person is the {ORDINAL}\\?\\nAnswer:",
)


def parse(question: str) -> dict[str, list[list[str]] | int]:
    for wording in WORDINGS:
        found = re.fullmatch(wording, question)
        if found:
            return {"taller": read(found["facts"]), "place": ORDINALS.index(found["ordinal"])}
    raise ValueError("no heights")


def read(facts: str) -> list[list[str]]:
    pairs = []
    for one, word, other in re.findall(r"(\w+) is (taller|shorter) than (\w+)\.", facts):
        pairs.append([one, other] if word == "taller" else [other, one])
    return pairs


def by_height(taller: list[list[str]], place: int) -> str:
    """Follow the statements down from the one who is shorter than nobody; pairs are [taller, shorter]."""
    below = dict(taller)
    person = (set(below) - set(below.values())).pop()
    for _ in range(place):
        person = below[person]
    return person
