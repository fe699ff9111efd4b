"""Things of a kind."""

import re

KINDS = {
    "fruits": {"apple", "banana", "lemon", "mango", "orange", "peach", "plum"},
    "animals": {"cat", "cow", "dog", "duck", "goat", "horse", "rabbit"},
    "instruments": {"clarinet", "drum", "flute", "guitar", "piano", "trumpet", "violin"},
}
NUMBERS = {"a": 1, "an": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8}
NUMBERS |= {"nine": 9, "ten": 10, "eleven": 11, "twelve": 12}
KIND = r"(?P<kind>fruits|animals|instruments)"
WORDINGS = (
    f"I have (?P<words>[a-z, ]+)\\. How many {KIND} do I have\\?",
    f"Inventory: (?P<digits>[a-z0-9:; ]+)\\. Number of {KIND}\\?",
    f"There are (?P<words>[a-z, ]+) in the room\\. Count the {KIND}\\.",
)


def parse(question: str) -> dict[str, list[list[str]] | str]:
    for wording in WORDINGS:
        found = re.fullmatch(wording, question)
        if found:
            parts = found.groupdict()
            things = spelled(parts["words"]) if "words" in parts else listed(parts["digits"])
            return {"things": things, "kind": parts["kind"]}
    raise ValueError("no things to count")


def spelled(text: str) -> list[list[str]]:
    things = []
    for part in re.split(", | and ", text):
        number, _, name = part.partition(" ")
        if number not in NUMBERS:
            raise ValueError(f"no number: {number}")
        things.append([str(NUMBERS[number]), singular(name)])
    return things


def listed(text: str) -> list[list[str]]:
    things = []
    for part in text.split("; "):
        name, _, number = part.partition(": ")
        things.append([str(int(number)), singular(name)])
    return things


def singular(name: str) -> str:
    for known in sorted(set().union(*KINDS.values())):
        if name in {known, known + "s", known + "es"}:
            return known
    raise ValueError(f"no known thing: {name}")


def count_kind(things: list[list[str]], kind: str) -> int:
    return sum([int(number) for number, name in things if name in KINDS[kind]])
