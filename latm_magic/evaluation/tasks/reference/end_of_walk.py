"""Where a walk ends, step by step."""

import re

WAYS = "north|south|east|west"
WORDINGS = (
    rf"Start at \(0, 0\) and go (\d+ (?:{WAYS})(?:, then \d+ (?:{WAYS}))*)\. Where do you end\?",
    r"A robot at \(0, 0\) is told: ([NSEW]\d+(?: [NSEW]\d+)*)\. Give its last position\.",
    rf"Moves:\n(- (?:{WAYS}) \d+(?:\n- (?:{WAYS}) \d+)*)\nEnd point, from \(0, 0\):",
)


def parse(question: str) -> dict[str, str]:
    for number, wording in enumerate(WORDINGS):
        found = re.fullmatch(wording, question)
        if found:
            return {"moves": read(found[1], number)}
    raise ValueError("no walk")


def read(text: str, wording: int) -> str:
    """Return the moves as in N3 W12."""
    if wording == 1:
        return text
    if wording == 0:
        return " ".join([way[0].upper() + count for count, way in re.findall(r"(\d+) (\w+)", text)])
    return " ".join([way[0].upper() + count for way, count in re.findall(r"- (\w+) (\d+)", text)])


def end_of_walk(moves: str) -> str:
    x = y = 0
    for move in moves.split():
        count = int(move[1:])
        if move[0] == "N":
            y += count
        elif move[0] == "S":
            y -= count
        elif move[0] == "E":
            x += count
        else:
            x -= count
    return f"({x}, {y})"
