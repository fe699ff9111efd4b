"""The area of a polygon, from triangles around its first corner."""

import re
from itertools import pairwise

POINT = r"\((?:-?\d+), (?:-?\d+)\)"
WORDINGS = (
    f"What is the area of the polygon with the corners ({POINT}(?:, {POINT})*)\\?",
    r"Corners of a field, in order:\n(x=-?\d+ y=-?\d+(?:\nx=-?\d+ y=-?\d+)*)\nIts area:",
    f"Area enclosed by the path ({POINT}(?:, {POINT})*) and back to its start\\?",
)


def parse(question: str) -> dict[str, list[int]]:
    for wording in WORDINGS:
        found = re.fullmatch(wording, question)
        if found:
            return {"numbers": [int(number) for number in re.findall(r"-?\d+", found[1])]}
    raise ValueError("no polygon")


def polygon_area(numbers: list[int]) -> str:
    """Take the coordinates of all corners, x and y in turn."""
    corners = list(zip(numbers[::2], numbers[1::2], strict=True))
    first_x, first_y = corners[0]
    doubled = 0
    for (x, y), (u, v) in pairwise(corners[1:]):
        doubled += (x - first_x) * (v - first_y) - (u - first_x) * (y - first_y)
    whole, half = divmod(abs(doubled), 2)
    return f"{whole}.5" if half else str(whole)
